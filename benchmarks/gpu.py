"""What `benchmarks/gpu.sh` measures: `python -m benchmarks.gpu [--out FILE] [--trial] [--steps NAME...]`.

Is the machine fit, do boxes on the GPU hold, do samples get the verdicts there that they get on the CPU, how busy do
short jobs keep the GPU, what does a ready box cost, and what does a waiting one hold. With `--trial` the same is done
on the CPU, with trivial work, as far as that makes sense.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.course import ROOT, TRIVIAL, write_assignment, write_submissions
from benchmarks.graded_twice import Batch, compared, graded
from benchmarks.how_busy import Watched, gpu_memory_used, summary
from benchmarks.timed_steps import Step, module, run_alone, run_steps
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.gpu import gpus
from grader.sandbox.protocol import Command, Limits, Status
from grader.sandbox.start import BoxSettings, start_box

MOST_S = 450.0  # of the 8 minutes, without unpacking and ending
JOBS, TRIAL_JOBS = 200, 4
BOXES, WAITING = 5, 3
PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "matplotlib", "pandas", "weasyprint")
SAMPLES = {
    "dlc_practical_6": ("ada", "lea", "bianca", "clara"),
    "epfl_ex09": ("bela", "hana", "alma", "bruno"),
    "ece60146_hw5": ("ada", "emil", "anke", "karl"),
}
# Half a second of small kernels, as a student's network makes them.
SHORT_JOB = """
import time
import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
net = torch.nn.Sequential(torch.nn.Linear(512, 512), torch.nn.Tanh(), torch.nn.Linear(512, 10)).to(device)
x, y = torch.randn(256, 512, device=device), torch.randint(10, (256,), device=device)
began = time.monotonic()
while time.monotonic() - began < {seconds}:
    net.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y).backward()
