"""What assessing one submission may use. Its evidence is hostile: it is judged on machines that others use, too."""

from __future__ import annotations

import math
import re
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

_DATA = re.compile(r"^VmData:\s+(\d+) kB$", re.MULTILINE)
_SIGNALS = {
    signal.SIGXCPU: "it took more than {limits.cpu_s} s of CPU time",
    signal.SIGALRM: "it took more than {limits.wall_s:g} s",
    signal.SIGKILL: "the process that assessed it was killed, as the system does when memory runs out",
}


@dataclass(frozen=True)
class AssessLimits:
    """For all criteria of one submission together. CPU time is the main limit; wall time is the backstop."""

    cpu_s: int = 300
    wall_s: float = 1800.0
    memory_mib: int = 3072

    def begin(self) -> None:
        """Hold this process to the time limits from now on: the kernel ends it, whatever it is busy with."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + self.cpu_s, hard))
        signal.setitimer(signal.ITIMER_REAL, self.wall_s)

    def end(self) -> None:
        """The submission is assessed; waiting for the next one takes as long as it takes."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def confine(self) -> None:
        """Hold this process to the memory limit, beside what it holds already; no core is written when it is ended."""
        for signal_number in (signal.SIGXCPU, signal.SIGALRM):
            signal.signal(signal_number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = data_bytes() + (self.memory_mib << 20)
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

    def words(self, ended: int) -> str:
        """Why a process ended, from what `os.waitstatus_to_exitcode` says of it."""
        number = signal.Signals(-ended) if -ended in set(signal.Signals) else None
        if number in _SIGNALS:
            return _SIGNALS[number].format(limits=self)
        how = f"signal {number.name}" if number is not None else f"exit status {ended}"
        return f"the process that assessed it ended unexpectedly ({how})"


def data_bytes() -> int:
    """Memory that this process has for itself, in bytes."""
    found = _DATA.search(Path("/proc/self/status").read_text())
    return int(found[1]) << 10 if found else 0
