from functools import partial

import numpy as np
import torch
from torch.utils.data import DataLoader
from torchvision import transforms

import mlp.data_providers as data_providers
from pytorch_mlp_framework.arg_extractor import get_args
from pytorch_mlp_framework.experiment_builder import ExperimentBuilder
from pytorch_mlp_framework.model_architectures import *

args = get_args()
rng = np.random.RandomState(seed=args.seed)
torch.manual_seed(seed=args.seed)

transform_train = transforms.Compose([transforms.RandomCrop(32, padding=4), transforms.ToTensor()])
train_data = data_providers.CIFAR100(root='data', set_name='train', transform=transform_train, download=True)
val_data = data_providers.CIFAR100(root='data', set_name='val', transform=transforms.ToTensor(), download=True)
test_data = data_providers.CIFAR100(root='data', set_name='test', transform=transforms.ToTensor(), download=True)
train_loader = DataLoader(train_data, batch_size=args.batch_size, shuffle=True, num_workers=4)
val_loader = DataLoader(val_data, batch_size=args.batch_size, shuffle=True, num_workers=4)
test_loader = DataLoader(test_data, batch_size=args.batch_size, shuffle=True, num_workers=4)

if args.block_type == 'conv_block':
    processing_block_type = ConvolutionalProcessingBlock
    dim_reduction_block_type = ConvolutionalDimensionalityReductionBlock
elif args.block_type == 'empty_block':
    processing_block_type = EmptyBlock
    dim_reduction_block_type = EmptyBlock
elif args.block_type == 'bn':
    processing_block_type = partial(ConvolutionalProcessingBlock, use_bn=True)
    dim_reduction_block_type = partial(ConvolutionalDimensionalityReductionBlock, use_bn=True)
elif args.block_type == 'bn_res':
    processing_block_type = partial(ConvolutionalProcessingBlock, use_bn=True, use_residual=True)
    dim_reduction_block_type = partial(ConvolutionalDimensionalityReductionBlock, use_bn=True)
else:
    raise ModuleNotFoundError

net = ConvolutionalNetwork(
    input_shape=(args.batch_size, args.image_num_channels, args.image_height, args.image_width),
    num_output_classes=args.num_classes, num_filters=args.num_filters, use_bias=False,
    num_blocks_per_stage=args.num_blocks_per_stage, num_stages=args.num_stages,
    processing_block_type=processing_block_type, dimensionality_reduction_block_type=dim_reduction_block_type)

experiment = ExperimentBuilder(network_model=net, experiment_name=args.experiment_name, num_epochs=args.num_epochs,
                               weight_decay_coefficient=args.weight_decay_coefficient, use_gpu=args.use_gpu,
                               continue_from_epoch=args.continue_from_epoch,
                               train_data=train_loader, val_data=val_loader, test_data=test_loader)
experiment_metrics = experiment.run_experiment()
