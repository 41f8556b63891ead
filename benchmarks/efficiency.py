"""How much of a batch's CPU time is the students' own: `python -m benchmarks.efficiency [--count N]`.

Grades submissions of no work, of 1 s and of 10 s with the whole command `grader grade` (without PDFs), and
divides the CPU seconds that their code takes in a bare warm interpreter by those of the whole batch. What a
batch costs once (importing, the warm parent, probing the wall) is measured with batches of two sizes and shown
apart. The other way of starting boxes is measured beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clock import CpuClock
from benchmarks.course import ROOT, bare_seconds, steps_for, write_assignment, write_submissions

GOALS = {1.0: 0.90, 10.0: 0.98}
MOST_OVERHEAD_S = 0.10
ONE_BY_ONE = """
import sys
from grader.sandbox import bubblewrap
sandbox = bubblewrap.BubblewrapSandbox
bubblewrap.BubblewrapSandbox = lambda **named: sandbox(**{**named, "copies": False})
from grader.cli import main
main()
"""


def graded(clock: CpuClock, count: int, steps: int, *, copies: bool = True) -> float:
    """CPU seconds of `grader grade` for `count` submissions."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_assignment(folder / "reference")
        write_submissions(folder / "work", count, steps)
        program = ["-m", "grader"] if copies else ["-c", ONE_BY_ONE]
        command = [sys.executable, *program, "grade", str(folder / "work"), "--assignment", "doubling", "--no-pdf"]
        command += ["--reference", str(folder / "reference"), "--out", str(folder / "out"), "--jobs", "2"]
        before = clock.seconds()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        used = clock.seconds() - before
        grades = (folder / "out/grades.csv").read_text().splitlines() if done.returncode == 0 else []
        if len(grades) != count + 1 or any("4.0" not in grade for grade in grades[1:]):
            raise SystemExit(f"expected {count} grades of 4.0, found {grades[:3]}: {done.stderr[-2000:]}")
        return used


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=60, help="submissions of 1 s; a tenth as many of 10 s")
    count = options.parse_args().count
    clock = CpuClock()
    print(f"CPU seconds by {clock.way}")
    few, many = graded(clock, 2, 0), graded(clock, count, 0)
    each = (many - few) / (count - 2)
    once = few - 2 * each
    print(f"trivial submissions: {once:.2f} s a batch and {each:.3f} s each (goal: at most {MOST_OVERHEAD_S:.2f})")
    other = graded(clock, 12, 0, copies=False) - graded(clock, 2, 0, copies=False)
    print(f"  with boxes started one by one: {other / 10:.3f} s each")
    for seconds, goal in GOALS.items():
        number = max(2, round(count / seconds))
        steps = steps_for(seconds)
        own = bare_seconds(steps)
        used = graded(clock, number, steps)
        share, rest = number * own / used, number * own / (used - once)
        print(f"{number} submissions of {own:.2f} s: {used:.1f} s, efficiency {share:.3f} (goal {goal:.2f});"
              f" {rest:.3f} without what the batch costs once")  # fmt: skip


if __name__ == "__main__":
    main()
