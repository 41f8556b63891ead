"""What is written down of how something ran, and of the machine it ran on."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from grader.evidence import ExecutionRecord
from grader.sandbox.protocol import Device, Execution

ENVIRONMENT = ("torch", "torchvision", "numpy", "matplotlib")


def execution_record(mode: str, about: str, execution: Execution, device: Device) -> ExecutionRecord:
    """What is kept of how something ran; `about` is the document or question, where it was for one."""
    usage = execution.usage
    return ExecutionRecord(
        mode,
        execution.status,
        execution.reason,
        round(usage.wall_s, 2),
        round(usage.cpu_s, 2),
        round(usage.start_cpu_s, 2),
        usage.peak_mib,
        device,
        execution.console,
        len(execution.frames),
        about,
    )


def environment(device: Device) -> dict[str, str]:
    """Versions that a result may depend on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in ENVIRONMENT}, "device": device}


@cache  # reading a package's metadata takes as long as all that is written for a trivial submission
def _version(package: str) -> str:
    """A machine with a PyTorch of its own may lack torchvision or matplotlib; work that needs none is graded."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
