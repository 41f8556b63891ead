"""Candidates tried many at once: the reference's first run under each of many sets of weights, as one batch.

Right work mostly is right under the first candidate. Wrong work is compared under all of them, some hundred, and one
after the other they took longer than everything else that is done for a submission.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.blocks.compared_modules import ComparedModule, Distance, Outputs, by_row
from grader.checks.blocks.pieces import Take
from grader.checks.blocks.seen_modules import SeenModule
from grader.sandbox.protocol import Array

GROWTH, MOST_AT_ONCE = 8, 128
MOST_NUMBERS = 1 << 24  # of weights in one batch: 64 MiB


def tried(
    candidates: Iterable[ComparedModule], seen: SeenModule, served: Mapping[str, Array]
) -> Iterator[tuple[ComparedModule, Distance]]:
    """Each candidate with its distance, in their order: the first alone, then ever more of them at once."""
    left, size = iter(candidates), 1
    while some := list(itertools.islice(left, size)):
        for one, distance in zip(some, at_once(some, seen, served), strict=True):
            yield one, one.distance(seen, served) if distance is None else distance
        size = max(1, min(GROWTH * size, MOST_AT_ONCE, MOST_NUMBERS // max(1, _numbers(some[0]))))


def at_once(
    candidates: Sequence[ComparedModule], seen: SeenModule, served: Mapping[str, Array]
) -> Sequence[Distance | None]:
    """How far each candidate lies from the student's module; None for one that has to be run alone."""
    if len(candidates) == 1:
        return [None]
    module = candidates[0].module
    before = copy.deepcopy(module.state_dict())
    try:
        outputs = _outputs(candidates, served)
    except Exception:  # noqa: BLE001 - whatever the reference does that cannot be done for a batch of networks
        return [None] * len(candidates)
    finally:
        module.load_state_dict(before)
    if not outputs:
        return [None] * len(candidates)
    whole = np.all([by_row(np.isfinite(part)).all(axis=1) for part in outputs.values()], axis=0)
    found = candidates[0].distances(seen, outputs)
    return [one if finite else None for one, finite in zip(found, whole, strict=True)]


def _outputs(candidates: Sequence[ComparedModule], served: Mapping[str, Array]) -> Outputs:
    """What the reference gives in the first run under each candidate, one below the other."""
    import torch
    from torch.func import functional_call, vmap

    from grader.inside.asked.calls import put_in
    from grader.inside.asked.passed_on import called
    from grader.inside.asked.values import flat, results
    from grader.inside.passes import set_mode

    module, request = candidates[0].module, candidates[0].request(quick=True)
    [run] = request["runs"]
    candidates[0].fill(candidates[0].own())
    stacked = _stacked(candidates)
    tensors = {name: torch.from_numpy(served[place].copy()) for name, place in run["arrays"].items()}
    set_mode(module, training=run["mode"] == "training")

    def result(weights: Mapping[str, Any]) -> Any:
        @functools.wraps(module.forward)
        def target(*args: Any, **named: Any) -> Any:
            return functional_call(module, dict(weights), args, named)

        return called(target, request["inputs"], put_in(copy.deepcopy(request["plain"]), dict(tensors)))

    with torch.no_grad():
        for part in module.parameters():
            part.fill_(torch.nan)  # shows where the module uses weights that were not replaced, as copies of its own
        found = vmap(result)(stacked)
    names = request["outputs"]
    flattened = [flat(name, value) for name, value in zip(names, results(found, len(names)), strict=True)]
    return {key: part for some in flattened for key, part in some.items() if isinstance(part, np.ndarray)}


def _stacked(candidates: Sequence[ComparedModule]) -> dict[str, Any]:
    """The weights of all candidates by name, one below the other. What many take in the same way is taken once."""
    import torch

    @functools.cache
    def taken(take: Take) -> Any:
        return torch.from_numpy(np.ascontiguousarray(take(candidates[0].weights)))

    def stacked(name: str, part: Any) -> Any:
        ways: dict[Take, int] = {}
        places = [ways.setdefault(one.takes[name], len(ways)) for one in candidates]
        return torch.stack([taken(take).expand(part.shape) for take in ways]).to(part.dtype)[places]

    return {name: stacked(name, part) for name, part in candidates[0].module.named_parameters()}


def _numbers(candidate: ComparedModule) -> int:
    return sum(part.numel() for part in candidate.module.parameters())
