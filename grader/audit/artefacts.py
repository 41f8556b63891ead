"""Versions of what is handed in trained, logged or generated: wrong ones must lose points, right ones must not.

What blocks demand (`Block.artefact`) says which files these are. A wrong version counts only if it truly misses what is
demanded: a network whose scores are still good enough after some noise does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import numpy as np

from grader.assignment import Assignment
from grader.checks.blocks.checkpoints import Checkpoint
from grader.checks.blocks.demands import Demand
from grader.checks.blocks.predictions import Predictions
from grader.checks.blocks.run_logs import RunLogs
from grader.checks.blocks.samples import Samples
from grader.evidence import Evidence
from grader.rubric import Block

Files = Mapping[str, bytes]
Misses = Callable[[Evidence], str | None]  # where a version is seen to miss what is demanded; None if it does not


@dataclass(frozen=True)
class Version:
    """The solution with another file in it (None: without it). `misses` is None for right versions."""

    kind: str
    path: str
    files: Mapping[str, bytes | None]
    misses: Misses | None = None

    def within(self, solution: Files) -> dict[str, bytes]:
        """All that is handed in."""
        found = {**solution, **self.files}
        return {path: content for path, content in found.items() if content is not None} or {"empty.txt": b""}


def always(where: str) -> Misses:
    """For what no right work looks like."""
    return lambda _: where


def hands_in_weights(assignment: Assignment) -> bool:
    """Whether weights are handed in with the class that they belong to."""
    return any(isinstance(demand.of, Checkpoint) for demand in _demands(assignment))


def versions(assignment: Assignment, solution: Files, seed: int) -> list[Version]:
    """All of them, right and wrong. `seed` draws noise."""
    made = _versions(assignment, solution, np.random.default_rng(seed))
    return [one for one in made if one.within(solution) != solution]


def _versions(assignment: Assignment, solution: Files, rng: np.random.Generator) -> Iterator[Version]:
    from grader.audit import artefact_logs, artefact_samples, artefact_tables, artefact_weights

    for demand in _demands(assignment):
        named = [path for path in solution if any(_fits(path, one) for one in demand.files)]
        for path in sorted(named):
            match demand.of:
                case Checkpoint():
                    yield from artefact_weights.of_network(demand, path, solution[path], rng)
                case Predictions():
                    yield from artefact_tables.of_predictions(demand, path, solution[path], rng)
                case Samples():
                    yield from artefact_samples.of_pictures(demand, path, solution[path], rng)
                case RunLogs():
                    pass
                case _:
                    yield from artefact_weights.of_arrays(demand, path, solution[path], rng)
        if isinstance(demand.of, RunLogs):
            yield from artefact_logs.of_runs(sorted(path for path in named if path.endswith(".csv")), solution, rng)


def _demands(assignment: Assignment) -> Iterator[Demand]:
    """Each thing once; where several blocks measure it, as the one with cut-offs wants it."""
    found: dict[int, Demand] = {}
    for rule in assignment.rubric:
        for check in (rule.check, rule.shows):
            if isinstance(check, Block) and isinstance(check.artefact, Demand):
                known = found.get(id(check.artefact.of))
                if known is None or known.cut_offs is None:
                    found[id(check.artefact.of)] = check.artefact
    yield from found.values()


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(PurePosixPath(path).name, pattern)
