"""A class graded on workers that keep being killed: `python -m benchmarks.faults [--faults N] [--seed N]`.

Three worker processes grade with the real sandbox. Every second or two something goes wrong, drawn at random: a worker,
its grading process, the scheduler or the head is killed; a worker hears and says nothing for longer than the scheduler
waits; its disk is full; its clock is off. Rounds go on until there were enough faults. After each round every student
must have one grade, the same as on one machine.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.course import ROOT, TRIVIAL, write_assignment
from benchmarks.worker_processes import TTL_S, WorkerProcesses
from grader.gradebook.store import Gradebook

WORKERS = ("w1", "w2", "w3")
FAULTS = {
    "worker killed": 6,
    "grading process killed": 5,
    "network cut": 2,
    "disk full": 3,
    "clock off": 2,
    "scheduler restarted": 1,
    "head killed": 1,
}
SEED = 7
WRONG = "def double(x):\n    return x\n"


@dataclass
class Chaos:
    """Draws faults and does them; `tend` mends what time mends."""

    cluster: WorkerProcesses
    disks: Path
    rng: random.Random
    came: Counter[str] = field(default_factory=Counter)
    mending: list[tuple[float, str, str]] = field(default_factory=list)
    head: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start what has ended; let the stopped go on, and make room on full disks, when it is time."""
        now = time.monotonic()
        for one in [one for one in self.mending if one[0] <= now]:
            self.mending.remove(one)
            self._mend(one[1], one[2])
        for name in WORKERS:
            worker = self.cluster.workers.get(name)
            if worker is None or worker.poll() is not None:
                self._start(name)

    def strike(self) -> None:
        """One fault."""
        fault = self.rng.choices(list(FAULTS), list(FAULTS.values()))[0]
        name = self.rng.choice(WORKERS)
        if any(one[2] == name for one in self.mending):
            return
        if self._done(fault, name):
            self.came[fault] += 1

    def _done(self, fault: str, name: str) -> bool:
        worker, now = self.cluster.workers[name], time.monotonic()
        if fault == "worker killed":
            worker.kill()
        elif fault == "grading process killed":
            pids = self.cluster.grading_processes(name)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            return bool(pids)
        elif fault == "network cut":
            worker.send_signal(signal.SIGSTOP)
            self.mending.append((now + TTL_S + 3, fault, name))
        elif fault == "disk full":
            with contextlib.suppress(OSError):
                (self.disks / name / "filler").write_bytes(b"x" * (64 << 20))
            self.mending.append((now + 3, fault, name))
        elif fault == "clock off":
            worker.kill()
            worker.wait()
            self._start(name, self.rng.choice([-86400 * 2, -3600, 3600, 86400 * 2]))
        elif fault == "scheduler restarted" and self.cluster.scheduler is not None:
            self.cluster.scheduler.kill()
            self.cluster.scheduler.wait()
            self.cluster.start_scheduler()
        elif fault == "head killed" and self.head is not None:
            self.head.kill()
        return True

    def _start(self, name: str, off_s: int = 0) -> None:
        self.cluster.start_worker(name, TMPDIR=str(self.disks / name), CLOCK_OFF=str(off_s))

    def _mend(self, fault: str, name: str) -> None:
        if fault == "network cut":
            self.cluster.workers[name].send_signal(signal.SIGCONT)
        else:
            (self.disks / name / "filler").unlink(missing_ok=True)


def command(folder: Path, out: Path, options: list[str]) -> list[str]:
    """`grader grade` of the class."""
    given = ["--assignment", "doubling", "--reference", str(folder / "reference"), "--out", str(out), "--no-pdf", "-q"]
    return [sys.executable, "-m", "grader", "grade", str(folder / "work"), *given, "--seed", str(SEED), *options]


def grades(out: Path) -> dict[str, str]:
    """Points by student."""
    with (out / "grades.csv").open(newline="") as file:
        return {row["student"]: row["points"] for row in csv.DictReader(file)}


def one_round(chaos: Chaos, folder: Path, number: int, most: int, pause_s: float) -> Path:
    """Grade the class once, with faults while it goes on."""
    out, log = folder / f"round{number}", (folder / "head.log").open("ab")
    run = command(folder, out, chaos.cluster.options)
    chaos.head = subprocess.Popen(run, cwd=ROOT, stdout=log, stderr=log)
    next_at, until = time.monotonic() + 4, time.monotonic() + 900
    while (status := chaos.head.poll()) != 0:
        if status is not None:
            if status != -signal.SIGKILL:
                raise SystemExit(f"the head ended with {status}: {(folder / 'head.log').read_text()[-2000:]}")
            chaos.head = subprocess.Popen(run, cwd=ROOT, stdout=log, stderr=log)
        if time.monotonic() > until:
            raise SystemExit(f"round {number} did not end: {(folder / 'head.log').read_text()[-2000:]}")
        chaos.tend()
        if time.monotonic() >= next_at and sum(chaos.came.values()) < most:
            chaos.strike()
            next_at = time.monotonic() + chaos.rng.uniform(0.2, 2 * pause_s)
        time.sleep(0.1)
    log.close()
    return out


def check(out: Path, expected: dict[str, str]) -> None:
    """Every student has one grade, which is the expected one."""
    if grades(out) != expected:
        raise SystemExit(f"{out}: expected the grades of one machine, found others")
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        times = Counter(entry.subject for entry in gradebook.audit() if entry.action in ("graded", "regraded"))
    if set(times) != set(expected) or set(times.values()) != {1}:
        raise SystemExit(f"{out}: expected one grade for each student, found {times.most_common(3)}")


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A file system of 48 MiB; an ordinary folder where mounting is not allowed."""
    path.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", path], check=False, capture_output=True
    )
    try:
        yield path
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", path], check=False)


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--faults", type=int, default=200)
    options.add_argument("--count", type=int, default=80, help="submissions of a round")
    options.add_argument("--pause", type=float, default=1.5, help="seconds between faults, on average")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        write_assignment(folder / "reference")
        course = folder / "reference/doubling/assignment.py"
        course.write_text(course.read_text().replace("limits=", "warm=(), limits="))  # workers start sooner
        for number in range(given.count):
            source = WRONG if number % 3 == 0 else TRIVIAL
            (folder / f"work/student{number:04}").mkdir(parents=True)
            (folder / f"work/student{number:04}/hw.py").write_text(f"# student {number}\n{source}")
        subprocess.run(command(folder, folder / "alone", ["--jobs", "2"]), cwd=ROOT, check=True)
        expected = grades(folder / "alone")
        for worker in WORKERS:
            stack.enter_context(small_disk(folder / "disks" / worker))
        (folder / "cluster").mkdir()
        cluster = WorkerProcesses(folder / "cluster")
        stack.callback(cluster.close)
        cluster.start_scheduler()
        chaos = Chaos(cluster, folder / "disks", random.Random(given.seed))  # noqa: S311 - drawn to come again
        began, rounds = time.monotonic(), 0
        while sum(chaos.came.values()) < given.faults:
            rounds += 1
            check(one_round(chaos, folder, rounds, given.faults, given.pause), expected)
            print(
                f"round {rounds}: {given.count} grades as on one machine, faults so far {dict(chaos.came)}", flush=True
            )
        print(f"{sum(chaos.came.values())} faults in {rounds} rounds, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
