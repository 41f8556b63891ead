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


# A bare interpreter that has imported torch: what the student's code takes by itself. Each line of its input asks
# for so many runs; it answers with their CPU seconds, of this thread alone as torch has only one.
BARE = """
import sys, time, torch
torch.set_num_threads(1)
code = compile(open(sys.argv[1]).read(), "hw.py", "exec")
exec(code, {})
for line in sys.stdin:
    began = time.process_time()
    for _ in range(int(line)):
        exec(code, {})
    print(time.process_time() - began, flush=True)
"""


class BareInterpreters:
    """As many warm interpreters as `grader` runs boxes, so that both have the same company on the processor."""

    def __init__(self, folder: Path, steps: int, jobs: int) -> None:
        self.program = folder / "bare.py"
        self.program.write_text(WORK.format(steps=steps) + TRIVIAL)
        environment = {"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
        command = [sys.executable, "-c", BARE, str(self.program)]
        self.running = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
            for _ in range(jobs)
        ]

    def seconds(self, times: int) -> float:
        """CPU seconds of running the submission's code `times` times, side by side."""
        for number, one in enumerate(self.running):
            share = times // len(self.running) + (number < times % len(self.running))
            assert one.stdin is not None
            one.stdin.write(f"{share}\n")
            one.stdin.flush()
        return sum(float(one.stdout.readline()) for one in self.running if one.stdout is not None)

    def close(self) -> None:
        """End the interpreters."""
        for one in self.running:
            one.communicate()


def steps_for(folder: Path, seconds: float) -> int:
    """How many steps take about that long here."""
    trial = 400
    bare = BareInterpreters(folder, trial, 1)
    measured = bare.seconds(3) / 3
    bare.close()
    return max(1, round(trial * seconds / measured))
