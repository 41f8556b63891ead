"""A program for a box: tries to break out in a few ways and reports which of them worked."""

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


def main(
    request: Mapping[str, Any],
    arrays: Mapping[str, Array],  # noqa: ARG001 - every program has these three
    send: Callable[[Mapping[str, Any], Mapping[str, Array]], None],
) -> None:
    """Send one frame: for each attack whether it worked.

    `request` has `port`, where something listens on the host's loopback; `file`, a file of the host; and
    `processes`, the limit that must hold.
    """
    attacks: dict[str, Callable[[], bool]] = {
        "reach the host's network": lambda: _connects(request["port"]),
        "read a file of the host": lambda: bool(Path(request["file"]).read_text()),
        "read the grader's environment": lambda: bool(Path("/proc/1/environ").read_bytes()),
        "write to the system": _writes,
        "make a user namespace": lambda: ctypes.CDLL(None).unshare(_CLONE_NEWUSER) == 0,
        "take uncounted memory": lambda: os.memfd_create("attack") >= 0,
        "start more processes than allowed": lambda: _forks(request["processes"]) > request["processes"],
    }
    send({name: _works(attack) for name, attack in attacks.items()}, {})


def _works(attack: Callable[[], bool]) -> bool:
    try:
        return attack()
    except OSError:
        return False


def _connects(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _writes() -> bool:
    for path in ("/attack", "/usr/attack", "/etc/attack", "/dev/attack", "/harness/inside/attack"):
        try:
            Path(path).write_text("")
        except OSError:
            continue
        return True
    return False


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
