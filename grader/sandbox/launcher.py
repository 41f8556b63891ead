"""What started a box and knows how its program ended."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Protocol

from grader.sandbox.usage import parent_of


class BoxFailed(OSError):
    """The box could not be started or ended: never the program's fault."""


class Launcher(Protocol):
    """Readable, as a descriptor, once the box's program has ended."""

    def fileno(self) -> int:
        """The descriptor to wait for."""
        ...

    def exit_code(self) -> int:
        """How the program ended, once readable: 128 and more or less than 0 stand for signals."""
        ...

    def kill(self) -> None:
        """End a box whose first process is not known."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Wait until the box is gone after its first process was killed. Raises `BoxFailed` if it is not."""
        ...

    def close(self) -> None:
        """Let go of every descriptor."""
        ...


class BubblewrapLauncher:
    """The bubblewrap process outside a box, which runs a program of its own in it."""

    def __init__(self, process: subprocess.Popen[bytes], status: int) -> None:
        self._process = process
        # Kept open: bwrap writes its exit code there, and would die of a closed pipe instead of saying it.
        self._status = status
        self._descriptor = os.pidfd_open(process.pid)

    def fileno(self) -> int:
        """The pidfd of bubblewrap."""
        return self._descriptor

    def exit_code(self) -> int:
        """What bubblewrap says of its program."""
        return self._process.wait()

    def kill(self) -> None:
        """Kill bubblewrap, which takes its box along."""
        self._process.kill()

    def wait(self, timeout_s: float) -> None:
        """Wait for bubblewrap."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            raise BoxFailed("bubblewrap did not end after its box was killed") from error

    def close(self) -> None:
        """Close both descriptors."""
        os.close(self._status)
        os.close(self._descriptor)

    def first_process(self) -> tuple[int, int]:
        """Host pid and pidfd of the box's first process, once it is certain that it is ours."""
        pid = _first_pid(self._status)
        pid_fd = os.pidfd_open(pid)
        # While bubblewrap is not waited for, its pid and so this parentage cannot be anybody else's.
        if parent_of(pid) != self._process.pid:
            os.close(pid_fd)
            raise BoxFailed("the box ended while it was starting")
        return pid, pid_fd


def _first_pid(status: int) -> int:
    """The host pid of the box's first process, from what bwrap writes in pieces, one JSON object a line."""
    text = b""
    while b"\n" not in text:
        piece = os.read(status, 4096)
        if not piece:
            raise BoxFailed("bubblewrap did not tell the pid of the box")
        text += piece
    return int(json.loads(text.split(b"\n")[0])["child-pid"])
