"""How much of a batch's CPU time is the students' own: `python -m benchmarks.efficiency [--count N] [--rounds N]`.

Grades submissions of no work, of 1 s and of 10 s with the whole command `grader grade` (without PDFs), and
divides the CPU seconds that their code takes in bare warm interpreters by those of the whole batch. Both are
measured in turns, with the bare interpreters before and after each batch, as the same work takes some percent
more or fewer CPU seconds from one minute to the next; the share of every turn is shown. What a batch costs once
(importing, the warm parent, probing the sandbox) is measured with batches of two sizes and shown apart. The other
way of starting boxes is measured beside it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clock import CpuClock
from benchmarks.course import ROOT, BareInterpreters, steps_for, write_assignment, write_submissions

GOALS = {1.0: 0.95, 10.0: 0.99}
MOST_OVERHEAD_S = 0.03
JOBS = 2
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
        command += ["--reference", str(folder / "reference"), "--out", str(folder / "out"), "--jobs", str(JOBS)]
        before = clock.seconds()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        used = clock.seconds() - before
        grades = (folder / "out/grades.csv").read_text().splitlines() if done.returncode == 0 else []
        if len(grades) != count + 1 or any("4.0" not in grade for grade in grades[1:]):
            raise SystemExit(f"expected {count} grades of 4.0, found {grades[:3]}: {done.stderr[-2000:]}")
        return used


def fixed_and_each(clock: CpuClock, counts: tuple[int, int], steps: int) -> tuple[float, float]:
    """CPU seconds of a batch once, and of each submission with so many steps, from batches of two sizes."""
    few, many = (graded(clock, count, steps) for count in counts)
    each = (many - few) / (counts[1] - counts[0])
    return few - counts[0] * each, each


def shares(clock: CpuClock, folder: Path, seconds: float, count: int, rounds: int) -> list[tuple[float, float]]:
    """For every turn, the CPU seconds of the students' own code in bare interpreters and of the batch."""
    steps = steps_for(folder, seconds)
    bare = BareInterpreters(folder, steps, JOBS)
    turns, before = [], bare.seconds(count)
    for _ in range(rounds):
        used = graded(clock, count, steps)
        after = bare.seconds(count)
        turns.append(((before + after) / 2, used))
        before = after
    bare.close()
    return turns


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=60, help="submissions of 1 s; a fifth as many of 10 s")
    options.add_argument("--rounds", type=int, default=3, help="turns of each")
    options.add_argument("--seconds", type=float, nargs="*", choices=list(GOALS), default=list(GOALS), help="of work")
    given = options.parse_args()
    clock = CpuClock()
    print(f"CPU seconds by {clock.way}")
    once, each = fixed_and_each(clock, (2, given.count), 0)
    print(f"trivial submissions: {once:.2f} s a batch and {each:.3f} s each (goal: at most {MOST_OVERHEAD_S:.2f})")
    other = graded(clock, 12, 0, copies=False) - graded(clock, 2, 0, copies=False)
    print(f"  with boxes started one by one: {other / 10:.3f} s each", flush=True)
    once, each = fixed_and_each(clock, (2, 12), 1)
    print(f"submissions of one step with PyTorch: {once:.2f} s a batch and {each:.3f} s each", flush=True)
    with tempfile.TemporaryDirectory() as name:
        for seconds in given.seconds:
            count = max(2, given.count if seconds < 5 else given.count // 5)
            turns = shares(clock, Path(name), seconds, count, given.rounds)
            for own, used in turns:
                print(
                    f"  {count} submissions of {own / count:.2f} s: own {own:.1f} s, batch {used:.1f} s,"
                    f" {own / used:.3f}"
                )
            share = statistics.median(own / used for own, used in turns)
            rest = statistics.median(own / (used - once) for own, used in turns)
            print(
                f"{seconds:g} s: efficiency {share:.3f} (goal {GOALS[seconds]:.2f}); {rest:.3f} without what a batch"
                f" costs once",
                flush=True,
            )


if __name__ == "__main__":
    main()
