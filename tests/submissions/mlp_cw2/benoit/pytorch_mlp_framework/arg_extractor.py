import argparse


def str2bool(v):
    return v.lower() in ('yes', 'true', 't', 'y', '1')


def get_args():
    parser = argparse.ArgumentParser(description='MLP coursework 2')
    parser.add_argument('--batch_size', nargs="?", type=int, default=100)
    parser.add_argument('--continue_from_epoch', nargs="?", type=int, default=-1)
    parser.add_argument('--seed', nargs="?", type=int, default=7112018)
    parser.add_argument('--image_num_channels', nargs="?", type=int, default=3)
    parser.add_argument('--image_height', nargs="?", type=int, default=32)
    parser.add_argument('--image_width', nargs="?", type=int, default=32)
    parser.add_argument('--num_stages', nargs="?", type=int, default=3)
    parser.add_argument('--num_blocks_per_stage', nargs="?", type=int, default=5)
    parser.add_argument('--num_filters', nargs="?", type=int, default=16)
    parser.add_argument('--num_epochs', nargs="?", type=int, default=20, help='Total number of epochs')
    parser.add_argument('--num_classes', nargs="?", type=int, default=100)
    parser.add_argument('--experiment_name', nargs="?", type=str, default="exp_1")
    parser.add_argument('--use_gpu', nargs="?", type=str2bool, default=True)
    parser.add_argument('--weight_decay_coefficient', nargs="?", type=float, default=0)
    parser.add_argument('--block_type', type=str, default='conv_block')
    args = parser.parse_args()
    print(args)
    return args
