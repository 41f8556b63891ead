"""One box from outside: start it, pump what comes out of it, kill it whole."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from grader.inside.channel import send_frame
from grader.sandbox.console import Console
from grader.sandbox.protocol import Array
from grader.sandbox.usage import Meter, parent_of, scratch_files

SEND_S = 180.0
_KILL_S = 20.0
# More than a socket buffers.
_LEFT_BYTES = 4 << 20


class BoxFailed(OSError):
    """The box could not be started or ended: never the program's fault."""


class Box:
    """A started box. As a context manager it is killed on the way out."""

    def __init__(self, launcher: subprocess.Popen[bytes], channel: socket.socket, console: int, status: int) -> None:
        self.console = Console()
        self.channel_closed = False
        self.exit_code: int | None = None
        self._launcher = launcher
        self._channel = channel
        self._console_fd = console
        # Kept open: bwrap writes its exit code there, and would die of a closed pipe instead of saying it.
        self.status_fd = status
        self._pid: int | None = None
        self._pid_fd: int | None = None
        self._launcher_fd = os.pidfd_open(launcher.pid)
        self._selector = selectors.DefaultSelector()
        for source in (channel.fileno(), console, self._launcher_fd):
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
        if self._pid is None:
            raise BoxFailed("the box has not started")
        return self._pid

    def meter(self) -> Meter:
        """Begin to measure what its processes use."""
        return Meter(self.first_pid)

    def has_died(self) -> bool:
        """Whether the launcher is gone, and every process of the box with it."""
        return bool(select.select([self._launcher_fd], [], [], 0)[0])

    def forget_console(self) -> None:
        """Take in nothing of what was printed so far."""
        self.console = Console()

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

    def adopt(self, pid: int) -> None:
        """Note the host pid of the box's first process, once it is certain that it is ours."""
        pid_fd = os.pidfd_open(pid)
        # While the launcher is not waited for, its pid and so this parentage cannot be anybody else's.
        if parent_of(pid) != self._launcher.pid:
            os.close(pid_fd)
            raise BoxFailed("the box ended while it was starting")
        self._pid, self._pid_fd = pid, pid_fd

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
            if not select.select([self._pid_fd], [], [], _KILL_S)[0]:
                raise BoxFailed(f"a process of the box was still there {_KILL_S:.0f} s after it was killed")
        try:
            self._launcher.wait(_KILL_S)
        except subprocess.TimeoutExpired as error:
            self._launcher.kill()
            raise BoxFailed("bubblewrap did not end after its box was killed") from error
        self._read_console()

    def close(self) -> None:
        """Kill the box and let go of everything."""
        try:
            self.kill()
        finally:
            self._selector.close()
            self._channel.close()
            for descriptor in (self._console_fd, self.status_fd, self._launcher_fd, self._pid_fd):
                if descriptor is not None:
                    os.close(descriptor)

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
        self._selector.unregister(self._launcher_fd)
        self.exit_code = self._launcher.wait()
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
