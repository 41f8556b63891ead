"""How the submission's training scripts may be started: with each block type they know, and as shell scripts do."""

from __future__ import annotations

from collections.abc import Collection

from inside.command_lines import CommandLine, StartOptions
from inside.command_lines import command_lines as lines_of

from . import files

# VGG_38 as the handout's script starts it, but for the size of a batch.
HANDOUT = {
    "batch_size": "4",
    "num_stages": "3",
    "num_blocks_per_stage": "5",
    "num_filters": "32",
    "num_classes": "100",
    "image_num_channels": "3",
    "image_height": "32",
    "image_width": "32",
    "num_epochs": "1",
    "use_gpu": "False",
}
SHARED = ("seed", "experiment_name", "continue_from_epoch", "weight_decay_coefficient")


def command_lines(networks: Collection[str]) -> list[CommandLine]:
    """Every way to start a training script that makes one of these classes of networks."""
    found: list[CommandLine] = lines_of(files.sources(), networks, StartOptions(HANDOUT, "block_type", SHARED))
    return found
