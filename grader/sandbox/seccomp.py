"""The system call filter for this machine, as built by `grader.sandbox.build_seccomp`."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

_NAMES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@cache
def seccomp_filter() -> bytes:
    """BPF instructions for bwrap's `--seccomp`. Raises `OSError` where none is shipped for the processor."""
    machine = platform.machine()
    name = _NAMES.get(machine.lower())
    if name is None:
        raise OSError(f"no system call filter for {machine} processors, only for x86_64 and aarch64")
    return Path(__file__).with_name(f"seccomp_{name}.bpf").read_bytes()
