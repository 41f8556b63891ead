"""How long the marking desk takes to answer, with a large class: `python -m benchmarks.desk [STUDENTS]`."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from grader.assignment import Assignment
from grader.collect.saved_evidence import save
from grader.desk.app import app
from grader.desk.desk import Desk, opened
from grader.desk.queue import ordered
from grader.desk.recording import Decision, base_of
from grader.evidence import Evidence, FileRecord, SubmissionRecord
from grader.finding import Finding
from grader.gradebook.results import Results
from grader.gradebook.store import Gradebook
from grader.grading import ExecutionSummary, grade
from grader.rubric import Criterion
from grader.submission import Submission, SubmittedFile
from grader.words import digest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HOST = "127.0.0.1:8000"
CODE = "".join(f"def layer_{n}(x, w, b):\n    y = x @ w + b  # {n}\n    return y.relu()\n\n\n" for n in range(60))
RUNS = 40
PAUSE_S = 0.5  # somebody looks at each page; what the desk does meanwhile is not waited for


def criterion(number: int) -> Criterion:
    """One that a person grades."""
    return Criterion(f"question_{number}", f"Question {number}", 10, guide="full: all of it; half: some; none: nothing")


ASSIGNMENT = Assignment(
    "A large class", "Benchmark", [criterion(n) for n in range(1, 6)], entry={"def ": 1}, code="none", id="large"
)


def fill(root: Path, students: int) -> None:
    """Results and submissions of a class that waits for people."""
    results, handed_in = Results(root / "results"), root / "submissions"
    results.path.mkdir()
    with Gradebook(results.gradebook) as book:
        book.open_batch("large", 1, {"submissions": str(handed_in)})
        for number in range(students):
            _one(book, results, handed_in, f"student {number:04}")


def _one(book: Gradebook, results: Results, handed_in: Path, student: str) -> None:
    from datetime import UTC, datetime

    folder, now = student.replace(" ", "-"), datetime(2026, 11, 1, tzinfo=UTC)
    (handed_in / student).mkdir(parents=True)
    source = f"# {student}\n{CODE}"
    (handed_in / student / "hw.py").write_text(source)
    work = Submission(student, folder, (SubmittedFile("hw.py", source.encode()),), now)
    files = tuple(FileRecord(file.path, file.size, file.sha256) for file in work.files)
    record = SubmissionRecord(student, folder, 1, now, work.sha256, files, (), "hw.py")
    save(Evidence(record, 1), results.student(folder).evidence)
    said = Finding.ungraded(f"a person grades this; {len(digest(student))} sentences speak of it")
    found = {one.id: replace(said, details=(f"see {one.id}",)) for one in ASSIGNMENT.rubric}
    execution = ExecutionSummary("exited", "ran to its end", 1.0, 1.0, 100, "cpu")
    made = grade(ASSIGNMENT, found, student=student, attempt=1, submitted_at=now, execution=execution)
    book.record(made, submission_sha256=work.sha256, evidence_sha256="0" * 64, folder=folder)


@contextlib.contextmanager
def large_desk(students: int) -> Iterator[Desk]:
    """A desk on such a class, with the work read."""
    with tempfile.TemporaryDirectory() as space:
        fill(Path(space), students)
        with opened(Path(space) / "results", lambda _: ASSIGNMENT) as desk:
            desk.works.read(frozenset(entry.stored.submission_sha256 for entry in desk.roll.now().values()))
            yield desk


def measured(ask: Callable[[int], object]) -> tuple[list[float], float]:
    """Milliseconds of each of several runs, and CPU milliseconds of one on average, which a busy machine does not
    lengthen; the first, which fills what is kept, is left out."""
    times, cpu = [], 0.0
    for number in range(RUNS + 1):
        began = time.perf_counter()
        if number == 1:
            cpu = time.process_time()
        ask(number)
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(PAUSE_S)
    return sorted(times[1:]), 1000 * (time.process_time() - cpu) / RUNS


def main(students: int) -> None:
    """Print a row for each kind of page."""
    with large_desk(students) as desk:
        http = TestClient(app(desk, {HOST}), base_url=f"http://{HOST}")
        http.get(f"/?key={desk.secret}")
        same = {"sec-fetch-site": "same-origin"}
        http.post("/settings", data={"token": desk.token, "name": "A. Kay"}, headers=same)
        codes = [entry.code for entry in ordered(desk.roll.now(), "random")]

        def got(path: str) -> None:
            answer = http.get(path)
            assert answer.status_code == 200, answer.text

        def marked(number: int) -> None:
            entry = desk.roll.now()[codes[number]]
            mark = entry.mark("question_1")
            assert mark is not None
            decision = Decision(
                entry.code, "question_1", base_of(desk.roll, entry, mark), points=str(Decimal(7)), remark="x"
            )
            desk.recorder.record([decision], "A. Kay", f"click {number:04}")

        print(f"{students} submissions, milliseconds: median, slowest of {RUNS}; CPU of one")
        rows: tuple[tuple[str, Callable[[int], object]], ...] = (
            ("overview", lambda _: got("/")),
            ("a mark's page", lambda number: got(f"/mark/question_2/{codes[number]}")),
            ("search", lambda number: got(f"/search?q=student+{number:04}")),
            ("recording a mark", marked),
        )
        for what, ask in rows:
            times, cpu = measured(ask)
            print(f"{what}: {statistics.median(times):.0f}, {times[-1]:.0f}; CPU {cpu:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
