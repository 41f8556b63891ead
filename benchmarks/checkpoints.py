"""What evaluating checkpoints costs: `python -m benchmarks.checkpoints [--count N] [--images N]`.

Grades checkpoints of five million parameters, each another network, with the whole command `grader grade --no-pdf`:
loaded and run in a box, brought back, run again outside on 2,000 images of 3 × 32 × 32. A batch of two beside it shows
what a batch costs once; what 200 would cost is worked out from both.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clock import CpuClock

ROOT = Path(__file__).parents[1]
GOAL_S, CLASS = 300.0, 200
NET = """
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(4096, 1210), nn.ReLU(), nn.Linear(1210, 10),
        )
"""
ASSIGNMENT = """
import numpy as np

from grader import Assignment, Criterion
from grader.checks import Checkpoint, linear


def made(seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(({images}, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, {images})


NET = Checkpoint("model.pt", "Net()", test=made)
ASSIGNMENT = Assignment(
    title="Five million parameters",
    course="Benchmarks",
    rubric=[
        Criterion("loads", "It loads", 1, NET.loads()),
        Criterion("accuracy", "Accuracy", 1, NET.accuracy(linear({{0.0: 100, 0.9: 100}}), classes=10)),
    ],
    code="definitions",
)
"""


def write(folder: Path, count: int, images: int) -> int:
    """An assignment and `count` submissions; how many parameters each network has."""
    import torch

    reference = folder / "reference" / "five_million"
    reference.mkdir(parents=True)
    (reference / "assignment.py").write_text(ASSIGNMENT.format(images=images))
    names: dict[str, type[torch.nn.Module]] = {}
    exec(NET, names)  # noqa: S102 - it is ours
    for number in range(count):
        torch.manual_seed(number)
        work = folder / "work" / f"student{number:03d}"
        work.mkdir(parents=True)
        network = names["Net"]()
        (work / "net.py").write_text(NET)
        torch.save(network.state_dict(), work / "model.pt")
    return sum(part.numel() for part in network.parameters())


def graded(count: int, images: int, jobs: int) -> tuple[float, float]:
    """Seconds on the clock, and CPU seconds, of `grader grade` for so many checkpoints."""
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), CpuClock()
        size = write(folder, count, images)
        command = [sys.executable, "-m", "grader", "grade", str(folder / "work"), "--assignment", "five_million"]
        command += ["--reference", str(folder / "reference"), "--out", str(folder / "out"), "--no-pdf"]
        before, start = clock.seconds(), time.perf_counter()
        done = subprocess.run([*command, "--jobs", str(jobs)], cwd=ROOT, capture_output=True, text=True, check=False)
        wall, used = time.perf_counter() - start, clock.seconds() - before
        rows = (folder / "out/grades.csv").read_text().splitlines()[1:] if done.returncode == 0 else []
        if len(rows) != count or any(",2.0," not in row for row in rows):
            raise SystemExit(f"expected {count} grades of 2.0, found {rows[:2]}: {done.stderr[-2000:]}")
    print(
        f"{count} checkpoints of {size:,} parameters, {images:,} images each: {wall:.1f} s, {used:.1f} CPU s",
        flush=True,
    )
    return wall, used


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=CLASS, help="checkpoints to grade")
    options.add_argument("--images", type=int, default=2_000)
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    few = graded(2, given.images, given.jobs)
    many = graded(given.count, given.images, given.jobs)
    for what, one, other in zip(("s on the clock", "CPU s"), few, many, strict=True):
        each = (other - one) / (given.count - 2)
        print(
            f"{each:.2f} {what} each; {CLASS}: {one + each * (CLASS - 2):.0f} {what} (goal {GOAL_S:.0f} on two cores)"
        )


if __name__ == "__main__":
    main()
