"""The parts of a validation, in the order in which they can be known."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.progress import Progress
from grader.catalog import load_assignment
from grader.errors import AssignmentError, UserError
from grader.intake import find_submissions
from grader.probes import asked_alone
from grader.sandbox.protocol import Sandbox
from grader.slips import data_slips
from grader.validation import kit, source_places, trial_grades
from grader.validation.expected import Expected, expected_in, samples_folder
from grader.validation.notes import Note, Validation, ValidationPart
from grader.validation.trial import Trial, Trials
from grader.validation.trial_work import (
    TrialWork,
    answers_of,
    bodiless_of,
    empty_of,
    solution_of,
    starter_of,
    without_artefacts,
    without_read,
)
from grader.words import counted

SEEDS = (11, 2_026, 7_654_321)
AT_ONCE = 8  # samples that are graded before it is asked again whether there is time for more


@dataclass(frozen=True)
class Options:
    """How much to validate. `solution` and `samples` are paths where these do not lie in their usual places.

    What there is no time for in `minutes` is said, not tried.
    """

    solution: Path | None = None
    samples: Path | None = None
    seeds: int = len(SEEDS)
    run: bool = True
    grade_samples: bool = True
    jobs: int = 2
    minutes: float = 10.0


@dataclass(frozen=True)
class _Time:
    """The time that there is, from now on."""

    minutes: float
    begun: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self.begun >= 60 * self.minutes

    def note(self, where: Path, what: str) -> Note:
        """What was not tried."""
        message = f"{what} not tried: the {self.minutes:g} minutes were over"
        return Note(where=str(where), message=message, hint="give more --minutes, or more cores", problem=False)


def validate(
    assignment_id: str, root: Path, options: Options, sandbox: Callable[[tuple[str, ...]], Sandbox], progress: Progress
) -> Validation:
    """All that is found about an assignment of `root`; `sandbox` makes one that has these modules ready.

    What an instructor can mend is a note of some part; nothing is raised for it.
    """
    return Validation(assignment_id, tuple(_parts(assignment_id, root, options, sandbox, progress)))


def _parts(
    assignment_id: str, root: Path, options: Options, sandbox: Callable[[tuple[str, ...]], Sandbox], progress: Progress
) -> Iterator[ValidationPart]:
    progress.stage("", f"{assignment_id}: loading")
    try:
        seen = kit.seen_by_students(assignment_id, root)
        assignment = load_assignment(assignment_id, root)
    except AssignmentError as error:
        yield ValidationPart(
            "load", "it cannot be used", tuple(_of_error(error, root / assignment_id / "assignment.py"))
        )
        return
    yield ValidationPart("load", f"{len(assignment.rubric)} criteria, {assignment.points:g} points")
    where = source_places.of_field(assignment, "data")
    seeds = SEEDS[: max(1, options.seeds)]
    slips = dict.fromkeys(slip for seed in seeds for slip in data_slips(assignment, seed))
    notes = tuple(Note(where=where, message=slip) for slip in slips)
    yield ValidationPart("data", f"made of {len(seeds)} seeds, twice each", notes)
    yield kit.part(assignment, seen)
    if notes or not options.run:
        return
    with tempfile.TemporaryDirectory(prefix="grader-validate-") as space:
        trials = Trials(
            assignment=assignment,
            sandbox=sandbox(tuple(assignment.warm)),
            progress=progress,
            space=Path(space),
            jobs=options.jobs,
        )
        yield from _tried(trials, options, seeds)


def _tried(trials: Trials, options: Options, seeds: tuple[int, ...]) -> Iterator[ValidationPart]:
    assignment = trials.assignment
    try:
        expected = expected_in(samples_folder(assignment, options.samples))
        solution = solution_of(assignment, options.solution, expected)
    except UserError as error:
        yield ValidationPart("solution", "nothing could be graded", tuple(_of_error(error, assignment.folder)))
        return
    again = TrialWork("solution-again", solution.files, solution.origin)
    tried: list[dict[str, Trial]] = []
    over = _Time(options.minutes)
    for number, seed in enumerate(seeds):
        if tried and over.is_over:
            break
        trials.progress.stage("", f"{assignment.id}: the solution, twice, seed {number + 1} of {len(seeds)}")
        tried.append(trials.of([solution, again], seed, f"solution-{number}"))
    left = f"the solution with {len(seeds) - len(tried)} of {len(seeds)} seeds was"
    notes = [over.note(assignment.folder / "assignment.py", left)] if len(tried) < len(seeds) else []
    yield trial_grades.solution_part(assignment, solution, tried, notes)
    yield trial_grades.cost_part(assignment, [found["solution"] for found in tried])
    trials.progress.stage("", f"{assignment.id}: work that should earn nothing")
    yield nothing_done(trials, solution, seeds[0])
    yield from _of_samples(trials, options, expected, over)


def nothing_done(trials: Trials, solution: TrialWork, seed: int) -> ValidationPart:
    """Grades an empty file, the solution without function bodies, and the starter: all of it should earn nothing."""
    assignment = trials.assignment
    works = (empty_of(solution), bodiless_of(solution, answers_of(assignment.probes)), starter_of(assignment))
    idle = [without_read(work, assignment.reads, assignment.documents) for work in works if work]
    if asked_alone(assignment.probes):
        idle = [without_artefacts(work) for work in idle]
    found = trials.of(idle, seed, "idle")
    return trial_grades.idle_part(assignment, idle, found, _without_results(trials, idle, found, seed))


def _without_results(
    trials: Trials, idle: Sequence[TrialWork], found: Mapping[str, Trial], seed: int
) -> Mapping[str, Trial]:
    """Work that earned points, without what its program would have made: tables of results may be what they are for."""
    paid = [work for work in idle if trial_grades.earned(found[work.name])]
    again = [bare for work in paid if (bare := without_artefacts(work)).files.keys() != work.files.keys()]
    return trials.of(again, seed, "idle-without-results") if again else {}


def _of_samples(trials: Trials, options: Options, expected: Expected | None, over: _Time) -> Iterator[ValidationPart]:
    if expected is None:
        folder = samples_folder(trials.assignment, options.samples)
        note = Note(
            where=str(folder),
            message="expected samples and expected.toml, found none",
            hint="right work in other styles and wrong work prove the checks; see docs/adding-an-assignment.md",
            problem=False,
        )
        yield ValidationPart("samples", "there are none", (note,))
    elif options.grade_samples:
        names = sorted({one.student for one in find_submissions(expected.folder).submissions})
        tried = _samples(trials, expected.folder, names, over)
        left = [name for name in names if name not in tried]
        notes = [over.note(expected.folder, f"{', '.join(left)}: {counted(len(left), 'sample')}")] if left else []
        yield trial_grades.samples_part(trials.assignment, expected, tried, left, notes)


def _samples(trials: Trials, folder: Path, names: Sequence[str], over: _Time) -> dict[str, Trial]:
    """Those for which there is time."""
    found: dict[str, Trial] = {}
    for first in range(0, len(names), AT_ONCE):
        if over.is_over:
            break
        some = tuple(names[first : first + AT_ONCE])
        words = f"samples {first + 1} to {first + len(some)} of {len(names)}"
        trials.progress.stage("", f"{trials.assignment.id}: {words}")
        found |= trials.of_folder(folder, SEEDS[0], f"samples-{first}", some)
    return found


def _of_error(error: UserError, path: Path) -> Iterator[Note]:
    """One note for each line of an error; hints go with the line before them."""
    lines, hint = [], None
    for line in str(error).splitlines():
        if line.startswith("hint: "):
            hint = line.removeprefix("hint: ")
        else:
            lines.append(line)
    for line in lines:
        where, colon, message = line.partition(": ")
        named = bool(colon) and ("/" in where or ".py" in where)
        yield Note(where=where if named else str(path), message=message if named else line, hint=hint)
