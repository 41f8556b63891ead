"""One box from outside: start `inside/box.py` in it, pump what comes out of it, kill it whole."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from grader.inside.channel import send_frame
from grader.sandbox.console import Console
from grader.sandbox.launcher import BoxFailed, Launcher
from grader.sandbox.memory_groups import MemoryGroup, MemoryGroups
from grader.sandbox.protocol import Array
from grader.sandbox.usage import Meter, scratch_files, trees

__all__ = ["Box", "BoxFailed"]

SEND_S = 180.0
_KILL_S = 20.0
# More than a socket buffers.
_LEFT_BYTES = 4 << 20
_SAID_CHARS = 1500


class Box:
    """A started box. As a context manager it is killed on the way out."""

    def __init__(self, launcher: Launcher, channel: socket.socket, console: int) -> None:
        self.console = Console()
        self.channel_closed = False
        self.exit_code: int | None = None
        self.launch_cpu_s = 0.0
        self._launcher = launcher
        self._channel = channel
        self._console_fd = console
        self._pids: tuple[int, ...] = ()
        self._pid_fd: int | None = None
        self._group: MemoryGroup | None = None
        self._selector = selectors.DefaultSelector()
        for source in (channel.fileno(), console, launcher.fileno()):
            self._selector.register(source, selectors.EVENT_READ)
        channel.settimeout(SEND_S)
        os.set_blocking(console, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    @property
    def first_pid(self) -> int:
        """The host's pid of the box's first process. Raises `BoxFailed` before it is known."""
        return self.pids[0]

    @property
    def pids(self) -> tuple[int, ...]:
        """Host pids of the processes that have all others of the box as descendants, the first one first."""
        if not self._pids:
            raise BoxFailed("the box has not started")
        return self._pids

    def meter(self) -> Meter:
        """Begin to measure what its processes use."""
        return Meter(self.pids, self.launch_cpu_s, self._group)

    def has_died(self) -> bool:
        """Whether the launcher is gone, and every process of the box with it."""
        return bool(select.select([self._launcher], [], [], 0)[0])

    def forget_console(self) -> None:
        """Take in nothing of what was printed so far."""
        self.console = Console()

    def said(self) -> str:
        """The end of what was printed so far, for the message of a box that did not start."""
        self._read_console()
        return self.console.text().strip()[-_SAID_CHARS:] or "it said nothing"

    def send(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Send a frame into the box; a box that has died is noticed by the next `pump`."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            send_frame(self._channel, header, arrays)

    def pump(self, timeout_s: float) -> bytes:
        """Wait for the box to do something, take in console text, return what came on the channel."""
        data = b""
        for key, _ in self._selector.select(timeout_s):
            if key.fd == self._channel.fileno():
                data = self._receive()
            elif key.fd == self._console_fd:
                self._read_console()
            else:
                data += self._drain()
        return data

    def adopt(self, pid: int, pid_fd: int, *others: int) -> None:
        """Note the box's first process and, where it is not an ancestor of all, the `others` beside it."""
        self._pids, self._pid_fd = (pid, *others), pid_fd

    def limit_memory(self, groups: MemoryGroups, limit: int) -> None:
        """Put all processes into a group of their own, for `limit` bytes of memory and files."""
        self._group = groups.make(limit)
        self._group.add(trees(self.pids))

    def files(self) -> int:
        """Files and folders in the box's scratch, 0 when it cannot be told any more."""
        return scratch_files(self.first_pid)

    def kill(self) -> None:
        """Kill every process of the box and wait until all are gone. Raises `BoxFailed` if they are not."""
        if self._pid_fd is None:
            self._launcher.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pid_fd, signal.SIGKILL)
        self._launcher.wait(_KILL_S)
        if self._pid_fd is not None and not select.select([self._pid_fd], [], [], _KILL_S)[0]:
            raise BoxFailed(f"a process of the box was still there {_KILL_S:.0f} s after it was killed")
        self._read_console()

    def close(self) -> None:
        """Kill the box and let go of everything."""
        try:
            self.kill()
        finally:
            self._selector.close()
            self._channel.close()
            self._launcher.close()
            os.close(self._console_fd)
            if self._pid_fd is not None:
                os.close(self._pid_fd)
            if self._group is not None:
                self._group.close()

    def _receive(self) -> bytes:
        try:
            data = self._channel.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            self.channel_closed = True
            self._selector.unregister(self._channel.fileno())
        return data

    def _drain(self) -> bytes:
        """The launcher has gone: take what it left in the channel; children may hold that open for ever."""
        self._selector.unregister(self._launcher)
        self.exit_code = self._launcher.exit_code()
        data = b""
        while len(data) < _LEFT_BYTES and not self.channel_closed and select.select([self._channel], [], [], 0)[0]:
            data += self._receive()
        self._read_console()
        return data

    def _read_console(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if data := os.read(self._console_fd, 1 << 20):
                self.console.write(data)
            elif self._console_fd in self._selector.get_map():
                self._selector.unregister(self._console_fd)
