"""The settings of the framework's scripts and their defaults."""

from __future__ import annotations

import argparse
from typing import Any

DEFAULTS: dict[str, Any] = {
    "batch_size": 100,
    "seed": 0,
    "image_num_channels": 3,
    "image_height": 32,
    "image_width": 32,
    "num_stages": 3,
    "num_blocks_per_stage": 5,
    "num_filters": 32,
    "num_epochs": 100,
    "num_classes": 100,
    "experiment_name": "exp_1",
    "use_gpu": False,
    "weight_decay_coefficient": 0.0,
    "block_type": "conv_block",
    "continue_from_epoch": -1,
}


def get_args() -> argparse.Namespace:
    """The settings of the command line, in place of the defaults; options that are not known are left alone."""
    parser = argparse.ArgumentParser()
    for name, value in DEFAULTS.items():
        kind = _switch if isinstance(value, bool) else type(value)
        parser.add_argument(f"--{name}", nargs="?", type=kind, default=value)
    return parser.parse_known_args()[0]


def _switch(text: str) -> bool:
    return text.lower() in ("yes", "true", "t", "y", "1")
