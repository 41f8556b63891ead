"""What was left as the coursework gives it: no mistakes are told of it."""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import Observed

GIVEN = ("ConvolutionalProcessingBlock", "ConvolutionalDimensionalityReductionBlock")
NO_BLOCK = "there is no block beside the given ones"


def is_given(part: Observed) -> bool:
    """Whether a block has a given one's name and does what that does."""
    seen = part.behaviour
    has_norms = seen.acting.count or seen.discarded or seen.others or part.block.arrays("before.")
    return part.block.name in GIVEN and not (has_norms or seen.problem or seen.shortcut != "none")


def nothing_written(found: Sequence[Observed]) -> bool:
    """Whether every block is as it was given."""
    return all(is_given(part) for part in found)
