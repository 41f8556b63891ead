"""Hidden weights: what a network's parameters were filled with in the sandbox, drawn again here."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from grader.checks.operations import NotReplayable
from grader.inside.hidden_weights import hidden_parameter, hidden_statistic
from grader.probes import weights_seed
from grader.readings.fields import MAX_WEIGHTS
from grader.sandbox.protocol import Array

KEPT, MOST_NUMBERS = 256, 1 << 16  # arrays, and numbers in one of them: at most 64 MiB


def hidden_weights(
    parameters: Iterable[tuple[str, Sequence[int]]], seed: int, names: Collection[str] | None = None
) -> dict[str, Array]:
    """The float32 weights of a network whose parameters, in its own order, have these names and shapes.

    `seed` is the evidence's. Only those of `names` are drawn, if given. Raises NotReplayable if they are too large.
    """
    wanted = [
        (index, name, tuple(shape)) for index, (name, shape) in enumerate(parameters) if names is None or name in names
    ]
    if sum(math.prod(shape) for _, _, shape in wanted) > MAX_WEIGHTS:
        raise NotReplayable(f"it has more than {MAX_WEIGHTS:,} weights")
    inside = weights_seed(seed)
    return {name: _drawn(inside, index, shape) for index, name, shape in wanted}


def hidden_statistics(buffers: Iterable[tuple[str, Sequence[int]]], seed: int) -> dict[str, Array]:
    """The running means and variances that were filled in, by name; `seed` is the evidence's."""
    inside = weights_seed(seed)
    return {name: hidden_statistic(inside, index, shape) for index, (name, shape) in enumerate(buffers)}


def _drawn(seed: int, index: int, shape: tuple[int, ...]) -> Array:
    """One parameter. The networks of a class mostly have the same shapes, and all of them the same seed."""
    return (
        _kept(seed, index, shape).copy() if math.prod(shape) <= MOST_NUMBERS else hidden_parameter(seed, index, shape)
    )


@lru_cache(maxsize=KEPT)
def _kept(seed: int, index: int, shape: tuple[int, ...]) -> Array:
    return hidden_parameter(seed, index, shape)
