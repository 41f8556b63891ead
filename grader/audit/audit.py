"""An audit: the solution, right versions of it and wrong ones, graded like students' work.

```
solution ─┬─ right versions ── must keep every point
          └─ mutants ──┬─ in a place that never runs: put aside
                       ├─ lose points: caught
                       └─ keep them ── behave otherwise on several seeds? survived : the same
```
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from grader.assignment import Assignment
from grader.audit.artefacts import hands_in_weights
from grader.audit.audit_result import Audit, Rejected, Tried
from grader.audit.behaviour import Told, changing, difference, told
from grader.audit.code_pieces import pieces
from grader.audit.mutants import Mutant, mutants, shuffled
from grader.audit.reached import Place, marked, reached
from grader.audit.rewrites import RENAMING, Rewrite, rewrites
from grader.audit.tried_versions import of_artefacts, outcome
from grader.catalog import public_files
from grader.errors import UserError
from grader.finding import Outcome
from grader.validation.trial import Trial, Trials
from grader.validation.trial_work import TrialWork, unpacked

SEEDS = (11, 2_026, 7_654_321)  # the first one is graded with, the others tell behaviours apart
AT_ONCE = 8  # mutants that are graded before it is asked again whether there is time for more
ROOM, LEAST_CPU_S = 4, 10  # a mutant may take so many times the solution's CPU time, and no less than this
DEFINITION = (ast.FunctionDef, ast.ClassDef)
MOVED = b'"""The same with every line moved."""\n\n\n\n'


class AuditError(UserError):
    """An assignment that cannot be audited. The message is for the instructor."""


@dataclass(frozen=True)
class AuditPlan:
    """How much to audit: so many mutants, drawn with `seed`; fewer if `minutes` would not do for them."""

    count: int = 100
    seed: int = 0
    minutes: float = 9.0
    clock: Callable[[], float] = time.monotonic


def audit(trials: Trials, solution: TrialWork, plan: AuditPlan) -> Audit:
    """How often the grading of an assignment is wrong. Raises AuditError if its solution does not get full points."""
    begun, assignment = plan.clock(), trials.assignment
    judged = [rule.id for rule in assignment.rubric if not rule.manual]
    solution = replace(solution, files=unpacked(solution.files))
    known = _Known(trials, solution)
    first = known.begin()
    _must_pass(first, judged)
    short = replace(trials, assignment=_hurried(assignment, first))

    right = rewrites(solution.files, first.evidence().submission.entry) if assignment.code != "none" else []
    right = [one for one in right if _is_asked_for(assignment, one.files.keys() - solution.files.keys())]
    if hands_in_weights(assignment):
        right = [one for one in right if one.style not in RENAMING]
    trials.progress.stage("", f"{len(right)} right versions")
    works = [TrialWork(one.name, one.files, one.style) for one in right]
    graded = trials.of(works, SEEDS[0], "right") if works else {}
    every = mutants(solution.files, _given(assignment)) if assignment.code != "none" else []
    running = [one for one in every if known.reached is None or one.place in known.reached]
    drawn = shuffled(running, plan.seed)[: plan.count]
    tried = _Tries(short, solution.files, judged, known, plan, begun).of(drawn) if drawn else []
    made = of_artefacts(trials, solution.files, judged, (plan.seed, SEEDS[0]))
    return Audit(
        assignment=assignment.id,
        solution=solution.origin,
        seed=plan.seed,
        possible=len(every) + len(made.tried),
        idle=len(every) - len(running),
        tried=(*sorted(tried, key=lambda one: one.name), *made.tried),
        styles=(*(one.style for one in right), *made.right),
        rejected=(*_rejected(right, graded, judged), *made.rejected),
        criteria=tuple(judged),
        seconds=plan.clock() - begun,
        behaviour_seeds=len(SEEDS),
    )


@dataclass
class _Known:
    """What the solution does with each seed, twice, once with its lines moved; and which of its statements run."""

    trials: Trials
    solution: TrialWork
    reached: frozenset[Place] | None = None
    told: dict[int, tuple[Told, Told]] = field(default_factory=dict)

    def begin(self) -> Trial:
        """The solution, graded with the first seed."""
        self.trials.progress.stage("", "the solution")
        files = marked(self.solution.files)
        found = self._graded(0, [TrialWork("marked", files, self.solution.origin)])
        said = "".join(run.console for run in found["marked"].evidence().executions)
        self.reached = reached(self.solution.files, said)
        return found["same"]

    def differs(self, trial: Trial, number: int) -> str | None:
        """Where another program does otherwise with that seed; None if nowhere."""
        if number not in self.told:
            self._graded(number, [])
        one, other = self.told[number]
        return difference(one, self._told(trial), changing(one, other))

    def _graded(self, number: int, more: list[TrialWork]) -> Mapping[str, Trial]:
        files, origin = self.solution.files, self.solution.origin
        moved = TrialWork("moved", {path: _moved(path, content) for path, content in files.items()}, origin)
        works = [TrialWork("same", files, origin), moved, *more]
        found = self.trials.of(works, SEEDS[number], f"solution-{number}")
        self.told[number] = self._told(found["same"]), self._told(found["moved"])
        return found

    def _told(self, trial: Trial) -> Told:
        return told(trial.evidence(), self.trials.assignment.rubric)


def _must_pass(trial: Trial, judged: Sequence[str]) -> None:
    lost = [trial.mark(name) for name in judged if trial.mark(name).finding.outcome is not Outcome.PASSED]
    if lost:
        said = "\n".join(f"{mark.criterion}: expected passed, found {mark.finding.message}" for mark in lost)
        raise AuditError(f"{said}\nhint: mutants of a solution that loses points prove nothing; see `grader validate`")


def _is_asked_for(assignment: Assignment, new: Collection[str]) -> bool:
    """Whether students may hand in files of these names: a course that wants scripts takes no notebook."""
    patterns = [pattern.lower() for file in assignment.hand_in for pattern in file.patterns]
    names = [PurePosixPath(path).name.lower() for path in new]
    return not patterns or all(any(fnmatchcase(name, pattern) for pattern in patterns) for name in names)


def _hurried(assignment: Assignment, solution: Trial) -> Assignment:
    """The assignment with less CPU time, as far as the solution does without: a mutant that never ends ends soon."""
    limits = assignment.limits
    most = max(LEAST_CPU_S, ROOM * solution.grade.execution.cpu_s)
    return replace(assignment, limits=replace(limits, cpu_s=min(limits.cpu_s, most)))


def _moved(path: str, content: bytes) -> bytes:
    if not path.endswith(".py"):
        return content
    return content if b"from __future__" in content else MOVED + content


def _given(assignment: Assignment) -> frozenset[str]:
    """The functions and classes that students are given: as `ast.dump` writes them, and by name those at the top that
    have no hole, since a sample's may be the handout's of another year.
    """
    trees = [piece.tree for piece in pieces(public_files(assignment.folder / "starter"))]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, DEFINITION)]
    whole = [node for tree in trees for node in tree.body if isinstance(node, DEFINITION) and not _has_hole(node)]
    return frozenset({ast.dump(node) for node in nodes} | {node.name for node in whole})


def _has_hole(node: ast.AST) -> bool:
    """Whether something is left to write: NotImplementedError, `...`, `pass` or None."""
    for part in ast.walk(node):
        if isinstance(part, ast.Pass) or (isinstance(part, ast.Constant) and part.value in (Ellipsis, None)):
            return True
        if isinstance(part, ast.Name) and part.id == "NotImplementedError":
            return True
    return False


def _rejected(right: Sequence[Rewrite], graded: Mapping[str, Trial], judged: Sequence[str]) -> list[Rejected]:
    return [
        Rejected(one.style, name, mark.finding.message)
        for one in right
        for name in judged
        if (mark := graded[one.name].mark(name)).finding.outcome is not Outcome.PASSED
    ]


@dataclass(frozen=True)
class _Tries:
    """Mutants, graded a few at a time while there is time for them."""

    trials: Trials
    files: Mapping[str, bytes]
    judged: Sequence[str]
    known: _Known
    plan: AuditPlan
    begun: float

    def of(self, drawn: Sequence[Mutant]) -> list[Tried]:
        """What became of those for which there was time, and of one at least."""
        graded: dict[str, Trial] = {}
        for few in self._in_time(drawn):
            trials = self._graded(few, SEEDS[0], f"wrong-{len(graded)}")
            graded |= trials
        wrong = [one for one in drawn if one.name in graded]
        differs = self._differing([one for one in wrong if _is_accepted(graded[one.name], self.judged)], graded)
        return [_fate(one, graded[one.name], differs, self.judged) for one in wrong]

    def _in_time(self, drawn: Sequence[Mutant]) -> Iterator[Sequence[Mutant]]:
        end, start = self.begun + 60 * self.plan.minutes, self.plan.clock()
        done = 0
        while done < len(drawn):
            self.trials.progress.stage("", f"mutants {done + 1} to {min(done + AT_ONCE, len(drawn))} of {len(drawn)}")
            yield drawn[done : done + AT_ONCE]
            done += AT_ONCE
            now = self.plan.clock()
            if now + 2 * AT_ONCE * (now - start) / done > end:  # as long again may be needed for other seeds
                return

    def _graded(self, wrong: Sequence[Mutant], seed: int, name: str) -> Mapping[str, Trial]:
        return self.trials.of([TrialWork(one.name, one.files(self.files), one.kind) for one in wrong], seed, name)

    def _differing(self, accepted: Sequence[Mutant], graded: Mapping[str, Trial]) -> dict[str, str]:
        """Where those that kept their points behave otherwise, with the first seed that shows it."""
        found = {one.name: where for one in accepted if (where := self.known.differs(graded[one.name], 0))}
        for number, seed in enumerate(SEEDS[1:], start=1):
            same = [one for one in accepted if one.name not in found]
            if same:
                words = f"{len(same)} mutants that behave the same so far, with another seed"
                self.trials.progress.stage("", words)
                again = self._graded(same, seed, f"again-{number}")
                found |= {one.name: where for one in same if (where := self.known.differs(again[one.name], number))}
        return found


def _is_accepted(trial: Trial, judged: Sequence[str]) -> bool:
    return all(trial.mark(name).finding.outcome is Outcome.PASSED for name in judged)


def _fate(mutant: Mutant, trial: Trial, differs: Mapping[str, str], judged: Sequence[str]) -> Tried:
    fate, lost = outcome(trial, judged)
    if fate == "accepted":
        fate = "survived" if mutant.name in differs else "same behaviour"
    where, seen = mutant.where, differs.get(mutant.name, "")
    return Tried(mutant.name, mutant.kind, where, mutant.region, fate, lost, mutant.diff(), seen)


def written(found: Audit, path: Path) -> None:
    """Write `audit.json`, from which the class report takes its bounds, with this version and today's date (UTC)."""
    import json

    from grader import __version__
    from grader.files import write_atomically

    made = {"grader": __version__, "date": datetime.now(UTC).date().isoformat()}
    write_atomically(path, json.dumps(found.as_json() | made, ensure_ascii=False, indent=1).encode())
