"""What regrading costs: `python -m benchmarks.regraded [--count N] [--assignment ID --students NAME...] [--file NAME]`.

Grades submissions, adds a number to a file of the assignment (`assignment.py`) as an instructor changes a tolerance,
and regrades; then regrades again with nothing changed. Trivial submissions show what the grader itself takes for each;
samples of an assignment, what its checks take. Of samples, the evidence is copied until there are as many: the first
time that it is regraded nothing of it is kept, and everything is worked out. CPU seconds, and what 1,000 of them would
take on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from benchmarks.clock import CpuClock
from benchmarks.course import ROOT, write_assignment, write_submissions
from grader.collect import saved_evidence
from grader.gradebook.results import Results
from grader.gradebook.store import Gradebook

GOAL_S = 60.0  # of wall time, for 1,000 on two cores
JOBS = 2


@dataclass(frozen=True)
class Command:
    """The grader on one folder of results."""

    clock: CpuClock
    reference: Path
    out: Path

    def grade(self, work: Path, assignment: str, students: list[str]) -> float:
        """CPU seconds of grading."""
        named = [part for student in students for part in ("--student", student)]
        return self._run("grade", str(work), "--assignment", assignment, "--out", str(self.out), *named)

    def regrade(self) -> float:
        """CPU seconds of regrading."""
        return self._run("regrade", str(self.out))

    def _run(self, *arguments: str) -> float:
        before = self.clock.seconds()
        options = ["--reference", str(self.reference), "--no-pdf", "--quiet", "--jobs", str(JOBS)]
        command = [sys.executable, "-m", "grader", *arguments, *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode > 1:
            raise SystemExit(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
        return self.clock.seconds() - before


def changed(file: Path) -> None:
    """Another digest for all that sees this file, and the same verdicts."""
    file.write_text(f"{file.read_text()}\nTOLERANCE = 1e-6\n")


def copied(out: Path, count: int) -> None:
    """Make copies of graded evidence under other names, until there are `count`; the copies are not graded."""
    results = Results(out)
    with Gradebook(results.gradebook) as gradebook:
        graded = gradebook.current()
        for number, stored in enumerate(islice(cycle(graded), count - len(graded))):
            name = f"copy{number:04}"
            found = saved_evidence.load(results.student(stored.folder).evidence)
            record, folder = replace(found.submission, student=name, folder=name), results.student(name)
            saved_evidence.save(replace(found, submission=record), folder.evidence)
            gradebook.record(
                replace(stored.grade, student=name),
                submission_sha256=record.sha256,
                evidence_sha256=folder.evidence_sha256(),
                folder=name,
                origin=stored.origin,
                basis="",
            )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200, help="submissions")
    options.add_argument("--assignment", default="doubling")
    options.add_argument("--students", nargs="*", default=[], help="samples of the assignment")
    options.add_argument("--file", default="assignment.py", help="what is changed, in the assignment's folder")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = Command(CpuClock(), folder / "reference", folder / "out")
        first = None
        if given.students:
            shutil.copytree(ROOT / "reference", command.reference)
            command.grade(ROOT / "submissions" / given.assignment, given.assignment, given.students)
            copied(command.out, given.count)
            first = command.regrade()
        else:
            write_assignment(command.reference)
            write_submissions(folder / "work", given.count, 0)
            command.grade(folder / "work", given.assignment, [])
        changed(command.reference / given.assignment / given.file)
        after, again = command.regrade(), command.regrade()
    print(f"{given.count} of {given.assignment}, {given.file} changed; with nothing changed {again:.2f} CPU s")
    if first is not None:
        _told("everything worked out", (first - again) / (given.count - len(given.students)), again)
    _told("after the change", (after - again) / given.count, again)


def _told(what: str, each: float, once: float) -> None:
    print(f"{what}: {each:.4f} CPU s each, 1,000 on two cores {once + 500 * each:.0f} s (goal {GOAL_S:.0f})")


if __name__ == "__main__":
    main()
