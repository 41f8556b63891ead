"""What a box uses, measured from outside: the tree of processes below its first one, read from /proc."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from grader.sandbox.memory_groups import MemoryGroup

_PROC = Path("/proc")
POLL_S = 0.05
# Where the kernel watches over memory, the rest can wait longer.
_GROUP_POLL_S = 0.2
_STOPPED, _DEAD = b"T", b"Z"
# Polling may take this share of a core at most: a busy machine has thousands of processes to look through.
_POLL_SHARE = 0.1


@dataclass(frozen=True)
class Sample:
    """One look at a process tree: CPU seconds of it and its dead, anonymous and shared memory in bytes.

    `stopped`: the processes that a signal has stopped; `going`: those that are neither stopped nor dead.
    """

    cpu_s: float = 0.0
    memory: int = 0
    pids: tuple[int, ...] = ()
    stopped: frozenset[int] = frozenset()
    going: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Stat:
    """A process: its parent, the ticks of CPU time of it and its dead, and the letter of its state."""

    parent: int
    ticks: int
    state: bytes


class Measuring(Protocol):
    """Says what a box has used since it was ready: CPU seconds, peak of memory in bytes."""

    start_cpu_s: float
    cpu_s: float
    peak: int
    due: float
    stopped: bool

    def read(self, memory_limit: int) -> Sample:
        """Look now; the next look is due at `due`, in seconds of the monotonic clock.

        `stopped` says whether the program has stopped all its processes, so that none can let another go on.
        """
        ...

    def overrun(self) -> int | None:
        """The most bytes of memory and files, if the kernel killed a process for them; else None."""
        ...


class NoMeter:
    """Where a box's processes cannot be seen from outside: nothing is measured, but time goes on."""

    def __init__(self) -> None:
        self.start_cpu_s, self.cpu_s, self.peak, self.stopped = 0.0, 0.0, 0, False
        self.due = time.monotonic()

    def overrun(self) -> int | None:
        """No limit is watched."""
        return None

    def read(self, memory_limit: int) -> Sample:
        """A sample of nothing."""
        self.due = time.monotonic() + POLL_S
        return Sample()


class Meter:
    """Follows the process trees below `roots`; CPU time counts from the first sample.

    `launch_cpu_s` was used before by what started them.
    """

    def __init__(self, roots: Sequence[int], launch_cpu_s: float = 0.0, group: MemoryGroup | None = None) -> None:
        self._roots = roots
        self._group = group
        first = sample_trees(roots)
        self._processes_at_rest = len(first.pids)
        self._first_cpu_s = first.cpu_s
        self.start_cpu_s = launch_cpu_s + first.cpu_s
        self.cpu_s = 0.0
        self.peak = first.memory
        # A copy of a warm parent is a root of its own, beside the box in which a program waits.
        self._walls_own = frozenset(first.pids if len(roots) > 1 else roots) - frozenset(roots[1:])
        self.stopped = False
        self.due = time.monotonic() + POLL_S

    def overrun(self) -> int | None:
        """The most bytes of memory and files, if the kernel killed a process for them."""
        return self._group.overrun() if self._group is not None else None

    def read(self, memory_limit: int) -> Sample:
        """Look now. A figure that matters is taken again with shared pages divided among their users."""
        began = time.thread_time()
        sample = sample_trees(self._roots)
        several = len(sample.pids) > self._processes_at_rest
        if sample.memory > memory_limit or (several and sample.memory > self.peak):
            sample = replace(sample, memory=sum(map(proportional_memory, sample.pids)))
        # A process that vanished while we looked may be missing from the sum: never count backwards.
        self.cpu_s = max(self.cpu_s, sample.cpu_s - self._first_cpu_s)
        self.peak = max(self.peak, sample.memory)
        self.stopped = bool(sample.stopped) and sample.going <= self._walls_own
        cost = time.thread_time() - began
        self.due = time.monotonic() + max(_GROUP_POLL_S if self._group else POLL_S, cost / _POLL_SHARE)
        return sample


