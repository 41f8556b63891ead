"""The doctor lets a program run into every limit, and looks how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.doctor.diagnosis import Diagnosis, strong, weak
from grader.sandbox.protocol import Command, Limits, Sandbox, Status

AREA = "limits"
# Times with room: on a slow or busy machine it takes long to reach another limit.
LIMITS = Limits(
    wall_s=120.0,
    cpu_s=30.0,
    memory_mib=128,
    processes=16,
    console_mib=1,
    result_mib=1,
    scratch_mib=16,
    scratch_files=200,
)
FIX = "do not grade here: one submission could stop all others; please report this with `grader doctor --json`"


@dataclass(frozen=True)
class Overrun:
    """A program that goes over one limit, and the statuses that it may end with."""

    limit: str
    expected: tuple[Status, ...]
    lines: tuple[str, ...]
    limits: Limits = LIMITS

    @property
    def command(self) -> Command:
        """The program, within small limits."""
        body = "\n".join(f"    {line}" for line in self.lines)
        source = f"import os, time\ndef main(request, arrays, send):\n{body}\n"
        return Command("program", {}, support={"program.py": source.encode()}, limits=self.limits)


OVERRUNS = (
    Overrun("CPU time", (Status.CPU_EXCEEDED,), ("while True: pass",), replace(LIMITS, cpu_s=0.5)),
    Overrun("wall time", (Status.TIMED_OUT,), ("time.sleep(1000)",), replace(LIMITS, wall_s=1.0)),
    Overrun("memory", (Status.OUT_OF_MEMORY,), ("held = []", "while True: held.append(b'x' * (8 << 20))")),
    Overrun("output", (Status.TOO_MUCH_OUTPUT,), ("while True: os.write(1, b'x' * 65536)",)),
    Overrun(
        "files",
        (Status.TOO_MUCH_OUTPUT, Status.RAISED),
        ("for n in range(10**6): open(f'/tmp/{n}', 'w').close()",),
    ),
    Overrun(
        "processes, 300 forks",
        (Status.RAISED, Status.CPU_EXCEEDED, Status.TIMED_OUT, Status.OUT_OF_MEMORY),
        ("for _ in range(300):", "    if os.fork() == 0: time.sleep(1000)"),
    ),
)


def look(sandbox: Sandbox) -> Iterator[Diagnosis]:
    """One diagnosis for each limit."""
    for overrun in OVERRUNS:
        execution = sandbox.run(overrun.command)
        if execution.status in overrun.expected:
            yield strong(AREA, overrun.limit, f"a program over the limit was stopped: {execution.reason}")
        else:
            found = f"expected a program over the limit to be stopped, found {execution.status}: {execution.reason}"
            yield weak(AREA, overrun.limit, found, FIX)
