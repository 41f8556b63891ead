"""What of a network was built on purpose, so that right norms prove nothing; and what excuses norms that say little."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from grader.checks import replay, root_mean_square, unusual_factors, unusual_scales

from ..cases import Configuration
from .ran import Ran

LEAST_INPUT, MOST_INPUT = 1e-4, 1e5  # root mean square of a sample, from normalised ones to bytes and their squares


def strange(made: Ran, images: Sequence[Tensor]) -> list[str]:
    """What no usual network or sample has, in words."""
    weights = {name: tensor.numpy() for name, tensor in made.tensors.items() if "running_" not in name}
    scales = [root_mean_square(image.numpy()) for image in images]
    inputs = [
        f"the samples that it is given have a root mean square of {scale:.1e}"
        for scale in scales
        if not LEAST_INPUT <= scale <= MOST_INPUT
    ]
    return [*unusual_scales(weights), *unusual_factors(made.network), *inputs[:1]]


def excuse(made: Ran, seen: Configuration) -> str | None:
    """Why the norms of a network that nobody built on purpose may all be next to nothing, or None."""
    if not seen.skip and not seen.batch:
        return "the gradient vanishes in so deep a network whose blocks add no input"
    ends_at_zero = [_is_zero(made, made.network.part(block.call)) for block in made.blocks]
    if seen.batch and sum(ends_at_zero) > len(ends_at_zero) / 2:
        return "the last batch norm of the blocks starts at zero, and the gradient of their first convolutions too"
    return None


def _is_zero(made: Ran, block: replay.Network) -> bool:
    """Whether a normalization of the block has a scale of zeros."""
    scales = [
        made.network.name_of(node.inputs[1])
        for node in block.reached()
        if node.name in replay.NORMALISATIONS and len(node.inputs) > 1
    ]
    return any(name in made.tensors and not bool(made.tensors[name].any()) for name in scales if name)