def sample_trees(roots: Sequence[int]) -> Sample:
    """Sum over these processes and all their descendants; orphans in a box are children of its first process."""
    children_of = _listed_children if _children_are_listed() else _searched_children()
    found: dict[int, _Stat] = {}
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if stat := _read_stat(pid):
            found[pid] = stat
            waiting += children_of(pid)
    cpu_s = sum(stat.ticks for stat in found.values()) / os.sysconf("SC_CLK_TCK")
    stopped = frozenset(pid for pid, stat in found.items() if stat.state == _STOPPED)
    going = frozenset(pid for pid, stat in found.items() if stat.state not in (_STOPPED, _DEAD))
    return Sample(cpu_s, sum(map(resident_memory, found)), tuple(found), stopped, going)


def trees(roots: Sequence[int]) -> list[int]:
    """The pids of these processes and of all their descendants."""
    children_of = _listed_children if _children_are_listed() else _searched_children()
    found, waiting = [], list(roots)
    while waiting:
        found.append(waiting.pop())
        waiting += children_of(found[-1])
    return found


@cache
def _children_are_listed() -> bool:
    """Whether this kernel lists the children of each thread."""
    return Path("/proc/thread-self/children").exists()


def _listed_children(pid: int) -> list[int]:
    """The children of all threads of a process; some may be missing when others end in that moment."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - hot
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{pid}/task/{thread}/children", "rb") as file,  # noqa: PTH123 - hot
            ):
                found += map(int, file.read().split())
    return found


def _searched_children() -> Callable[[int], list[int]]:
    """The same from one look through all processes of the machine."""
    children: dict[int, list[int]] = {}
    for pid, stat in _all_processes().items():
        children.setdefault(stat.parent, []).append(pid)
    return lambda pid: children.get(pid, [])


def resident_memory(pid: int) -> int:
    """Bytes of anonymous and shared memory of one process, 0 when it is gone."""
    return _sum_kib(f"/proc/{pid}/status", (b"\nRssAnon:", b"\nRssShmem:"))


def proportional_memory(pid: int) -> int:
    """The same with each shared page divided by its users; the plain figure where the kernel denies that."""
    return _sum_kib(f"/proc/{pid}/smaps_rollup", (b"\nPss_Anon:", b"\nPss_Shmem:")) or resident_memory(pid)


def parent_of(pid: int) -> int | None:
    """The parent's pid, None when there is no such process."""
    found = _read_stat(pid)
    return found.parent if found else None


def scratch_files(first_pid: int) -> int:
    """Files and folders in the scratch of a box, by its first process; 0 when it cannot be told any more."""
    with contextlib.suppress(OSError):
        root = Path(f"/proc/{first_pid}/root")
        return _files_in(root / "tmp") + _files_in(root / "dev/shm")
    return 0


def _files_in(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_files - status.f_ffree


def _all_processes() -> dict[int, _Stat]:
    pids: Iterable[int] = (int(name) for name in os.listdir(_PROC) if name.isdigit())  # noqa: PTH208 - hot
    return {pid: found for pid in pids if (found := _read_stat(pid))}


def _read_stat(pid: int) -> _Stat | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - read hundreds of times a second
            text = file.read()
    except OSError:
        return None
    # The name, in parentheses, may hold anything; user, system and waited-for children's time follow it.
    fields = text[text.rindex(b")") + 2 :].split()
    return _Stat(int(fields[1]), sum(map(int, fields[11:15])), fields[0])


def _sum_kib(path: str, names: tuple[bytes, ...]) -> int:
    # Bytes, as a process can give itself a name that is no text.
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - hot
            text = file.read()
    except OSError:
        return 0
    places = [at + len(name) for name in names if (at := text.find(name)) >= 0]
    return sum(int(text[at : text.index(b" kB", at)]) for at in places) << 10