"""


def machine() -> dict[str, Any]:
    """What is measured on: the machine, its driver, Python and packages."""
    import torch

    return {
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cuda": {"built for": torch.version.cuda, "sees": torch.cuda.device_count()},
        "nodes": [str(path) for path in gpus()],
        "bubblewrap": _said("bwrap", "--version"),
        "nvidia-smi": _said("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"),
    }


def doctor() -> dict[str, Any]:
    """`grader doctor`; a machine that is weak somewhere is measured all the same."""
    done = subprocess.run(module("grader", "doctor", "--json"), capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    return {"strong": found["strong"], "diagnoses": [one for one in found["diagnoses"] if one["level"] != "strong"]}


def contract(trial: bool) -> dict[str, Any]:
    """The tests that need a GPU, and the ways out of a box that is for one."""
    quiet = ("-v", "-p", "no:cacheprovider", "-W", "default")  # the machine's own packages may warn
    escape = module("pytest", *quiet, "tests/sandbox/test_escape.py", "-k", "cpu" if trial else "cuda")
    suites = [escape] if trial else [module("pytest", *quiet, "-m", "gpu", "tests/sandbox"), escape]
    said = [_relayed(suite) for suite in suites]
    return {
        "passed": all(status == 0 for status, _ in said),
        "suites": [lines[-1] if lines else "" for _, lines in said],
        "failures": [line for _, lines in said for line in lines if line.startswith(("FAILED", "ERROR"))],
        "said": ["\n".join(lines)[-3000:] for status, lines in said if status],
    }


def _relayed(suite: Sequence[str]) -> tuple[int, list[str]]:
    """A suite's status and lines. Each is passed on at once, so that one that hangs shows where."""
    lines = []
    with subprocess.Popen(suite, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            lines.append(line.rstrip("\n"))
    return process.returncode, lines


def verdicts(assignment: str, trial: bool) -> dict[str, Any]:
    """Samples graded on CPU and GPU at the same time, with the same numbers; every verdict is compared."""
    with tempfile.TemporaryDirectory() as name:
        if trial:
            folder, reference = _trivial(Path(name), TRIAL_JOBS)
            batches = [Batch(folder, "doubling", reference, Path(name) / way, "cpu") for way in ("one", "other")]
        else:
            folder, reference = ROOT / "submissions" / assignment, ROOT / "reference"
            students = SAMPLES[assignment]
            batches = [Batch(folder, assignment, reference, Path(name) / way, way, students) for way in ("cpu", "cuda")]
        return compared(batches)


def ready_box(device: str) -> dict[str, Any]:
    """What it costs until a box is ready, and until it has answered."""
    sandbox = BubblewrapSandbox(warm=("torch",), copies=False)
    program = {"program.py": b"def main(request, arrays, send): send({}, {})"}
    limits = Limits(wall_s=120, cpu_s=60, memory_mib=16384)
    command = Command("program", {}, support=program, limits=limits, device=_device(device))
    runs = []
    for _ in range(BOXES):
        began = time.monotonic()
        execution = sandbox.run(command)
        if execution.status is not Status.EXITED:
            raise SystemExit(f"a box did not work: {execution.reason}")
        runs.append({"wall_s": round(time.monotonic() - began, 2), "start_cpu_s": execution.usage.start_cpu_s})
    return {"boxes": runs}


def waiting_boxes() -> dict[str, Any]:
    """MiB of GPU memory that boxes hold which wait for their program."""
    (node, *_) = gpus()
    held, boxes = [gpu_memory_used()], []
    try:
        for _ in range(WAITING):
            boxes.append(start_box(BoxSettings(("torch",), 1, "cuda", 64, gpu=node)))
            held.append(gpu_memory_used())
    finally:
        for box in boxes:
            box.close()
    return {"used_mib": held, "each_mib": [after - before for before, after in itertools.pairwise(held)]}


def short_jobs(trial: bool) -> dict[str, Any]:
    """A class of short jobs, as many as there is time for; how busy the GPU is meanwhile."""
    seconds, device, count = (0.05, "cpu", TRIAL_JOBS) if trial else (0.5, "cuda", JOBS)
    with tempfile.TemporaryDirectory() as name:
        folder, reference = _trivial(Path(name), count, SHORT_JOB.format(seconds=seconds))
        batch = Batch(folder, "doubling", reference, Path(name) / "out", device, time_s=100)
        with Watched() as busy:
            found = graded(batch)
        return {"asked": count, "seconds_each": seconds, **found, "gpu": summary(busy.samples)}


def _trivial(folder: Path, count: int, before: str = "") -> tuple[Path, Path]:
    write_assignment(folder / "reference")
    write_submissions(folder / "work", count, 0)
    for number, file in enumerate(sorted(folder.glob("work/*/hw.py"))):
        file.write_text(f"# student {number}\n{before}{TRIVIAL}")
    return folder / "work", folder / "reference"


def _device(name: str) -> Any:
    return name


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return f"no answer: {error}"


def steps_of(trial: bool) -> list[Step]:
    """All steps, those first that the others rest on."""
    device = "cpu" if trial else "cuda"
    gpu_alone = [] if trial else [Step("waiting_boxes", 45, waiting_boxes)]
    return [
        Step("machine", 30, machine),
        Step("doctor", 60, doctor),
        Step("ready_box", 45, partial(ready_box, device)),
        *gpu_alone,
        Step("contract", 130, partial(contract, trial)),
        *(Step(f"verdicts {name}", 100, partial(verdicts, name, trial)) for name in SAMPLES),
        Step("short_jobs", 110, partial(short_jobs, trial)),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and write; exit status 1 if a step failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("gpu.json"), help="the JSON file")
    options.add_argument("--trial", action="store_true", help="on the CPU, with trivial work")
    options.add_argument("--steps", nargs="*", help="these alone")
    options.add_argument("--alone", help="do one step in this very process")
    given = options.parse_args(arguments)
    steps = [one for one in steps_of(given.trial) if not given.steps or one.name in given.steps]
    if given.alone:
        run_alone(next(one for one in steps if one.name == given.alone))
        return 0
    command = module("benchmarks.gpu", *(["--trial"] if given.trial else []), "--alone")
    found = run_steps(steps, command, given.out, MOST_S)
    print(f"written: {given.out}")
    return int(any("failed" in outcome for outcome in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
