"""Memory control groups, one for each box, where a probe shows that we may make them.

Polling notices what a program holds every 50 ms; the kernel notices at once, kernel memory and files in
memory included. What a box took before its command came is not counted in its group, but polled.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_GONE_S = 5.0
_numbers = itertools.count()


@dataclass(frozen=True)
class GroupKind:
    """The file names of one version of control groups."""

    version: str
    limit: str
    no_swap: tuple[str, str]
    events: str
    peak: str
    whole: str = ""

    def kills(self, folder: Path) -> int:
        """How many processes of a group were killed for want of memory."""
        pairs = (line.split() for line in (folder / self.events).read_text().splitlines())
        return next((int(pair[1]) for pair in pairs if pair[0] == "oom_kill"), 0)


V1 = GroupKind(
    "v1", "memory.limit_in_bytes", ("memory.swappiness", "0"), "memory.oom_control", "memory.max_usage_in_bytes"
)
V2 = GroupKind("v2", "memory.max", ("memory.swap.max", "0"), "memory.events", "memory.peak", whole="memory.oom.group")


@dataclass(frozen=True)
class MemoryGroup:
    """The group of one box."""

    folder: Path
    kind: GroupKind

    def add(self, pids: Iterable[int]) -> None:
        """Take these processes in; those they start are in it too."""
        for pid in pids:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def overrun(self) -> int | None:
        """The most bytes that were used, if the kernel killed a process for them; else None."""
        try:
            if not self.kind.kills(self.folder):
                return None
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / self.kind.peak).read_text())
        return 0

    def close(self) -> None:
        """Remove the group, as soon as the last process has left it."""
        deadline = time.monotonic() + _GONE_S
        while True:
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() > deadline:
                    return
                time.sleep(0.01)


@dataclass(frozen=True)
class MemoryGroups:
    """A folder in which groups may be made."""

    folder: Path
    kind: GroupKind

    def make(self, limit: int) -> MemoryGroup:
        """A group for `limit` bytes. Raises `OSError` where that is not allowed."""
        folder = self.folder / f"grader-{os.getpid()}-{next(_numbers)}"
        folder.mkdir()
        group = MemoryGroup(folder, self.kind)
        try:
            (folder / self.kind.limit).write_text(str(limit))
            for name, value in (self.kind.no_swap, (self.kind.whole, "1")):
                with contextlib.suppress(OSError):  # not every kernel has them
                    if name:
                        (folder / name).write_text(value)
        except OSError:
            group.close()
            raise
        return group

    def sweep(self) -> None:
        """Remove what graders that were killed have left; a group that is still in use cannot be removed."""
        for folder in self.folder.glob("grader-*-*"):
            with contextlib.suppress(OSError):
                if not Path("/proc", folder.name.split("-")[1]).exists():
                    folder.rmdir()


def memory_groups() -> MemoryGroups | None:
    """Where groups can be made, found out by making and removing one; None where we may not."""
    return _probed(os.getpid())


@cache
def _probed(_pid: int) -> MemoryGroups | None:
    for groups in _candidates(Path("/proc/self/cgroup").read_text(), _ROOT):
        with contextlib.suppress(OSError):
            if groups.kind is V2:
                _delegate(groups.folder)
            groups.make(1 << 30).close()
            groups.sweep()
            return groups
    return None


def _candidates(own: str, root: Path) -> Iterator[MemoryGroups]:
    """The groups that this process is in, from the text of /proc/self/cgroup, and that could limit memory."""
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield MemoryGroups(root / "memory" / path.lstrip("/"), V1)
        elif not controllers and "memory" in _words(root / path.lstrip("/") / "cgroup.controllers"):
            yield MemoryGroups(root / path.lstrip("/"), V2)


def _delegate(folder: Path) -> None:
    """Let groups below `folder` limit memory; a group that does so may hold no process itself, so ours moves down.

    Raises `OSError` if somebody else's process is in it, or we may not.
    """
    if "memory" in _words(folder / "cgroup.subtree_control"):
        return
    own = folder / "grader"
    own.mkdir(exist_ok=True)
    (own / "cgroup.procs").write_text(str(os.getpid()))
    try:
        (folder / "cgroup.subtree_control").write_text("+memory")
    except OSError:
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        own.rmdir()
        raise


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
