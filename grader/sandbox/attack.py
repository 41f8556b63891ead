"""Attacking a sandbox from inside, and what came of that."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from grader.sandbox.container import ENGINES
from grader.sandbox.protocol import Command, Execution, Limits, Sandbox, Status, wall_of

_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")
_LIMITS = Limits(wall_s=20, cpu_s=10, memory_mib=512, processes=32, scratch_mib=16)


def attack(sandbox: Sandbox) -> Execution:
    """Run the program `self_attack` in a box of `sandbox`, with real things of the host for it to reach."""
    name = f"grader-{secrets.token_hex(8)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        _listening(name),
        tempfile.NamedTemporaryFile() as file,
        _in_environment(name),
    ):
        file.write(b"secret")
        file.flush()
        request = {
            "port": server.getsockname()[1],
            "abstract": name,
            "file": file.name,
            "secret": name,
            "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES},  # noqa: PTH115
            "processes": _LIMITS.processes,
            "scratch_mib": _LIMITS.scratch_mib,
            "counted": wall_of(sandbox) in ENGINES,
        }
        return sandbox.run(Command("self_attack", request, limits=_LIMITS))


@contextmanager
def _listening(name: str) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(f"\0{name}")
        server.listen()
        yield


@contextmanager
def _in_environment(secret: str) -> Iterator[None]:
    # A warm parent may have to be attacked before it takes part in an attack.
    before = os.environ.get("GRADER_SELF_ATTACK", "")
    os.environ["GRADER_SELF_ATTACK"] = secret
    try:
        yield
    finally:
        os.environ["GRADER_SELF_ATTACK"] = before


def weakness(execution: Execution) -> str | None:
    """What `execution` of the program `self_attack` says about the sandbox; None when it holds."""
    if execution.status is not Status.EXITED or len(execution.frames) != 1:
        return f"the sandbox cannot be built: {execution.reason}"
    worked = [name for name, success in execution.frames[0].header.items() if success is not False]
    return f"the sandbox does not hold, a program in it could {', '.join(worked)}" if worked else None
