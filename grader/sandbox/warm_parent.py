"""`inside/warm_parent.py`, seen from the grader: started fresh, asked for boxes; and a box that runs its copy."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grader.inside
from grader.inside.descriptors import receive_message, send_message
from grader.sandbox.box import Box
from grader.sandbox.bubblewrap_arguments import (
    PASSWD,
    SCRATCH,
    START_PARENT,
    BoxPlan,
    Descriptors,
    box_arguments,
    box_environment,
    parent_code,
)
from grader.sandbox.host import visible_trees
from grader.sandbox.launcher import BoxFailed
from grader.sandbox.matplotlib_fonts import FontCache
from grader.sandbox.plumbing import memory_file, plumbing
from grader.sandbox.seccomp import seccomp_filter
from grader.sandbox.spawn import BOX_HOST_UID, is_root, spawn, staged, tool
from grader.sandbox.start import START_S, BoxSettings, staged_trees, wait_until_ready

_MESSAGE_BYTES = 1 << 16
_LEAVE_S = 20.0
# What bubblewrap finds its descriptors at: above all that a warm parent has open itself.
_ARGUMENTS, _SECCOMP, _PASSWD, _FONTS, _STATUS = 100, 101, 102, 103, 104


@dataclass(frozen=True)
class ParentKind:
    """What a warm parent has imported, for how many threads."""

    warm: tuple[str, ...]
    threads: int
    fonts: FontCache | None

    @classmethod
    def of(cls, settings: BoxSettings) -> ParentKind:
        """The kind that can make boxes with these settings."""
        return cls(tuple(settings.warm), settings.threads, settings.fonts)


class WarmParent:
    """A process that sends copies of itself into boxes. Several threads may share it."""

    def __init__(self, kind: ParentKind) -> None:
        """Start it and wait until it is ready. Raises `BoxFailed` with what it said, or another `OSError`."""
        self._lock = threading.Lock()
        with contextlib.ExitStack() as if_it_fails:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            if_it_fails.callback(self._control.close)
            self._process = _start(kind, self._control, theirs)
            if_it_fails.pop_all()

    def start_box(self, settings: BoxSettings) -> Box:
        """Start a box. Raises `BoxFailed` with what it said, or another `OSError`."""
        with plumbing() as ends, contextlib.ExitStack() as if_it_fails, contextlib.ExitStack() as theirs:
            report, report_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            if_it_fails.callback(report.close)
            theirs.callback(report_end.close)
            given = _descriptors(settings, theirs)
            ours = [ends.channel_end.fileno(), ends.console_end, report_end.fileno(), given[_SECCOMP]]
            command = [tool("bwrap"), "--args", str(_ARGUMENTS), tool("cat")]
            request = {"command": command, "numbers": list(given), "status": _STATUS}
            with self._lock:
                send_message(self._control, request, [*ours, *given.values()])
            launcher = CopyLauncher(report)
            box = Box(launcher, ends.channel, ends.console)
            if_it_fails.pop_all()
        try:
            _adopt(box, launcher)
            wait_until_ready(box)
        except BaseException:
            box.close()
            raise
        return box

    def is_alive(self) -> bool:
        """Whether it can still make boxes."""
        return self._process.poll() is None

    def close(self) -> None:
        """Let it end, once its boxes have."""
        self._control.close()

    def wait(self) -> None:
        """Wait for its end; after a while it is killed, and its boxes with it."""
        try:
            self._process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class CopyLauncher:
    """The process that led a copy of the warm parent into its box, and stays outside to see it end."""

    def __init__(self, report: socket.socket) -> None:
        self.cpu_s = 0.0
        self._report = report
        report.settimeout(START_S)

    def fileno(self) -> int:
        """The report socket."""
        return self._report.fileno()

    def processes(self) -> tuple[int, int, int]:
        """Host pid and pidfd of the box's first process, host pid of the program's."""
        found, descriptors = receive_message(self._report)
        if found is None or "error" in found:
            raise BoxFailed(f"the box did not start: {(found or {}).get('error', 'its parent has ended')}")
        self.cpu_s = found["cpu_s"]
        return found["first"], descriptors[0], found["program"]

    def exit_code(self) -> int:
        """How the program ended. Raises `BoxFailed` if nobody is there any more to tell."""
        message, _ = receive_message(self._report)
        if message is None:
            raise BoxFailed("the process outside the box was killed")
        return int(message["exit"])

    def kill(self) -> None:
        """Nothing: without a first process there is no box."""

    def wait(self, timeout_s: float) -> None:
        """Let the program and bubblewrap be reaped; without that the first process cannot end."""
        self._report.settimeout(timeout_s)
        with contextlib.suppress(ConnectionError, OSError):
            self._report.shutdown(socket.SHUT_WR)
        try:
            while self._report.recv(_MESSAGE_BYTES):
                pass
        except TimeoutError as error:
            raise BoxFailed(f"the box was still there {timeout_s:.0f} s after it was killed") from error
        except ConnectionError:
            pass

    def close(self) -> None:
        """Close the report socket."""
        self._report.close()


def _start(kind: ParentKind, control: socket.socket, theirs: socket.socket) -> subprocess.Popen[bytes]:
    said, said_end = os.pipe()
    folder = tempfile.mkdtemp(prefix="grader-")
    try:
        with theirs, os.fdopen(said_end, "wb"):
            if kind.fonts is not None:
                Path(folder, kind.fonts.name).write_bytes(kind.fonts.content)
            control.send(_code(kind, theirs.fileno(), folder).encode())
            process = spawn(_command(kind, theirs.fileno()), [theirs.fileno()], said_end)
        if select.select([control], [], [], START_S)[0] and control.recv(_MESSAGE_BYTES):
            return process
        process.kill()
        process.wait()
        words = os.read(said, _MESSAGE_BYTES).decode(errors="replace").strip()
        raise BoxFailed(f"the warm parent did not start: {words or 'it said nothing'}")
    finally:
        os.close(said)
        shutil.rmtree(folder, ignore_errors=True)


def _code(kind: ParentKind, control: int, folder: str) -> str:
    user = int(BOX_HOST_UID) if is_root() else None
    inside = str(Path(grader.inside.__file__).parent)
    return parent_code(inside, control, (kind.warm, kind.threads), user, folder)


def _command(kind: ParentKind, control: int) -> list[str]:
    # As bubblewrap adds the folder that it starts programs in.
    environment = box_environment(kind.threads) | {"PWD": SCRATCH}
    variables = [f"{name}={value}" for name, value in environment.items()]
    python = [sys.executable, "-I", "-c", START_PARENT.format(control)]
    command = [*variables, tool("nice"), "-n", "10", *python]
    return staged(command, visible_trees()) if is_root() else [tool("env"), "-i", *command]


def _descriptors(settings: BoxSettings, opened: contextlib.ExitStack) -> dict[int, int]:
    """What bubblewrap is given, by the number that it expects."""
    fonts = settings.fonts
    arguments = _arguments(settings.scratch_mib, settings.threads, fonts.name if fonts else "")
    given = {
        _ARGUMENTS: memory_file(arguments, opened),
        _SECCOMP: memory_file(seccomp_filter(), opened),
        _PASSWD: memory_file(PASSWD, opened),
    }
    return given | ({_FONTS: memory_file(fonts.content, opened)} if fonts else {})


@cache  # the same for all boxes of a batch, and it looks at some dozen paths
def _arguments(scratch_mib: int, threads: int, fonts_name: str) -> bytes:
    """Bubblewrap's, each followed by a zero; without fonts if their name is empty."""
    plan = BoxPlan(
        trees=visible_trees(),
        staged=staged_trees(),
        descriptors=Descriptors(_STATUS, _SECCOMP, _PASSWD, _FONTS if fonts_name else None),
        scratch_mib=scratch_mib,
        threads=threads,
        fonts_name=fonts_name,
    )
    return "".join(f"{argument}\0" for argument in box_arguments(plan)).encode()


def _adopt(box: Box, launcher: CopyLauncher) -> None:
    try:
        box.adopt(*launcher.processes())
    except BoxFailed as error:
        raise BoxFailed(f"{error}: {box.said()}") from error
    box.launch_cpu_s = launcher.cpu_s
