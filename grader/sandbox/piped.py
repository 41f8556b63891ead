"""A box that is spoken to over a process's stdin and stdout, what it prints comes on stderr.

Slower than a `Box`, and it needs nothing of Linux: threads read the pipes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import IO, Any, Self

from grader.inside.channel import send_frame
from grader.sandbox.box import BoxFailed
from grader.sandbox.console import Console
from grader.sandbox.frames import FrameReader
from grader.sandbox.protocol import Array
from grader.sandbox.usage import Measuring, Meter, NoMeter, scratch_files

_PIECE = 1 << 16
# Pieces read ahead: a program that sends faster than we look has to wait.
_AHEAD = 256
_KILL_S = 20.0
_LAST_S = 1.0
_LOOK_S = 0.02
_READY_BYTES = 1 << 16
_SAID_CHARS = 1500
_CHANNEL, _CONSOLE, _EXIT = "channel", "console", "exit"


class PipedBox:
    """A started process that serves one request. As a context manager it is killed on the way out."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        end: Callable[[], None],
        first_pid: Callable[[], int | None],
        *,
        own_files: bool = True,
    ) -> None:
        """`end` kills every process of the box; it may be called when all are gone. `first_pid` says where its
        tree of processes begins in /proc, if it is seen there; `own_files` that it has file systems of its own.
        """
        self.console = Console()
        self.channel_closed = False
        self.exit_code: int | None = None
        self._process, self._end, self._find_pid, self._own_files = process, end, first_pid, own_files
        self.first_pid: int | None = None
        self._events: queue.Queue[tuple[str, bytes]] = queue.Queue(_AHEAD)
        self._killed = False
        self._stdin, stdout, stderr = _pipes(process)
        self._readers = [
            self._start(lambda: self._read(_CHANNEL, stdout)),
            self._start(lambda: self._read(_CONSOLE, stderr)),
        ]
        self._start(self._wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def wait_until_ready(self, timeout_s: float) -> None:
        """Return when its warm modules are imported. Raises `BoxFailed` with what it said instead."""
        reader, deadline = FrameReader(_READY_BYTES), time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for frame in reader.feed(self.pump(1.0)):
                if frame.header == {"ready": True}:
                    self.console = Console()
                    return
            if self.exit_code is not None or self.channel_closed:
                raise BoxFailed(f"the box did not start: {self._said()}")
        raise BoxFailed(f"the box was not ready after {timeout_s:.0f} s: {self._said()}")

    def send(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Send a frame into the box; a box that has died is noticed by the next `pump`."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            send_frame(_Writer(self._stdin), header, arrays)

    def pump(self, timeout_s: float) -> bytes:
        """Wait for the box to do something, take in console text, return what came on the channel."""
        pieces: list[bytes] = []
        with contextlib.suppress(queue.Empty):
            pieces.append(self._take(self._events.get(timeout=max(0.0, timeout_s))))
            while len(pieces) <= _AHEAD:  # and no more: it may send without an end
                pieces.append(self._take(self._events.get_nowait()))
        return b"".join(pieces)

    def meter(self) -> Measuring:
        """Begin to measure what its processes use."""
        self.first_pid = self._find_pid()
        return NoMeter() if self.first_pid is None else Meter((self.first_pid,))

    def files(self) -> int:
        """Files and folders in the box's scratch, 0 when it cannot be told."""
        return 0 if self.first_pid is None or not self._own_files else scratch_files(self.first_pid)

    def kill(self) -> None:
        """Kill every process of the box and wait until they are gone. Raises `BoxFailed` if they are not."""
        if self._killed:
            return
        self._killed = True
        with self._reading_on():
            self._end()
            try:
                self._process.wait(_KILL_S)
            except subprocess.TimeoutExpired as error:
                self._process.kill()
                raise BoxFailed(f"the box was still there {_KILL_S:.0f} s after it was killed") from error
        for reader in self._readers:
            self._join(reader)
        self.pump(0)

    @contextlib.contextmanager
    def _reading_on(self) -> Iterator[None]:
        """Take in what comes meanwhile: an engine whose output nobody reads cannot end."""
        enough = threading.Event()

        def read() -> None:
            while not enough.is_set():
                self.pump(_LOOK_S)

        reader = self._start(read)
        try:
            yield
        finally:
            enough.set()
            reader.join()

    def close(self) -> None:
        """Kill the box and let go of everything."""
        try:
            self.kill()
        finally:
            with contextlib.suppress(OSError):
                self._stdin.close()

    def _said(self) -> str:
        return self.console.text().strip()[-_SAID_CHARS:] or "it said nothing"

    def _take(self, event: tuple[str, bytes]) -> bytes:
        kind, data = event
        if kind == _CONSOLE:
            self.console.write(data)
        elif kind == _EXIT:
            return self._last_words()
        elif data:
            return data
        else:
            self.channel_closed = True
        return b""

    def _last_words(self) -> bytes:
        """The process has gone: take what its pipes still hold; children may keep those open for ever."""
        pieces, deadline = [b""], time.monotonic() + _LAST_S
        while time.monotonic() < deadline and (self._reading() or not self._events.empty()):
            with contextlib.suppress(queue.Empty):
                pieces.append(self._take(self._events.get(timeout=0.02)))
        self.exit_code = self._process.returncode
        return b"".join(pieces)

    def _reading(self) -> bool:
        return any(reader.is_alive() for reader in self._readers)

    def _join(self, reader: threading.Thread) -> None:
        """Let a reader end, which may be waiting for room among the events."""
        deadline = time.monotonic() + _LAST_S
        while reader.is_alive() and time.monotonic() < deadline:
            self.pump(0)
            reader.join(0.01)

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True, name="piped-box")
        thread.start()
        return thread

    def _read(self, kind: str, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), _PIECE):
                self._events.put((kind, data))
        if kind == _CHANNEL:
            self._events.put((kind, b""))

    def _wait(self) -> None:
        self._process.wait()
        self._events.put((_EXIT, b""))


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("expected a process that was started with three pipes")
    return process.stdin, process.stdout, process.stderr


class _Writer:
    """The writing end of a channel."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def sendall(self, data: bytes, /) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._pipe.fileno(), view) :]
