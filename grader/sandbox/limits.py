"""When a program has used too much, and how that is put to its author."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.sandbox.protocol import Limits, Status


@dataclass(frozen=True)
class Ending:
    """How a program ended, and why in words its author understands."""

    status: Status
    reason: str


@dataclass(frozen=True)
class Consumption:
    """What a program has used so far: seconds, bytes, files; all measured outside the sandbox."""

    wall_s: float
    cpu_s: float
    memory: int
    console: int
    files: int
    gpu_memory: int = 0


def exceeded(used: Consumption, limits: Limits) -> Ending | None:
    """The first limit that `used` is over, None while it is within all."""
    for check in _CHECKS:
        if ending := check(used, limits):
            return ending
    return None


def overrun(limits: Limits, most: int, wall_s: float) -> Ending:
    """The end of a program that the kernel killed for want of memory, in a group that counts files in memory too."""
    files = mib_text(2 * limits.scratch_mib)
    found = f"used {mib_text(most / 2**20)} of memory and files" if most else "used more memory than allowed"
    allowed = f"limit {mib_text(limits.memory_mib)} of memory and {files} of files"
    return Ending(Status.OUT_OF_MEMORY, f"{found}, {allowed}, after {wall_s:.0f} s")


def stopped(limits: Limits) -> Ending:
    """The end of a program none of whose processes can go on, nor let another one go on."""
    reason = (
        f"stopped all its processes (SIGSTOP) and would have stayed so until its limit {seconds_text(limits.wall_s)}"
    )
    return Ending(Status.TIMED_OUT, reason)


def group_limit(limits: Limits) -> int:
    """Bytes that memory and both scratch folders may have together."""
    return (limits.memory_mib + 2 * limits.scratch_mib) << 20


def _memory(used: Consumption, limits: Limits) -> Ending | None:
    if used.memory <= limits.memory_mib << 20:
        return None
    found, limit = mib_text(used.memory / 2**20), mib_text(limits.memory_mib)
    return Ending(Status.OUT_OF_MEMORY, f"used {found} of memory, limit {limit}, after {used.wall_s:.0f} s")


def _gpu_memory(used: Consumption, limits: Limits) -> Ending | None:
    if limits.gpu_memory_mib is None or used.gpu_memory <= limits.gpu_memory_mib << 20:
        return None
    found, limit = mib_text(used.gpu_memory / 2**20), mib_text(limits.gpu_memory_mib)
    return Ending(Status.OUT_OF_MEMORY, f"used {found} of GPU memory, limit {limit}, after {used.wall_s:.0f} s")


def _cpu(used: Consumption, limits: Limits) -> Ending | None:
    if used.cpu_s <= limits.cpu_s:
        return None
    reason = f"ran for {seconds_text(used.cpu_s)} of CPU time, limit {seconds_text(limits.cpu_s)}"
    return Ending(Status.CPU_EXCEEDED, reason)


def _console(used: Consumption, limits: Limits) -> Ending | None:
    if used.console <= limits.console_mib << 20:
        return None
    return Ending(Status.TOO_MUCH_OUTPUT, f"printed more than {mib_text(limits.console_mib)}")


def _files(used: Consumption, limits: Limits) -> Ending | None:
    if used.files <= limits.scratch_files:
        return None
    return Ending(Status.TOO_MUCH_OUTPUT, f"made {used.files} files, limit {limits.scratch_files}")


def _wall(used: Consumption, limits: Limits) -> Ending | None:
    if used.wall_s <= limits.wall_s:
        return None
    reason = f"ran for {seconds_text(used.wall_s)}, limit {seconds_text(limits.wall_s)}"
    return Ending(Status.TIMED_OUT, f"{reason}; it used {seconds_text(used.cpu_s)} of CPU time")


_CHECKS: tuple[Callable[[Consumption, Limits], Ending | None], ...] = (
    _memory,
    _gpu_memory,
    _cpu,
    _console,
    _files,
    _wall,
)


def mib_text(mib: float) -> str:
    """`512 MiB` or `1.5 GiB`."""
    return f"{mib:.0f} MiB" if mib < 1024 else f"{mib / 1024:.1f} GiB"


def seconds_text(seconds: float) -> str:
    """`31 s`; one digit more where whole seconds would say too little."""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
