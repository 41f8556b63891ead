"""A box that is spoken to over stdin and stdout, as a container or a plain process is."""

from __future__ import annotations

import base64
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path

from .box import Surroundings, serve, warm_up


def container(warm: Sequence[str], threads: int, device: str, seccomp_filter: str) -> None:
    """Serve one request as the first program of a container, which ends when the grader hangs up.

    `seccomp_filter` is in base64. The engines' own filters let programs make user namespaces.
    """
    from . import confine  # which is of Linux

    _stay_while_connected()
    confine.refuse_calls(base64.b64decode(seccomp_filter))
    channel = Pipes()
    warm_up(warm, threads, device)
    serve(channel, Surroundings(device))


def unprotected(scratch: str, warm: Sequence[str], threads: int, device: str) -> None:
    """Serve one request as a plain process, with `scratch` for its files."""
    channel = Pipes()
    warm_up(warm, threads, device)
    serve(channel, Surroundings(device, Path(scratch), walls=False))


class Pipes:
    """What stdin and stdout were is the channel; the program's own stdin is empty, its stdout is stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._requests, self._results = os.dup(0), os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def sendall(self, data: bytes, /) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._results, view) :]

    def recv_into(self, buffer: memoryview, nbytes: int, /) -> int:
        """Receive up to `nbytes` into `buffer`; 0 when the grader has hung up."""
        data = os.read(self._requests, nbytes)
        buffer[: len(data)] = data
        return len(data)


def _stay_while_connected() -> None:
    """Return in a child. The first process, whose end is the container's, waits for it or for the grader's end.

    No signal from inside a container can stop or kill its first process.
    """
    child = os.fork()
    if child == 0:
        return
    # Else nobody could hang up before this process does.
    os.close(1)
    os.close(2)
    died = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(0, 0)  # nothing but a hang-up
    waiting.register(died, select.POLLIN)
    ready = dict(waiting.poll())
    if died not in ready:
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)
