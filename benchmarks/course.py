"""A course of one function, whose submissions take as much CPU time as asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = r"""
from grader import Assignment, Criterion, Finding, Limits
from grader.probes import Argument, CallFunction, Case
from grader.readings import recorded


def value(evidence):
    for call in recorded(evidence):
        if call.result is not None and float(call.result) == 14:
            return Finding.passed("double(7) is 14")
    return Finding.failed("double(7): expected 14")


ASSIGNMENT = Assignment(
    title="Doubling",
    course="Benchmark",
    rubric=[Criterion("value", "Doubles", 4, value)],
    probes=(CallFunction("double", ("^double$",), (Case("seven", (Argument("x", 7),)),)),),
    entry={r"def\s+double": 3},
    data=lambda seed: {},
    limits=Limits(cpu_s=120, wall_s=1200, memory_mib=1024),
)
"""
TRIVIAL = "def double(x):\n    return 2 * x\n"
WORK = """
import torch
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Linear(200, 200), torch.nn.Tanh(), torch.nn.Linear(200, 10))
x, y = torch.randn(100, 200), torch.randint(10, (100,))
for _ in range({steps}):
    net.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= 0.01 * p.grad
"""


def write_assignment(reference: Path) -> None:
    """The assignment `doubling` in a folder of assignments."""
    (reference / "doubling").mkdir(parents=True)
    (reference / "doubling/assignment.py").write_text(ASSIGNMENT)


def write_submissions(folder: Path, count: int, steps: int) -> None:
    """`count` submissions; each trains for `steps` steps first."""
    source = (WORK.format(steps=steps) if steps else "") + TRIVIAL
    for number in range(count):
        (folder / f"student{number:04}").mkdir(parents=True)
        (folder / f"student{number:04}/hw.py").write_text(f"# student {number}\n{source}")


# A bare interpreter that has imported torch: what the student's code takes by itself.
BARE = """
import sys, time, torch
torch.set_num_threads(1)
code = compile(sys.stdin.read(), "hw.py", "exec")
times = []
for _ in range(3):
    began = time.process_time()
    exec(code, {})
    times.append(time.process_time() - began)
print(min(times))
"""


def bare_seconds(steps: int) -> float:
    """CPU seconds of one submission's own code."""
    source = WORK.format(steps=steps) + TRIVIAL
    environment = {"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", BARE], input=source, capture_output=True, text=True, check=True, env=environment
    )
    return float(done.stdout)


def steps_for(seconds: float) -> int:
    """How many steps take about that long here."""
    trial = 400
    return max(1, round(trial * seconds / bare_seconds(trial)))
