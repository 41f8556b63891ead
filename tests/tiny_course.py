"""A course of one function: an assignment on disk, submissions for it, and a sandbox that runs nothing."""

from __future__ import annotations

import csv
import json
import re
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment import Assignment
from grader.batch.grade import BatchOptions, grade_batch
from grader.batch.progress import Progress
from grader.batch.regrade import Rewrite, rewrite_batch
from grader.batch.result import BatchResult
from grader.catalog import load_assignment
from grader.gradebook.rows import StoredGrade
from grader.gradebook.store import Gradebook
from grader.sandbox.protocol import Command, Execution, Frame, Sandbox, Status, Usage

SEED = 11
ASSIGNMENT = """
from fractions import Fraction

from grader import Assignment, Criterion, Finding, Limits, LineFigure, Panel, Series
from grader.probes import Argument, CallFunction, Case
from grader.readings import recorded


def answer(evidence):
    for call in recorded(evidence):
        if call.result is not None:
            return float(call.result)
    raise evidence.why_missing()


def value(evidence):
    found = answer(evidence)
    curve = Series("answers", (0.0, 1.0, 2.0), (found, float("nan"), float("inf")))
    panel = Panel("", (curve,))
    figure = LineFigure("answers", "Answers", "What came back.", "One answer.", "call", "answer", (panel,))
    if found == 14:
        return Finding.passed("double(7) is 14", exhibits=(figure,))
    return Finding.failed(f"double(7): expected 14, found {found:g}", "return 2 * x", exhibits=(figure,))


def sign(evidence):
    found = answer(evidence)
    if found == 13:
        raise ZeroDivisionError("a mistake in this check")
    if found > 0:
        return Finding.passed("above 0")
    return Finding.partial(Fraction(1, 3), f"expected above 0, found {found:g}")


ASSIGNMENT = Assignment(
    title="Doubling",
    course="Tiny course",
    rubric=[RUBRIC],
    probes=(CallFunction("double", ("^double$",), (Case("seven", (Argument("x", 7),)),)),),
    entry={r"def\\s+double": 3},
    data=lambda seed: {},
    limits=Limits(cpu_s=20, wall_s=60, memory_mib=1024),
)
"""
VALUE = 'Criterion("value", "Doubles", {points}, value)'
SIGN = 'Criterion("sign", "Has the right sign", 2, sign)'
MANUAL = 'Criterion("style", "Reads well", 1)'


def write_course(root: Path, *, points: str = "4", more: tuple[str, ...] = ()) -> Path:
    """The folder of assignments: `tiny`, with `more` criteria beside `value` and `sign` if asked for."""
    folder = root / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    rubric = ", ".join((VALUE.format(points=points), SIGN, *more))
    # Python takes a compiled file for current if its source has the same second and size.
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    (folder / "assignment.py").write_text(ASSIGNMENT.replace("RUBRIC", rubric))
    return root


def doubling(result: str = "2 * x") -> str:
    """A submission's source. The fake sandbox answers with the number if `result` is one."""
    return f"def double(x):\n    return {result}\n"


def submit(folder: Path, **results: str) -> Path:
    """One folder per student."""
    for student, result in results.items():
        (folder / student).mkdir(parents=True, exist_ok=True)
        (folder / student / "hw.py").write_text(doubling(result))
    return folder


class FakeSandbox:
    """Answers what the source says; `commands` is what it was asked. Sources may ask it to fail."""

    def __init__(self, before: Callable[[Command], None] = lambda _: None) -> None:
        self.commands: list[Command] = []
        self.before = before
        self.lock = threading.Lock()

    def run(self, command: Command) -> Execution:
        with self.lock:
            self.commands.append(command)
        self.before(command)
        source = command.files[command.request["entry"]].decode("utf-8", "replace")
        if "crash the sandbox" in source:
            raise OSError("no processes left")
        if "no box" in source:
            return Execution(Status.SANDBOX_FAILED, "the box could not be set up")
        number = re.search(r"return (-?\d+)$", source, re.MULTILINE)
        result = np.array(float(number[1]) if number else 14.0)
        header = {"kind": "call", "probe": "double", "case": "seven", "phase": "direct", "complete": True}
        loaded = Frame({"kind": "loaded", "mode": "run", "errors": [], "finished": True})
        frames = (loaded, Frame(header, {"result": result})) if "double" in source else (loaded,)
        return Execution(Status.EXITED, "ran to its end", frames, "hello", Usage(0.5, 0.4, 100, 0.1))

    @property
    def students(self) -> list[str]:
        """What each run's source returns."""
        sources = [command.files[command.request["entry"]].decode() for command in self.commands]
        return [source.split("return ")[1].strip() for source in sources]


class Quiet:
    """Progress that keeps what it was told; `said` is called with every step."""

    def __init__(self, said: Callable[[str], None] = lambda _: None) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self.said = said

    def _step(self, *step: Any) -> None:
        self.steps.append(step)
        self.said(" ".join(map(str, step)))

    def begin(self, total: int, kept: int) -> None:
        self._step("begin", total, kept)

    def started(self, name: str) -> None:
        self._step("started", name)

    def stage(self, name: str, words: str) -> None:
        self._step("stage", name, words)

    def finished(self, name: str, grade: object) -> None:
        self._step("finished", name)


class Course:
    """The assignment, a folder to submit to and a folder of results, and the flow on them."""

    def __init__(self, root: Path) -> None:
        self.reference = write_course(root / "reference")
        self.submissions = root / "submissions"
        self.submissions.mkdir()
        self.out = root / "results"

    def copied(self, root: Path) -> Course:
        """The same class in another folder; its gradebook knows where the first one handed in."""
        copy = Course(root)
        for ours, its in ((self.reference, copy.reference), (self.submissions, copy.submissions), (self.out, copy.out)):
            shutil.copytree(ours, its, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        return copy

    @property
    def assignment(self) -> Assignment:
        return load_assignment("tiny", self.reference)

    def submit(self, **results: str) -> None:
        submit(self.submissions, **results)

    def grade(self, sandbox: Sandbox | None = None, progress: Progress | None = None, **options: Any) -> BatchResult:
        chosen = BatchOptions(self.out, **{"pdf": False, "jobs": 1, "seed": SEED, **options})
        return grade_batch(self.submissions, self.assignment, chosen, sandbox or FakeSandbox(), progress or Quiet())

    def rewrite(self, how: Rewrite, *, pdf: bool = False, jobs: int = 1) -> BatchResult:
        load = partial(load_assignment, root=self.reference)
        return rewrite_batch(self.out, load, Quiet(), how, jobs=jobs, pdf=pdf)

    def json(self, student: str) -> dict[str, Any]:
        """A student's `grade.json`."""
        found = json.loads((self.out / student / "grade.json").read_text())
        assert isinstance(found, dict)
        return found

    def message(self, student: str, criterion: str = "value") -> str:
        """What `grade.json` says of a criterion."""
        [mark] = [mark for mark in self.json(student)["marks"] if mark["criterion"] == criterion]
        return f"{mark['outcome']}: {mark['message']}"

    def rows(self) -> dict[str, dict[str, str]]:
        """`grades.csv` by student."""
        with (self.out / "grades.csv").open(newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def stored(self) -> dict[str, StoredGrade]:
        """The gradebook's current grades by student."""
        with Gradebook(self.out / "gradebook.sqlite") as gradebook:
            return {found.grade.student: found for found in gradebook.current()}

    def files(self, *names: str) -> dict[str, bytes]:
        """All files of the results with one of these names, by path."""
        found = {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}
        return {path: content for path, content in found.items() if Path(path).name in names}
