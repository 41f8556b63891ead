"""A program for a box: tries to break out in many ways and reports which of them worked."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .channel import Array

_CLONE_NEWUSER = 0x10000000
_PTRACE_SEIZE = 0x4206
_VSOCK, _VSOCK_HOST = 40, 2
_LEFT_BEHIND = "left-behind"
_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108 - the box's own
_libc = ctypes.CDLL(None, use_errno=True)


def main(
    request: Mapping[str, Any],
    arrays: Mapping[str, Array],  # noqa: ARG001 - every program has these three
    send: Callable[[Mapping[str, Any], Mapping[str, Array]], None],
) -> None:
    """Send one frame: for each attack whether it worked.

    `request` has `port` and `abstract`, where something listens on the host; `file`, a file of the host;
    `secret`, a word in the grader's environment; `namespaces`, the grader's by name; `processes` and
    `scratch_mib`, limits that must hold; `counted`, whether a cgroup counts all memory.
    """
    send({name: _works(attack) for name, attack in attacks(request).items()}, {})


def attacks(request: Mapping[str, Any]) -> dict[str, Callable[[], bool]]:
    """What is tried, by name; each says whether it worked, or raises OSError."""
    return {
        "reach the host's network": lambda: _connects(socket.AF_INET, ("127.0.0.1", request["port"])),
        "reach a socket of the host": lambda: _connects(socket.AF_UNIX, "\0" + request["abstract"]),
        "reach the machine around this one": lambda: _connects(_VSOCK, (_VSOCK_HOST, request["port"])),
        "read a file of the host": lambda: bool(Path(request["file"]).read_text()),
        "read the grader's environment": lambda: _reads_environment(request["secret"]),
        "share a namespace with the grader": lambda: _shares(request["namespaces"]),
        "write to the system": _writes,
        "find what an earlier program left": _finds_and_leaves,
        "fill more scratch than allowed": lambda: _fills(request["scratch_mib"]),
        "make a user namespace": lambda: _libc.unshare(_CLONE_NEWUSER) == 0,
        "mount a file system": lambda: _libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0,
        "hold rights of an administrator": _has_rights,
        "trace another process": lambda: _libc.ptrace(_PTRACE_SEIZE, os.getppid(), None, None) == 0,
        "take uncounted memory": lambda: not request["counted"] and os.memfd_create("attack") >= 0,
        "start more processes than allowed": lambda: _forks(request["processes"]) > request["processes"],
    }


def _works(attack: Callable[[], bool]) -> bool:
    try:
        return attack()
    except OSError:
        return False


def _connects(family: int, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        sock.connect(address)
        return True


def _reads_environment(secret: str) -> bool:
    # Of the own process it would be what the box was given, which is nobody's secret.
    others = [path for path in Path("/proc").glob("[0-9]*/environ") if path.parts[2] != str(os.getpid())]
    return any(_works(lambda path=path: secret.encode() in path.read_bytes()) for path in others)  # type: ignore[misc]


def _shares(namespaces: Mapping[str, str]) -> bool:
    return any(str(Path(f"/proc/self/ns/{name}").readlink()) == link for name, link in namespaces.items())


def _writes() -> bool:
    for path in ("/attack", "/usr/attack", "/etc/attack", "/dev/attack", "/harness/inside/attack"):
        try:
            Path(path).write_text("")
        except OSError:
            continue
        return True
    return False


def _finds_and_leaves() -> bool:
    """Whether one run before this one has left something; each leaves something for the next."""
    marks = [Path(folder) / _LEFT_BEHIND for folder in _FOLDERS]
    found = any(mark.exists() for mark in marks)
    for mark in marks:
        _works(lambda mark=mark: mark.write_text("here") > 0)  # type: ignore[misc]
    return found


def _fills(limit_mib: int) -> bool:
    """Whether one folder takes twice the limit, in files small enough to be allowed each."""
    return any(_works(lambda folder=folder: _fill(Path(folder), 2 * limit_mib)) for folder in _FOLDERS)  # type: ignore[misc]


def _fill(folder: Path, mib: int) -> bool:
    written = []
    try:
        for number in range(mib):
            written.append(folder / f"fill-{number}")
            written[-1].write_bytes(bytes(1 << 20))
    finally:
        for path in written:
            path.unlink(missing_ok=True)
    return True


def _has_rights() -> bool:
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    capabilities = any(int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd"))
    return capabilities or status["NoNewPrivs"] != "1" or os.geteuid() == 0


def _forks(limit: int) -> int:
    """How many children could be had at once, counting up to one more than `limit`."""
    children: list[int] = []
    try:
        while len(children) <= limit:
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return len(children)
