"""What regrading costs: `python -m benchmarks.regraded [--count N] [--assignment ID --students NAME...] [--file NAME]`.

Grades submissions, adds a number to a file of the assignment (`assignment.py`) as an instructor changes a tolerance,
and regrades; then regrades again with nothing changed. Trivial submissions show what the grader itself takes for each;
samples of an assignment, what its checks take. CPU seconds, and what 1,000 of them would take on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clock import CpuClock
from benchmarks.course import ROOT, write_assignment, write_submissions

GOAL_S = 60.0  # of wall time, for 1,000 on two cores
JOBS = 2


def run(clock: CpuClock, *arguments: str) -> float:
    """CPU seconds of a command of the grader."""
    before = clock.seconds()
    command = [sys.executable, "-m", "grader", *arguments, "--no-pdf", "--quiet", "--jobs", str(JOBS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
    return clock.seconds() - before


def changed(file: Path) -> None:
    """Another digest for all that sees this file, and the same verdicts."""
    file.write_text(f"{file.read_text()}\nTOLERANCE = 1e-6\n")


def measured(
    folder: Path, clock: CpuClock, work: Path, assignment: str, students: list[str], file: str
) -> tuple[float, float]:
    """CPU seconds of regrading after a change, and with nothing changed."""
    out = str(folder / "out")
    named = [part for student in students for part in ("--student", student)]
    reference = ["--reference", str(folder / "reference")]
    run(clock, "grade", str(work), "--assignment", assignment, "--out", out, *reference, *named)
    changed(folder / "reference" / assignment / file)
    return run(clock, "regrade", out, *reference), run(clock, "regrade", out, *reference)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200, help="trivial submissions")
    options.add_argument("--assignment", default="doubling")
    options.add_argument("--students", nargs="*", default=[], help="samples of the assignment")
    options.add_argument("--file", default="assignment.py", help="what is changed, in the assignment's folder")
    given = options.parse_args()
    clock = CpuClock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.students:
            shutil.copytree(ROOT / "reference", folder / "reference")
            work, count = ROOT / "submissions" / given.assignment, len(given.students)
        else:
            write_assignment(folder / "reference")
            write_submissions(folder / "work", given.count, 0)
            work, count = folder / "work", given.count
        after, again = measured(folder, clock, work, given.assignment, given.students, given.file)
    each = (after - again) / count
    print(f"{count} of {given.assignment}: {after:.2f} CPU s after a change, {again:.2f} with nothing changed")
    print(f"each {each:.4f} CPU s: 1,000 on two cores {again + 500 * each:.0f} s (goal {GOAL_S:.0f})")


if __name__ == "__main__":
    main()
