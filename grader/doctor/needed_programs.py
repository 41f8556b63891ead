"""What student code needs inside a box: PyTorch, torchvision, matplotlib, a compiler, a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from grader.doctor.diagnosis import Diagnosis, note, strong, weak
from grader.sandbox.host import has_gpu
from grader.sandbox.protocol import Command, Execution, Limits, Sandbox, Status

AREA = "student code"
LIMITS = Limits(wall_s=180, cpu_s=60, memory_mib=3072)
REINSTALL = "make install (or: pip install --requirement requirements.lock)"
_CPU = """
import importlib, shutil, sys

def tried(action):
    try:
        return {"found": action()}
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}

def pytorch():
    import torch
    torch.nn.functional.conv2d(torch.ones(1, 3, 8, 8), torch.ones(2, 3, 3, 3, requires_grad=True)).sum().backward()
    return torch.__version__

def vision():
    standin = importlib.import_module(sys.modules[request_of].__package__ + ".standins.torchvision")
    standin.install()
    import torchvision
    torchvision.models.resnet18
    own = standin._library is None
    return torchvision.__version__ + (", its compiled operators load" if own else ", with stand-ins for its operators")

def drawing():
    import matplotlib.pyplot as plt
    plt.plot([1, 2]); plt.savefig("/tmp/figure.png")
    return importlib.import_module("matplotlib").__version__

def main(request, arrays, send):
    global request_of
    request_of = send.__module__
    send({"PyTorch": tried(pytorch), "torchvision": tried(vision), "matplotlib": tried(drawing),
          "compiler": {"found": shutil.which("gcc") or shutil.which("cc")}}, {})
"""
_GPU = """
def main(request, arrays, send):
    import torch
    x = torch.ones(64, 64, device="cuda")
    name, memory = torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory
    send({"sum": float((x @ x).sum()), "name": name, "gib": memory / 2**30, "cuda": torch.version.cuda}, {})
"""


def look(sandbox: Sandbox) -> Iterator[Diagnosis]:
    """One diagnosis for each."""
    execution = sandbox.run(Command("program", {}, support={"program.py": _CPU.encode()}, limits=LIMITS))
    sent = execution.frames
    header: Mapping[str, Any] = sent[0].header if execution.status is Status.EXITED and sent else {}
    for name in ("PyTorch", "torchvision", "matplotlib"):
        yield _library(name, header.get(name, {"error": execution.reason}))
    if header:
        yield _compiler(header["compiler"]["found"])
    yield gpu(sandbox)


def _library(name: str, told: Mapping[str, Any]) -> Diagnosis:
    if "error" in told:
        return weak(AREA, name, f"cannot be used in a box: {told['error']}", REINSTALL)
    return strong(AREA, name, str(told["found"]))


def _compiler(path: str | None) -> Diagnosis:
    if path is None:
        return note(AREA, "compiler", "none in a box: torch.compile falls back or fails", "apt-get install gcc")
    return strong(AREA, "compiler", f"{path}, for torch.compile")


def gpu(sandbox: Sandbox) -> Diagnosis:
    """Whether student code can use a GPU: a product of matrices is computed on it."""
    name = "GPU"
    if not has_gpu():
        return note(AREA, name, "none in this machine: student code runs on the CPU")
    command = Command("program", {}, support={"program.py": _GPU.encode()}, limits=LIMITS, device="cuda")
    return _gpu(sandbox.run(replace(command, limits=replace(LIMITS, memory_mib=16384))))


def _gpu(execution: Execution) -> Diagnosis:
    told = execution.frames[0].header if execution.status is Status.EXITED and execution.frames else None
    if told is None or told.get("sum") != 64.0**3:
        reason = execution.reason if told is None else f"a product of matrices came out as {told.get('sum')}"
        return weak(AREA, "GPU", f"cannot be used in a box: {reason}", "see docs/gpu.md, or grade with --device cpu")
    return strong(AREA, "GPU", f"{told['name']}, {told['gib']:.0f} GiB, CUDA {told['cuda']}")
