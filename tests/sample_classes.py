"""The sample submissions of every assignment that is found: what was handed in, and what it should come to.

Samples lie in `submissions/<assignment>/`, a small class that shows the product, and in
`tests/submissions/<assignment>/`, all others; `expected.toml` beside them has a table for each student.
"""

from __future__ import annotations

import hashlib
import importlib
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.catalog import assignment_ids, load_assignment
from grader.collect.collect import collect
from grader.evidence import Evidence
from grader.intake import find_submissions
from grader.probes import Ask, asked_alone
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits
from grader.submission import Submission

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "submissions", ROOT / "tests" / "submissions")
PROGRAMS = (".py", ".ipynb")
SEED = 20_261_121
# Enough for honest work on a busy machine, and endless loops end sooner than in a real batch.
LIMITS = Limits(cpu_s=75, wall_s=400, memory_mib=1536, console_mib=4)


@dataclass(frozen=True)
class SampleGroup:
    """Samples of one assignment that hand in the same programs, with other reports: the programs are run once."""

    assignment_id: str
    students: tuple[str, ...]

    def __str__(self) -> str:
        others = f"+{len(self.students) - 1}" if len(self.students) > 1 else ""
        return f"{self.assignment_id}-{self.students[0]}{others}"


def sample_folder(assignment_id: str, student: str) -> Path:
    """Where a sample student's files lie; a new one's lie with the tests."""
    shown, other = (folder / assignment_id / student for folder in FOLDERS)
    return shown if shown.exists() else other


@cache
def sampled_ids() -> tuple[str, ...]:
    """The assignments that have samples."""
    return tuple(name for name in assignment_ids(ROOT / "reference") if any(_folders(name)))


@cache
def assignment_of(assignment_id: str) -> Assignment:
    """The assignment as its samples are graded: with the limits here, or as its `hidden/samples.py` wants it."""
    import torch

    torch.set_num_threads(1)
    loaded = load_assignment(assignment_id, ROOT / "reference")
    if not (loaded.folder / "hidden" / "samples.py").is_file():
        return replace(loaded, limits=LIMITS)
    quick: Assignment = importlib.import_module(f"reference_{assignment_id}.hidden.samples").quick(loaded)
    return quick


@cache
def submissions_of(assignment_id: str) -> Mapping[str, Submission]:
    """What each sample student handed in."""
    found = [one for folder in _folders(assignment_id) for one in find_submissions(folder).submissions]
    return {submission.student: submission for submission in found}


@cache
def expected_of(assignment_id: str) -> Mapping[str, Mapping[str, Any]]:
    """The tables of `expected.toml`, by student."""
    tables = [tomllib.loads((folder / "expected.toml").read_text()) for folder in _folders(assignment_id)]
    return {student: row for table in tables for student, row in table.items()}


def expected_outcomes(assignment: Assignment, student: str) -> dict[str, str]:
    """Outcome by criterion. What is not named is passed, or left to a person where a person grades it."""
    row = expected_of(assignment.id)[student]
    return {rule.id: row.get(rule.id, "ungraded" if rule.manual else "passed") for rule in assignment.rubric}


@cache
def groups() -> tuple[SampleGroup, ...]:
    """All samples, those with the same programs together."""
    together: dict[tuple[str, str], list[str]] = {}
    for assignment_id in sampled_ids():
        alone = bool(asked_alone(assignment_of(assignment_id).probes))
        for student, submission in sorted(submissions_of(assignment_id).items()):
            kind = student if alone else _programs(submission)  # what is asked alone depends on every file
            together.setdefault((assignment_id, kind), []).append(student)
    return tuple(SampleGroup(assignment_id, tuple(students)) for (assignment_id, _), students in together.items())


def evidence_of(group: SampleGroup, assignment: Assignment) -> dict[str, Evidence]:
    """What a box answers for each of the group: programs once, documents for each."""
    submissions = [submissions_of(group.assignment_id)[student] for student in group.students]
    assignment = _for_endless_work(assignment, [expected_of(assignment.id)[name] for name in group.students])
    if len(submissions) == 1:
        return {group.students[0]: collect(submissions[0], assignment, BubblewrapSandbox(), seed=SEED)}
    code = collect(submissions[0], replace(assignment, documents=()), BubblewrapSandbox(), seed=SEED)
    return {submission.student: _with_documents(code, submission, assignment) for submission in submissions}


def _for_endless_work(assignment: Assignment, rows: Sequence[Mapping[str, Any]]) -> Assignment:
    """With so many CPU seconds as a row calls `endless`: for all of a program that is run, or for each question."""
    given = [float(row["endless"]) for row in rows if "endless" in row]
    if not given:
        return assignment
    if assignment.code == "run":
        return replace(assignment, limits=replace(assignment.limits, cpu_s=max(given)))
    probes = [replace(one, seconds=max(given)) if isinstance(one, Ask) else one for one in assignment.probes]
    shorter = copy(assignment)
    object.__setattr__(shorter, "probes", tuple(probes))  # `replace` would have the rubric's blocks ask once more
    return shorter


def _with_documents(code: Evidence, submission: Submission, assignment: Assignment) -> Evidence:
    read = collect(submission, replace(assignment, code="none"), BubblewrapSandbox(), seed=SEED)
    return replace(
        code,
        submission=replace(read.submission, entry=code.submission.entry),
        executions=code.code_runs + read.executions,
        frames=code.frames[: sum(run.frames for run in code.code_runs)] + read.frames,
    )


def _folders(assignment_id: str) -> list[Path]:
    return [folder / assignment_id for folder in FOLDERS if (folder / assignment_id / "expected.toml").is_file()]


def _programs(submission: Submission) -> str:
    """Digest of the programs; of everything where there is none, so that such work stands alone."""
    programs = [file for file in submission.files if file.path.endswith(PROGRAMS)]
    parts = [f"{file.path}\0".encode() + file.content for file in programs]
    return hashlib.sha256(b"\0".join(parts)).hexdigest() if parts else submission.student
