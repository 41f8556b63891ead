"""What graded work tells of an assignment: its solution, work that should earn nothing, samples, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from grader.assignment import Assignment
from grader.finding import Finding, Outcome
from grader.grading import Mark
from grader.validation import source_places
from grader.validation.expected import Expected
from grader.validation.notes import Note, ValidationPart
from grader.validation.trial import Trial
from grader.validation.trial_work import TrialWork
from grader.words import counted, plain

IDLE = (
    "of a block: give cases in which doing nothing is wrong, or per_case=False; "
    "of a check of your own: let it raise evidence.why_missing() where nothing came back"
)
EARNS = (Outcome.PASSED, Outcome.PARTIAL)
CLASS = 100  # students that a cost is told for
MUCH = 0.5  # of a limit: a slower machine or a longer way to the same end would reach it


def solution_part(
    assignment: Assignment, solution: TrialWork, tried: Sequence[Mapping[str, Trial]], also: Sequence[Note] = ()
) -> ValidationPart:
    """Whether the solution gets full points with each seed, and twice the same; `also` is noted with it."""
    judged = [rule.id for rule in assignment.rubric if not rule.manual]
    notes: dict[str, Note] = {}
    for found in tried:
        one, other = found["solution"], found["solution-again"]
        for name in judged:
            for note in _of_criterion(assignment, solution, one.mark(name), other.mark(name)):
                notes.setdefault(f"{note.where}{note.message[:60]}", note)
    reached = [_points(found["solution"], judged) for found in tried]
    most = sum((rule.points for rule in assignment.rubric if not rule.manual), Decimal(0))
    manual = assignment.points - most
    left = f"; {plain(manual)} more are a person's" if manual else ""
    words = f"{plain(min(reached))} of {plain(most)} points with {counted(len(tried), 'seed')}, graded twice each{left}"
    every = (*notes.values(), *also)
    return ValidationPart("solution", words, every, (f"the solution: {solution.origin}",))


def _of_criterion(assignment: Assignment, solution: TrialWork, one: Mark, other: Mark) -> Iterator[Note]:
    where = source_places.of_criterion(assignment, one.criterion)
    for mark in (one, other):
        if mark.finding.outcome is not Outcome.PASSED:
            reached = "unreachable points" if mark.finding.outcome is Outcome.PARTIAL else "full points"
            yield Note(
                where=where,
                message=f"criterion {mark.criterion}: expected {reached} for the solution, found {_said(mark.finding)}",
                hint=mark.finding.hint or f"mend the check, or the solution in {solution.origin}",
            )
            return
    if (one.finding.outcome, one.finding.credit) != (other.finding.outcome, other.finding.credit):
        message = f"criterion {one.criterion}: expected the same twice, found {_said(one.finding)}"
        yield Note(where=where, message=f"{message}, then {_said(other.finding)}")
    elif one.finding.message != other.finding.message:
        message = f"criterion {one.criterion}: says other words of the same work: {one.finding.message!r}"
        yield Note(where=where, message=f"{message}, then {other.finding.message!r}", problem=False)


def _points(trial: Trial, judged: Sequence[str]) -> Decimal:
    return sum((trial.mark(name).points or Decimal(0) for name in judged), Decimal(0))


def _said(finding: Finding) -> str:
    return f"{finding.outcome.value}: {finding.message}"


def earned(trial: Trial) -> bool:
    """Whether any criterion that no person marks gave points."""
    return any(mark.finding.outcome in EARNS for mark in trial.grade.marks)


def idle_part(
    assignment: Assignment,
    works: Sequence[TrialWork],
    tried: Mapping[str, Trial],
    without_results: Mapping[str, Trial],
) -> ValidationPart:
    """Criteria that give points for work in which nothing was done, or that cannot say so.

    None is one that fails the same work `without_results`, where that was tried: they are what its points are for.
    """
    notes = []
    for work in works:
        for rule in assignment.rubric:
            trials = [one[work.name] for one in (tried, without_results) if work.name in one]
            finding = trials[0].mark(rule.id).finding
            if rule.manual or any(one.mark(rule.id).finding.outcome is Outcome.FAILED for one in trials):
                continue
            earns = finding.outcome in EARNS
            notes.append(
                Note(
                    where=source_places.of_criterion(assignment, rule.id),
                    message=f"criterion {rule.id}: expected no points for {work.origin}, found {_said(finding)}",
                    hint=IDLE if earns else None,
                    problem=earns or work.name == "empty",
                )
            )
    return ValidationPart("nothing done", f"graded {', '.join(work.origin for work in works)}", tuple(notes))


def samples_part(
    assignment: Assignment,
    expected: Expected,
    tried: Mapping[str, Trial],
    left: Sequence[str] = (),
    also: Sequence[Note] = (),
) -> ValidationPart:
    """Whether each sample comes to what stands beside it, and whether each criterion is seen from both sides.

    For those that are `left` there was no time; `also` is noted with it.
    """
    notes = [*expected.slips(assignment, {*tried, *left}), *also]
    known = [name for name in expected.tables if name in tried]
    for name in known:
        wanted = expected.outcomes(assignment, name)
        for mark in tried[name].grade.marks:
            if mark.finding.outcome.value != wanted[mark.criterion]:
                message = f"{name}, criterion {mark.criterion}: expected {wanted[mark.criterion]}, found "
                notes.append(
                    Note(where=source_places.of_table(expected.file, name), message=message + _said(mark.finding))
                )
    for rule in assignment.rubric:
        outcomes = {expected.outcomes(assignment, name)[rule.id] for name in expected.tables if name in {*tried, *left}}
        if not rule.manual and not outcomes & {"failed", "partial"}:
            message = f"criterion {rule.id}: expected a sample that loses its points, found none"
            notes.append(Note(where=source_places.of_criterion(assignment, rule.id), message=message, problem=False))
    right = sum(all(_is_full(expected, assignment, name)) for name in known)
    return ValidationPart("samples", f"{right} right and {len(known) - right} wrong in {expected.folder}", tuple(notes))


def _is_full(expected: Expected, assignment: Assignment, name: str) -> Iterator[bool]:
    wanted = expected.outcomes(assignment, name)
    return (wanted[rule.id] == "passed" for rule in assignment.rubric if not rule.manual)


def cost_part(assignment: Assignment, trials: Sequence[Trial]) -> ValidationPart:
    """How long the solution took and what it costs, beside what is allowed."""
    runs = [trial.grade.execution for trial in trials]
    cpu, wall = max(run.cpu_s for run in runs), max(run.wall_s for run in runs)
    memory, limits = max(run.peak_mib for run in runs), assignment.limits
    assess, size = max(trial.assess_s for trial in trials), max(trial.evidence_bytes() for trial in trials)
    facts = (
        f"running: {cpu:.1f} s CPU of {limits.cpu_s:g}, {wall:.1f} s of {limits.wall_s:g}",
        f"memory: {memory} MiB of {limits.memory_mib}; evidence: {size / 1e6:.1f} MB",
        f"checks: {assess:.1f} s for the first of a batch; what holds for all is worked out once",
        f"a class of {CLASS} on 2 cores: at most {CLASS * (cpu + assess) / 120:.0f} min, {CLASS * size / 1e9:.2f} GB",
    )
    used = {"cpu_s": cpu / limits.cpu_s, "wall_s": wall / limits.wall_s, "memory_mib": memory / limits.memory_mib}
    where = source_places.of_field(assignment, "limits")
    notes = tuple(
        Note(
            where=where,
            message=f"limits: {name}: the solution alone needs {share:.0%} of it",
            hint="students' machines and ways are slower: allow more, or ask less",
            problem=False,
        )
        for name, share in used.items()
        if share > MUCH
    )
    return ValidationPart("cost", f"{cpu:.1f} s CPU and {assess:.1f} s of checks a submission", notes, facts)
