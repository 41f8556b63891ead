"""Does the grader's own memory grow? `nice python -m benchmarks.many_submissions [--count N]`.

Runs many trivial submissions from this process and prints the resident memory of the
supervisor and of its warm parent along the way, with their open descriptors.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from benchmarks.clock import CpuClock
from benchmarks.course import TRIVIAL
from grader.batch.threads import run_threads
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Status

PROGRAM = b"""
import sys
sys.path.append("/tmp/work")

def main(request, arrays, send):
    import hw
    send({"answer": hw.double(7)}, {})
"""


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def children() -> list[int]:
    """Processes that this one has started and that are still there."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def run(sandbox: BubblewrapSandbox, number: int) -> None:
    """One submission, which has to end as it should."""
    files = {"hw.py": f"# student {number}\n{TRIVIAL}".encode()}
    execution = sandbox.run(Command("program", {}, files=files, support={"program.py": PROGRAM}))
    if execution.status is not Status.EXITED or execution.frames[0].header != {"answer": 14}:
        raise SystemExit(f"submission {number}: {execution}")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    clock, sandbox = CpuClock(), BubblewrapSandbox()
    run(sandbox, 0)
    before, first = clock.seconds(), resident_mib(os.getpid())
    done = run_threads(lambda number: run(sandbox, number), range(1, given.count + 1), given.jobs)
    for number, _ in enumerate(done, start=1):
        if number % max(1, given.count // 10) == 0:
            parents = ", ".join(f"{resident_mib(pid):.1f}" for pid in children())
            descriptors = len(list(Path("/proc/self/fd").iterdir()))
            print(
                f"{number:6} submissions: supervisor {resident_mib(os.getpid()):.1f} MiB, {descriptors} descriptors;"
                f" warm parent {parents} MiB",
                flush=True,
            )
    each = (clock.seconds() - before) / given.count
    print(f"grown by {resident_mib(os.getpid()) - first:.1f} MiB; {each:.3f} CPU s each, by {clock.way}")


if __name__ == "__main__":
    main()
