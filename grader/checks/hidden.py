"""Hidden weights: what a network's parameters were filled with in the sandbox, drawn again here."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from grader.checks.operations import NotReplayable
from grader.inside.hidden_weights import hidden_parameter, hidden_statistic
from grader.probes import weights_seed
from grader.readings.fields import MAX_WEIGHTS
from grader.sandbox.protocol import Array


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
    return {name: hidden_parameter(inside, index, shape) for index, name, shape in wanted}


def hidden_statistics(buffers: Iterable[tuple[str, Sequence[int]]], seed: int) -> dict[str, Array]:
    """The running means and variances that were filled in, by name; `seed` is the evidence's."""
    inside = weights_seed(seed)
    return {name: hidden_statistic(inside, index, shape) for index, (name, shape) in enumerate(buffers)}
