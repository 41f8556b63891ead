"""A process outside every box that has imported what boxes need, and sends a copy of itself into each new one.

It is started fresh and holds nothing but imported modules: it reads no submission, computes nothing (after a
parallel region of OpenMP the copies would hang) and touches no GPU (the copies could not use it). Each request
is a JSON object and descriptors; what comes of it is told on the request's own `report` socket, so that no
box waits for another.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import box, confine, from_host, huge_pages, landlock
from .descriptors import receive_message, send_message
from .entering import enter, signals_to_reset

_SCRATCH = "/tmp"  # noqa: S108 - in a box; on the host it belongs to everybody


def main(control_fd: int, warm: Sequence[str], threads: int, user: int | None, folder: str) -> None:
    """Import `warm`, become `user`, say `{"ready": true}` on the control socket, serve it until it is closed.

    While modules are imported, what they write goes to `folder`; the environment is otherwise that of a box.
    """
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    grader = os.getppid()
    environment = dict(os.environ)
    os.environ.update({name: folder for name, value in environment.items() if value.startswith(_SCRATCH)})
    importlib.import_module("resource")  # else each copy has to import it
    box.warm_up(warm, threads, "cpu")
    os.environ.clear()
    os.environ.update(environment)
    _check_that_it_can_be_copied()
    huge_pages.collapse()
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    confine.die_with(grader)
    # Before the copies are made: each of them would have to look at every signal, and every module.
    from_host.settle()
    to_reset = signals_to_reset()
    send_message(control, {"ready": True})
    while True:
        request, descriptors = receive_message(control)
        if request is None:
            _leave()
        _fork(control, request, descriptors, to_reset)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _fork(
    control: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int], to_reset: Sequence[int]
) -> None:
    parent = os.getpid()
    if os.fork() == 0:
        control.close()
        confine.die_with(parent)
        enter(request, descriptors, parent, to_reset)
    for descriptor in descriptors:
        os.close(descriptor)


def _leave() -> NoReturn:
    """Wait for the copies in their boxes: they die with this process."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _check_that_it_can_be_copied() -> None:
    """Raise RuntimeError for what copies must not share, or could not."""
    gc.collect()
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("a warm module has started threads, which copies would miss")
    maps = Path("/proc/self/maps").read_text().splitlines()
    if shared := [line for line in maps if "w" in line.split()[1] and line.split()[1].endswith("s")]:
        raise RuntimeError(f"a warm module has made memory that all boxes would share: {shared[0]}")
    opened = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)]  # noqa: PTH115, PTH208
    if devices := [path for path in opened if path.startswith("/dev/") and path != "/dev/null"]:
        raise RuntimeError(f"a warm module has opened a device: {devices[0]}")
    # Files of the host's are reached past the box's read-only mounts by way of /proc/self/exe.
    if landlock.version() < 1:
        raise RuntimeError("the kernel has no landlock")


def _is_open(name: str) -> bool:
    return Path("/proc/self/fd", name).exists()
