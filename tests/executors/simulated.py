"""A cluster in this process, whose workers really grade, and whose faults are drawn from a seed."""

from __future__ import annotations

import pickle
import random
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiny_course import FakeSandbox

from grader.assess.assessors import Assessors
from grader.batch.remote_work import GaveUp, RemoteWork, Task, Worked
from grader.executors.cluster_errors import ConnectionGone
from grader.executors.dispatch import Dispatch
from grader.executors.machines import MachineAnswer
from grader.executors.parcels import Parcel, Post
from grader.executors.remote_grading import Grader
from grader.executors.session import BatchSession
from grader.sandbox.protocol import Sandbox
from grader.submission import Submission

STRANGE: Mapping[str, tuple[Any, ...]] = {
    "disk full": ({"failed": "OSError: [Errno 28] No space left on device"},),
    "worker says nothing of use": (None, "KilledWorker"),
    "bytes damaged": ({"done": {"sha256": "0" * 64, "data": b"other"}},),
}
RARE = {"head killed": 0.2, "scheduler restarted": 0.4}


class HeadKilled(BaseException):
    """The process that keeps the gradebook ends here and now."""


@dataclass
class Simulated:
    """Workers `w0`, `w1`, …; in place of one that ends, another comes. `fault` is asked by worker and student."""

    grade: Callable[[bytes], dict[str, Any]]
    post: Post
    workers: int = 3
    slots: int = 2
    fault: Callable[[str, str], str] = lambda worker, student: ""
    refused: Mapping[str, str] = field(default_factory=dict)
    speechless: str = ""  # what preparing a worker raises
    now: float = 0.0
    given: Counter[str] = field(default_factory=Counter)
    largest: int = 0

    def __post_init__(self) -> None:
        self.there: list[str] = [f"w{number}" for number in range(self.workers)]
        self.made = self.workers
        self.prepared: set[str] = set()
        self.requests: deque[tuple[int, str, Parcel | None]] = deque()
        self.late: list[MachineAnswer] = []
        self.away = False

    def clock(self) -> float:
        return self.now

    def present(self) -> Mapping[str, str]:
        self._check()
        return {address: f"host-{address}" for address in self.there}

    def prepare(self, number: int, worker: str) -> None:
        self._check()
        self.requests.append((number, worker, None))

    def work(self, number: int, worker: str, parcel: Parcel) -> None:
        self._check()
        self.given[worker] += 1
        self.requests.append((number, worker, parcel))
        self.largest = max(self.largest, sum(one[2] is not None for one in self.requests))

    def drop(self, number: int) -> None:
        self.requests = deque(one for one in self.requests if one[0] != number)

    def answer(self, timeout_s: float) -> MachineAnswer | None:
        self._check()
        self.now += 0.1
        if self.late:
            return self.late.pop()
        if not self.requests:
            self.now += timeout_s
            return None
        number, worker, parcel = self.requests.popleft()
        if worker not in self.there:
            return None  # Dask never says anything of it
        return self._prepared(number, worker) if parcel is None else self._done(number, worker, parcel)

    def reconnect(self) -> None:
        self.away = False
        self.requests.clear()

    def _check(self) -> None:
        if self.away:
            raise ConnectionGone("away")

    def _prepared(self, number: int, worker: str) -> MachineAnswer:
        if self.speechless:
            return MachineAnswer(number, None, self.speechless)
        if worker in self.refused:
            return MachineAnswer(number, {"refused": self.refused[worker], "host": f"host-{worker}"})
        self.prepared.add(worker)
        return MachineAnswer(number, {"slots": self.slots, "host": f"host-{worker}"})

    def _done(self, number: int, worker: str, parcel: Parcel) -> MachineAnswer | None:
        if worker not in self.prepared:
            return MachineAnswer(number, {"unprepared": True})
        work: RemoteWork = pickle.loads(self.post.unpack(parcel))  # noqa: S301 - from this very process
        return self._suffered(self.fault(worker, work.submission.student), number, worker, parcel)

    def _suffered(self, fault: str, number: int, worker: str, parcel: Parcel) -> MachineAnswer | None:
        if fault == "grading process killed":
            self.prepared.discard(worker)
            return MachineAnswer(number, {"lost": "the process that graded it was killed"})
        if fault in ("worker killed", "network cut"):
            self._replace(worker)
            if fault == "network cut":  # it goes on working, and says so when nobody waits any more
                self.late.append(self._graded(number, parcel))
            return None
        if fault in STRANGE:
            return MachineAnswer(number, *STRANGE[fault])
        if fault == "scheduler restarted":
            self.away = True
            raise ConnectionGone("restarted")
        if fault == "head killed":
            raise HeadKilled
        return self._graded(number, parcel)

    def _replace(self, worker: str) -> None:
        self.there.remove(worker)
        self.there.append(f"w{self.made}")
        self.made += 1

    def _graded(self, number: int, parcel: Parcel) -> MachineAnswer:
        found = self.grade(self.post.unpack(parcel))
        return MachineAnswer(number, {**found, "done": self.post.pack(found["done"])} if "done" in found else found)


@dataclass
class InProcess:
    """What `--executor` gives a batch, on simulated workers."""

    space: Path
    sandbox: Sandbox = field(default_factory=FakeSandbox)
    shared: Path | None = None
    most: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    machines: Simulated | None = None

    def run(
        self, task: Task, works: Iterable[RemoteWork], count: int
    ) -> Generator[tuple[Submission, Worked | GaveUp], None, None]:
        post = Post(self.shared)
        with Assessors(task.assignment, 1) as assessors:
            session = BatchSession.of(task, None)
            grader = Grader(session, task.assignment, self.sandbox, assessors, self.space)
            self.machines = Simulated(grader.grade, post, **self.options)
            dispatch = Dispatch(self.machines, post, task.progress, self.most, clock=self.machines.clock)
            yield from dispatch.run(works, count)
            self.remarks += dispatch.remarks


def drawn(seed: int, share: float, faults: tuple[str, ...]) -> tuple[Callable[[str, str], str], Counter[str]]:
    """Faults at `share` of all work, each drawn from `faults`, and how often each came.

    None meets a student more than twice: what ends its workers over and over is a person's in the end.
    """
    rng = random.Random(seed)  # noqa: S311 - what is drawn must come again
    came, met = Counter[str](), Counter[str]()

    def fault(worker: str, student: str) -> str:
        if rng.random() >= share or met[student] == 2:
            return ""
        met[student] += 1
        found = rng.choices(faults, [RARE.get(name, 1.0) for name in faults])[0]
        came[found] += 1
        return found

    return fault, came
