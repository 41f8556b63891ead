"""CPU seconds of this process and of everything it starts, boxes and daemons included."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

_V1 = Path("/sys/fs/cgroup/cpuacct")


class CpuClock:
    """By a control group where one can be made, which misses nothing; else what the kernel tells of children.

    The second way misses processes in boxes that bubblewrap's first process has not waited for.
    """

    def __init__(self) -> None:
        self._group: Path | None = None
        with contextlib.suppress(OSError):
            group = _V1 / f"grader-benchmark-{os.getpid()}"
            group.mkdir()
            (group / "cgroup.procs").write_text(str(os.getpid()))
            self._group = group

    @property
    def way(self) -> str:
        """How it measures."""
        return "control group" if self._group else "waited-for processes"

    @property
    def whole(self) -> bool:
        """Whether no process is missed."""
        return self._group is not None

    def seconds(self) -> float:
        """CPU seconds so far."""
        if self._group is not None:
            return int((self._group / "cpuacct.usage").read_text()) / 1e9
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)
