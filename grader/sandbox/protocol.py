"""What a sandbox is asked and what it answers. It knows nothing of grading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

import numpy.typing as npt

Array = npt.NDArray[Any]
Device = Literal["cpu", "cuda"]


class Status(StrEnum):
    """How an execution ended: a closed list. `SANDBOX_FAILED` is ours, every other one the program's."""

    EXITED = "exited"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    CPU_EXCEEDED = "cpu_exceeded"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    NO_RESULT = "no_result"
    BAD_RESULT = "bad_result"
    SANDBOX_FAILED = "sandbox_failed"


@dataclass(frozen=True)
class Limits:
    """What one execution may use. CPU time is the main limit; wall time is the backstop."""

    wall_s: float = 600.0
    cpu_s: float = 120.0
    memory_mib: int = 3072
    processes: int = 128
    open_files: int = 1024
    console_mib: int = 16
    result_mib: int = 64
    scratch_mib: int = 512
    scratch_files: int = 20_000
    gpu_memory_mib: int | None = None


@dataclass(frozen=True)
class Frame:
    """One message into or out of the sandbox: a JSON object and named arrays. From inside, both are untrusted."""

    header: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """What to run in the sandbox.

    `program` names a module with `main(request, arrays, send)`, found in `inside/` or among `support`.
    `files` (the submission's, by relative path) are written to the working folder, `support` (ours) to a
    folder of its own that `program` and student code can import from. `warm` replaces the sandbox's own list of
    modules to import beforehand.
    """

    program: str
    request: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    support: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = Limits()
    device: Device = "cpu"
    warm: Sequence[str] | None = None


@dataclass(frozen=True)
class Usage:
    """What an execution used, measured outside the sandbox. `cpu_s` starts when the box is ready."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: int = 0
    start_cpu_s: float = 0.0


@dataclass(frozen=True)
class Execution:
    """How a command ended. `frames` holds what arrived before the end, whatever the end was."""

    status: Status
    reason: str
    frames: tuple[Frame, ...] = ()
    console: str = ""
    usage: Usage = Usage()


class Sandbox(Protocol):
    """Runs one command in a box of its own and throws the box away."""

    def run(self, command: Command) -> Execution:
        """Run `command`; never raises for what the program does."""
        ...


@runtime_checkable
class WorksAhead(Protocol):
    """A sandbox that can do work for commands before they come."""

    def expecting(self, commands: int) -> AbstractContextManager[None]:
        """A context in which at least `commands` commands are going to be run."""
        ...


UNPROTECTED = "none"


def wall_of(sandbox: Sandbox) -> str:
    """What a sandbox is made of: bubblewrap, podman, docker, or `UNPROTECTED`, which protects nothing."""
    return str(getattr(sandbox, "wall", "bubblewrap"))


def expecting(sandbox: Sandbox, commands: int) -> AbstractContextManager[None]:
    """Let `sandbox` work ahead, if it can, for `commands` commands that are certain to come."""
    return sandbox.expecting(commands) if isinstance(sandbox, WorksAhead) else nullcontext()


__all__ = [
    "UNPROTECTED",
    "Array",
    "Command",
    "Device",
    "Execution",
    "Frame",
    "Limits",
    "Sandbox",
    "Status",
    "Usage",
    "WorksAhead",
    "expecting",
    "wall_of",
]
