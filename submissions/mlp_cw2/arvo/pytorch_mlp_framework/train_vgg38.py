from functools import partial

import torch

from pytorch_mlp_framework.arg_extractor import get_args
from pytorch_mlp_framework.flexible_block import FlexibleBlock
from pytorch_mlp_framework.model_architectures import *

args = get_args()
torch.manual_seed(seed=args.seed)

blocks = {
    'conv_block': (ConvolutionalProcessingBlock, ConvolutionalDimensionalityReductionBlock),
    'bn_block': (FlexibleBlock, FlexibleBlock),
    'bn_rc_block': (partial(FlexibleBlock, skip=True), FlexibleBlock),
}
processing_block_type, dim_reduction_block_type = blocks[args.block_type]

custom_conv_net = ConvolutionalNetwork(
    input_shape=(args.batch_size, args.image_num_channels, args.image_height, args.image_width),
    num_output_classes=args.num_classes, num_filters=args.num_filters, use_bias=False,
    num_blocks_per_stage=args.num_blocks_per_stage, num_stages=args.num_stages,
    processing_block_type=processing_block_type,
    dimensionality_reduction_block_type=dim_reduction_block_type)
