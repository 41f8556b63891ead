"""The settings of the framework's scripts and their defaults."""

from __future__ import annotations

import argparse

DEFAULTS = {
    "batch_size": 100, "seed": 0, "image_num_channels": 3, "image_height": 32, "image_width": 32, "num_stages": 3,
    "num_blocks_per_stage": 5, "num_filters": 32, "num_epochs": 100, "num_classes": 100, "experiment_name": "exp_1",
    "use_gpu": False, "weight_decay_coefficient": 0.0, "block_type": "conv_block", "continue_from_epoch": -1,
}  # fmt: skip


def get_args() -> argparse.Namespace:
    """The settings as they are without a command line."""
    return argparse.Namespace(**DEFAULTS)
