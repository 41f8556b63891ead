"""An audit: the solution, right versions of it and wrong ones, graded like students' work.

```
solution ─┬─ right versions ── must keep every point
          └─ mutants ──┬─ lose points: caught
                       └─ keep them ── behave otherwise on several seeds? survived : the same, or never run
```
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import Assignment
from grader.audit.behaviour import Told, changing, difference, told
from grader.audit.mutants import Mutant, mutants, sampled
from grader.audit.programs import pieces
from grader.audit.result import Audit, Rejected, Tried
from grader.audit.rewrites import Rewrite, rewrites
from grader.catalog import public_files
from grader.errors import UserError
from grader.finding import Outcome
from grader.validation.trial import Trial, Trials
from grader.validation.work import Work

SEEDS = (11, 2_026, 7_654_321)  # the first one is graded with, the others tell behaviours apart
AGAIN = 1.5  # times that a mutant is run, one with another: those that behave the same are run again
MOVED = b'"""The same with every line moved."""\n\n\n\n'


class AuditError(UserError):
    """An assignment that cannot be audited. The message is for the instructor."""


@dataclass(frozen=True)
class Plan:
    """How much to audit: so many mutants, drawn with `seed`; fewer if `minutes` would not do for them."""

    count: int = 100
    seed: int = 0
    minutes: float = 9.0
    clock: Callable[[], float] = time.monotonic


def audit(trials: Trials, solution: Work, plan: Plan) -> Audit:
    """How often the grading of an assignment is wrong. Raises AuditError if its solution does not get full points."""
    begun, assignment = plan.clock(), trials.assignment
    judged = [rule.id for rule in assignment.rubric if not rule.manual]
    same = Work("same", solution.files, solution.origin)
    moved = Work("moved", {path: _moved(path, content) for path, content in solution.files.items()}, solution.origin)
    trials.progress.stage("", "the solution")
    first = [trials.of([same, moved], seed, f"solution-{number}") for number, seed in enumerate(SEEDS)]
    _must_pass(first[0]["same"], judged)
    known = _Known([(told(one["same"].evidence()), told(one["moved"].evidence())) for one in first])
    each = (plan.clock() - begun) / (2 * len(SEEDS))  # seconds, with as many at a time as there will be

    right = rewrites(solution.files, first[0]["same"].evidence().submission.entry)
    trials.progress.stage("", f"{len(right)} right versions")
    graded = trials.of([Work(one.name, one.files, one.style) for one in right], SEEDS[0], "right")
    every = mutants(solution.files, _given(assignment))
    left = plan.minutes * 60 - (plan.clock() - begun)
    wrong = sampled(every, max(1, min(plan.count, int(left / each / AGAIN))), plan.seed)
    trials.progress.stage("", f"{len(wrong)} of {len(every)} mutants")
    tried = _tried(trials, solution.files, wrong, judged, known) if wrong else []
    return Audit(
        assignment=assignment.id,
        solution=solution.origin,
        seed=plan.seed,
        possible=len(every),
        tried=tuple(tried),
        styles=tuple(one.style for one in right),
        rejected=tuple(_rejected(right, graded, judged)),
        criteria=tuple(judged),
        seconds=plan.clock() - begun,
        behaviour_seeds=len(SEEDS),
    )


@dataclass(frozen=True)
class _Known:
    """What the solution does with each seed, twice."""

    solution: Sequence[tuple[Told, Told]]

    def differs(self, trial: Trial, number: int) -> str | None:
        """Where another program does otherwise with that seed; None if nowhere."""
        one, other = self.solution[number]
        return difference(one, told(trial.evidence()), changing(one, other))


def _must_pass(trial: Trial, judged: Sequence[str]) -> None:
    lost = [trial.mark(name) for name in judged if trial.mark(name).finding.outcome is not Outcome.PASSED]
    if lost:
        said = "\n".join(f"{mark.criterion}: expected passed, found {mark.finding.message}" for mark in lost)
        raise AuditError(f"{said}\nhint: mutants of a solution that loses points prove nothing; see `grader validate`")


def _moved(path: str, content: bytes) -> bytes:
    if not path.endswith(".py"):
        return content
    return content if b"from __future__" in content else MOVED + content


def _given(assignment: Assignment) -> frozenset[str]:
    """The functions and classes that students are given, as `ast.dump` writes them."""
    trees = [piece.tree for piece in pieces(public_files(assignment.folder / "starter"))]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    found = {ast.dump(node) for node in nodes}
    return frozenset(found)


def _rejected(right: Sequence[Rewrite], graded: Mapping[str, Trial], judged: Sequence[str]) -> list[Rejected]:
    return [
        Rejected(one.style, name, mark.finding.message)
        for one in right
        for name in judged
        if (mark := graded[one.name].mark(name)).finding.outcome is not Outcome.PASSED
    ]


def _tried(
    trials: Trials, files: Mapping[str, bytes], wrong: Sequence[Mutant], judged: Sequence[str], known: _Known
) -> list[Tried]:
    graded = trials.of([Work(one.name, one.files(files), one.kind) for one in wrong], SEEDS[0], "wrong")
    lost = {one.name: _lost(graded[one.name], judged) for one in wrong}
    open_ = [one for one in wrong if _is_accepted(graded[one.name], judged)]
    differs = {one.name: found for one in open_ if (found := known.differs(graded[one.name], 0))}
    idle = _never_run(trials, files, [one for one in open_ if one.name not in differs], known)
    for number, seed in enumerate(SEEDS[1:], start=1):
        same = [one for one in open_ if one.name not in differs and one.name not in idle]
        if same:
            trials.progress.stage("", f"{len(same)} mutants that behave the same so far, with another seed")
            again = trials.of([Work(one.name, one.files(files), one.kind) for one in same], seed, f"again-{number}")
            differs |= {one.name: found for one in same if (found := known.differs(again[one.name], number))}
    return [_fate(one, graded[one.name], lost[one.name], differs, idle, judged) for one in wrong]


def _never_run(trials: Trials, files: Mapping[str, bytes], same: Sequence[Mutant], known: _Known) -> set[str]:
    """Those whose place never runs when work is graded: an exception there is not noticed either."""
    at = {(one.piece, one.statement): one for one in same}
    if not at:
        return set()
    trials.progress.stage("", f"{len(same)} mutants that behave the same: do their places run at all?")
    stopped = trials.of([Work(one.name, one.stopping(files), one.kind) for one in at.values()], SEEDS[0], "stopped")
    idle = {place for place, one in at.items() if known.differs(stopped[one.name], 0) is None}
    return {one.name for one in same if (one.piece, one.statement) in idle}


def _lost(trial: Trial, judged: Sequence[str]) -> tuple[str, ...]:
    losing = (Outcome.FAILED, Outcome.PARTIAL)
    return tuple(name for name in judged if trial.mark(name).finding.outcome in losing)


def _is_accepted(trial: Trial, judged: Sequence[str]) -> bool:
    return all(trial.mark(name).finding.outcome is Outcome.PASSED for name in judged)


def _fate(
    mutant: Mutant,
    trial: Trial,
    lost: tuple[str, ...],
    differs: Mapping[str, str],
    idle: set[str],
    judged: Sequence[str],
) -> Tried:
    if lost:
        fate = "caught"
    elif not _is_accepted(trial, judged):
        fate = "for a person"
    elif mutant.name in differs:
        fate = "survived"
    else:
        fate = "never runs" if mutant.name in idle else "same behaviour"
    where, seen = mutant.where, differs.get(mutant.name, "")
    return Tried(mutant.name, mutant.kind, where, mutant.region, fate, lost, mutant.diff(), seen)


def written(found: Audit, path: Path) -> None:
    """Write `audit.json`, from which the class report takes its bounds."""
    import json

    from grader.files import write_atomically

    write_atomically(path, json.dumps(found.as_json(), ensure_ascii=False, indent=1).encode())
