"""Starting a box: descriptors, arguments, the launcher, and the wait until it says that it is ready."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.box import Box
from grader.sandbox.bubblewrap_arguments import PASSWD, BoxPlan, Descriptors, box_arguments, start_code
from grader.sandbox.frames import FrameReader
from grader.sandbox.host import driver_libraries, gpu_nodes, visible_trees
from grader.sandbox.launcher import BoxFailed, BubblewrapLauncher
from grader.sandbox.matplotlib_fonts import FontCache
from grader.sandbox.plumbing import memory_file, plumbing
from grader.sandbox.protocol import Device
from grader.sandbox.seccomp import seccomp_filter
from grader.sandbox.spawn import as_box_user, is_root, spawn, stage_of, tool

START_S = 180.0
_READY_BYTES = 1 << 16


@dataclass(frozen=True)
class BoxSettings:
    """How a box is made: modules it imports before it says ready, threads, size of each scratch folder.

    `gpu` is the device node of the only GPU that it sees.
    """

    warm: Sequence[str]
    threads: int
    device: Device
    scratch_mib: int
    fonts: FontCache | None = None
    gpu: Path | None = None


def start_box(settings: BoxSettings) -> Box:
    """Start a box and wait until it is ready. Raises `BoxFailed` with what it said, or another `OSError`."""
    box, launcher = _launch(settings)
    try:
        wait_until_ready(box)
        box.adopt(*launcher.first_process())
    except BaseException:
        box.close()
        raise
    return box


def _launch(settings: BoxSettings) -> tuple[Box, BubblewrapLauncher]:
    with plumbing() as ends, contextlib.ExitStack() as if_it_fails, contextlib.ExitStack() as theirs:
        status, status_end = os.pipe()
        if_it_fails.callback(os.close, status)
        theirs.callback(os.close, status_end)
        descriptors = _descriptors(settings, status_end, theirs)
        command, inherited = _command(settings, descriptors, ends.channel_end.fileno(), theirs)
        launcher = BubblewrapLauncher(spawn(command, inherited, ends.console_end), status)
        if_it_fails.pop_all()
        return Box(launcher, ends.channel, ends.console), launcher


def _descriptors(settings: BoxSettings, status: int, opened: contextlib.ExitStack) -> Descriptors:
    return Descriptors(
        status=status,
        seccomp=memory_file(seccomp_filter(), opened),
        passwd=memory_file(PASSWD, opened),
        fonts=memory_file(settings.fonts.content, opened) if settings.fonts else None,
    )


def _command(
    settings: BoxSettings, fds: Descriptors, channel: int, opened: contextlib.ExitStack
) -> tuple[list[str], list[int]]:
    """The launcher's command line and the descriptors it inherits."""
    trees, staged = visible_trees(), staged_trees()
    plan = BoxPlan(
        trees=trees,
        staged=staged,
        descriptors=fds,
        scratch_mib=settings.scratch_mib,
        threads=settings.threads,
        gpu_nodes=gpu_nodes(settings.gpu) if settings.device == "cuda" else (),
        gpu_libraries=driver_libraries(os.environ) if settings.device == "cuda" else None,
        fonts_name=settings.fonts.name if settings.fonts else "",
    )
    options = "".join(f"{argument}\0" for argument in box_arguments(plan))
    # On a descriptor, so that `ps` shows no paths.
    arguments = memory_file(options.encode(), opened)
    code = start_code(channel, settings.warm, settings.threads, settings.device)
    # Below our own priority, so that a box full of busy processes cannot keep us from measuring it.
    nice = [tool("nice"), "-n", "10"]
    command = [*nice, tool("bwrap"), "--args", str(arguments), sys.executable, "-I", "-c", code]
    inherited = [fd for fd in (channel, arguments, fds.status, fds.seccomp, fds.passwd, fds.fonts) if fd is not None]
    return (as_box_user(command, trees) if is_root() else command), inherited


def staged_trees() -> Mapping[str, str]:
    """Where the root of each visible tree is found now, if not where it belongs."""
    return stage_of(visible_trees())[1] if is_root() else {}


def wait_until_ready(box: Box) -> None:
    """Take in what a box says until it is ready. Raises `BoxFailed` with that if it never is."""
    reader, deadline = FrameReader(_READY_BYTES), time.monotonic() + START_S
    while time.monotonic() < deadline:
        for frame in reader.feed(box.pump(1.0)):
            if frame.header == {"ready": True}:
                # What warm modules printed is not the program's.
                box.forget_console()
                return
        if box.exit_code is not None or box.channel_closed:
            raise BoxFailed(f"the box did not start: {box.said()}")
    raise BoxFailed(f"the box was not ready after {START_S:.0f} s: {box.said()}")
