"""What the tests of the sandbox share: small limits, short programs, and a look at the host's processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.sandbox.protocol import Command, Execution, Limits, Sandbox, Status

SMALL = Limits(
    wall_s=20.0,
    cpu_s=2.0,
    memory_mib=256,
    processes=48,
    open_files=128,
    console_mib=1,
    result_mib=4,
    scratch_mib=16,
    scratch_files=2000,
)

PRELUDE = """
import ctypes, fcntl, gc, json, mmap, os, signal, socket, struct, subprocess, sys, threading, time
import numpy as np

def channels():
    found = []
    for fd in range(3, 64):
        try:
            kind = os.readlink(f"/proc/self/fd/{fd}").split(":")[0]
            if kind in ("socket", "pipe") and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
                found.append(fd)
        except OSError:
            pass
    return found

def wire(header, blob=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<QI", len(blob), len(text)) + text + blob

def forge(data):
    for fd in channels():
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]

def forge_arrays(table, data):
    text = json.dumps(table).encode()
    forge(wire({"frame": {}}, struct.pack("<Q", len(text)) + text + data))

def attempt(action):
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def command(source: str, request: dict[str, Any] | None = None, **limits: Any) -> Command:
    """A command that runs `source`, after the prelude, within small limits."""
    support = {"program.py": (PRELUDE + source).encode()}
    return Command("program", request or {}, support=support, limits=replace(SMALL, **limits))


def honest_box_works(sandbox: Sandbox) -> bool:
    """Whether a box of an ordinary program still gives the ordinary answer."""
    execution = run(sandbox, "def main(request, arrays, send): send({'answer': 42}, {})")
    return execution.status is Status.EXITED and execution.frames[0].header == {"answer": 42}


def run(sandbox: Sandbox, source: str, request: dict[str, Any] | None = None, **limits: Any) -> Execution:
    """Run `source` in a box."""
    return sandbox.run(command(source, request, **limits))


def namespace_of(pid: int) -> str:
    """The pid namespace of a process."""
    return str((Path("/proc") / str(pid) / "ns/pid").readlink())


def processes_in(namespace: str) -> list[int]:
    """Living processes of a pid namespace."""
    return [pid for pid in map(int, filter(str.isdigit, map(_name, Path("/proc").iterdir()))) if _in(pid, namespace)]


def _name(path: Path) -> str:
    return path.name


def _in(pid: int, namespace: str) -> bool:
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        return state != "Z" and namespace_of(pid) == namespace
    except OSError:
        return False
