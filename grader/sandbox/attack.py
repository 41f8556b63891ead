"""Attacking a wall from behind it, and what the attack's outcome says."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable

from grader.sandbox.protocol import Command, Execution, Limits, Status

LIMITS = Limits(wall_s=20, cpu_s=10, memory_mib=512, processes=32, scratch_mib=16)


def attack(run: Callable[[Command], Execution]) -> Execution:
    """Let `run` run the program `self_attack`, with targets on this machine that it could reach without a wall."""
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.NamedTemporaryFile() as secret:
        secret.write(b"secret")
        secret.flush()
        port = server.getsockname()[1]
        request = {"port": port, "file": secret.name, "processes": LIMITS.processes}
        return run(Command("self_attack", request, limits=LIMITS))


def weakness(execution: Execution) -> str | None:
    """What `execution` of the program `self_attack` says about the wall; None when it holds."""
    if execution.status is not Status.EXITED or len(execution.frames) != 1:
        return f"the wall cannot be built: {execution.reason}"
    worked = [name for name, success in execution.frames[0].header.items() if success is not False]
    if not worked:
        return None
    return f"the wall does not hold, a program behind it could {', '.join(worked)}"
