"""Which worker gets which submission, and what happens when something goes wrong with it.

A worker gets nothing before it is prepared: its versions are compared and its wall is attacked. It holds as many
submissions as it works on at a time, and one more that waits there, so that a worker's end touches few.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from grader.batch.progress import Progress
from grader.batch.remote_work import GaveUp, RemoteWork, Worked
from grader.executors.cluster_errors import ConnectionGone, ExecutorError
from grader.executors.machines import MachineAnswer, Machines
from grader.executors.parcels import Parcel, Post
from grader.executors.remote_grading import packed_work, unpacked_result
from grader.submission import Submission

AHEAD = 1  # submissions that wait at a worker
LOST_TOGETHER, LOST_ALONE = 2, 3
FAILURES = 3  # of machines at one submission
BAD_LUCK = 3  # failures in a row, after which a worker gets only what nobody else can take
PREPARATIONS = 3  # of a worker that says nothing of use
LOOK_S = 1.0


class State(StrEnum):
    """Of a worker, as seen from here."""

    NEW = "new"
    PREPARING = "preparing"
    READY = "ready"
    REFUSED = "refused"


@dataclass
class _Job:
    """A submission and what happened to it so far."""

    work: RemoteWork
    lost: int = 0  # workers that ended while they were at work on it
    failures: int = 0
    failed_at: set[str] = field(default_factory=set)
    parcel: Parcel | None = None

    @property
    def alone(self) -> bool:
        """Whether it may be what ends workers: nothing else is at a worker together with it."""
        return self.lost >= LOST_TOGETHER


@dataclass
class _Worker:
    host: str
    state: State = State.NEW
    slots: int = 0
    bad_luck: int = 0
    tries: int = 0  # to prepare it
    flying: list[int] = field(default_factory=list)


@dataclass
class _Flight:
    worker: str
    job: _Job | None  # None: it is being prepared


@dataclass
class Dispatch:
    """One batch on `machines`. `most` limits how many submissions are away at a time."""

    machines: Machines
    post: Post
    progress: Progress
    most: int | None = None
    patience_s: float = 1800.0  # without any worker
    grace_s: float = 5.0  # with none but refused ones
    clock: Callable[[], float] = time.monotonic
    remarks: list[str] = field(default_factory=list)
    _workers: dict[str, _Worker] = field(default_factory=dict)
    _flights: dict[int, _Flight] = field(default_factory=dict)
    _pending: deque[_Job] = field(default_factory=deque)
    _done: deque[tuple[_Job, Worked | GaveUp]] = field(default_factory=deque)
    _numbers: Iterator[int] = field(default_factory=count)

    def run(self, works: Iterable[RemoteWork], left: int) -> Generator[tuple[Submission, Worked | GaveUp], None, None]:
        """Each of the submissions, of which there are `left`, once, with what came of it.

        Raises ExecutorError when no worker is left.
        """
        queue, looked, seen = iter(works), float("-inf"), self.clock()
        while left:
            try:
                if self.clock() - looked >= LOOK_S:
                    self._look()
                    looked = self.clock()
                self._hand_out(queue)
                self._take(self.machines.answer(LOOK_S if self._flights else LOOK_S / 4))
            except ConnectionGone:
                self._forget_flights()
                self.progress.stage("", "the scheduler is away")
                self.machines.reconnect()
                looked = float("-inf")
            if self._usable():
                seen = self.clock()
            self._check_patience(self.clock() - seen)
            while self._done:
                job, outcome = self._done.popleft()
                left -= 1
                if job.parcel is not None:
                    self.post.discard(job.parcel)
                yield job.work.submission, outcome

    # workers

    def _look(self) -> None:
        present = self.machines.present()
        for address in [one for one in self._workers if one not in present]:
            self._gone(address)
        for address, host in present.items():
            worker = self._workers.setdefault(address, _Worker(host))
            if worker.state is State.NEW:
                self._prepare(address, worker)

    def _prepare(self, address: str, worker: _Worker) -> None:
        number = next(self._numbers)
        worker.state = State.PREPARING
        self._flights[number] = _Flight(address, None)
        worker.flying.append(number)
        self.machines.prepare(number, address)

    def _gone(self, address: str) -> None:
        worker = self._workers.pop(address)
        self.progress.stage("", f"{worker.host} is gone")
        working = [number for number in worker.flying if self._flights[number].job is not None]
        for place, number in enumerate(working):
            self._lost(number, "its worker is gone", counts=place < worker.slots)
        for number in [number for number in worker.flying if number in self._flights]:
            self._land(number)

    def _usable(self) -> bool:
        return any(one.state is not State.REFUSED for one in self._workers.values())

    def _check_patience(self, waited: float) -> None:
        """Raises ExecutorError if for so many seconds there was no worker that may be used."""
        refused = any(one.state is State.REFUSED for one in self._workers.values())
        if refused and waited >= self.grace_s:
            listed = "\n".join(dict.fromkeys(self.remarks))
            raise ExecutorError(f"expected a worker that may grade, found none:\n{listed}")
        if not refused and waited >= self.patience_s:
            raise ExecutorError(
                f"expected workers, found none for {waited:.0f} s\n"
                "hint: start workers and give the same command again: what is graded is kept"
            )

    # submissions

    def _hand_out(self, queue: Iterator[RemoteWork]) -> None:
        while (self.most is None or self._away() < self.most) and (found := self._next(queue)) is not None:
            self._send(*found)

    def _away(self) -> int:
        return sum(flight.job is not None for flight in self._flights.values())

    def _next(self, queue: Iterator[RemoteWork]) -> tuple[_Job, str] | None:
        """A submission and the worker for it: what has to be tried again comes first; what has to be alone, last."""
        if not any(self._has_room(worker) for worker in self._workers.values()):
            return None
        if (found := self._again(alone=False)) is not None:
            return found
        if (work := next(queue, None)) is None:
            return self._again(alone=True)
        job = _Job(work)
        address = self._place(job)
        return None if address is None else (job, address)

    def _again(self, *, alone: bool) -> tuple[_Job, str] | None:
        for job in self._pending:
            if job.alone is alone and (address := self._place(job)) is not None:
                self._pending.remove(job)
                return job, address
        return None

    def _has_room(self, worker: _Worker) -> bool:
        most = worker.slots + AHEAD if worker.bad_luck < BAD_LUCK else 1
        if worker.state is not State.READY or len(worker.flying) >= most:
            return False
        return not any((job := self._flights[number].job) is not None and job.alone for number in worker.flying)

    def _place(self, job: _Job) -> str | None:
        """The worker with the most room, but never again one that failed at it while there is another."""
        ready = {address: one for address, one in self._workers.items() if one.state is State.READY}
        others = {address: one for address, one in ready.items() if address not in job.failed_at} or ready
        fitting = [address for address, one in others.items() if self._has_room(one) and not (job.alone and one.flying)]
        return min(
            fitting, key=lambda one: (ready[one].bad_luck, len(ready[one].flying) - ready[one].slots), default=None
        )

    def _send(self, job: _Job, address: str) -> None:
        if job.parcel is None:
            job.parcel = self.post.pack(packed_work(job.work))
            self.progress.started(job.work.submission.student)
        number, worker = next(self._numbers), self._workers[address]
        self._flights[number] = _Flight(address, job)
        worker.flying.append(number)
        self.progress.stage(job.work.submission.student, f"at {worker.host}")
        self.machines.work(number, address, job.parcel)

    # answers

    def _take(self, answer: MachineAnswer | None) -> None:
        if answer is None or (flight := self._flights.get(answer.number)) is None:
            return  # a late answer: somebody else has the submission, or has done it
        worker = self._workers[flight.worker]
        if flight.job is None:
            self._land(answer.number)
            self._prepared(flight.worker, worker, answer)
        elif answer.value is None:
            self._lost(answer.number, answer.words)
        else:
            self._worked(answer, flight.job, worker)

    def _prepared(self, address: str, worker: _Worker, answer: MachineAnswer) -> None:
        value = answer.value or {"refused": answer.words}
        worker.tries += 1
        if answer.value is None and worker.tries < PREPARATIONS:
            worker.state = State.NEW  # it is gone, or will be asked again
            return
        worker.host = str(value.get("host", worker.host))
        if isinstance(slots := value.get("slots"), int) and slots > 0:
            worker.state, worker.slots, worker.tries = State.READY, slots, 0
            self.progress.stage("", f"{worker.host} is ready, for {slots} at a time")
            return
        worker.state = State.REFUSED
        remark = f"{worker.host} ({address}) gets no submissions: {value.get('refused')}"
        self.remarks.append(remark)
        self.progress.stage("", remark)

    def _worked(self, answer: MachineAnswer, job: _Job, worker: _Worker) -> None:
        value = answer.value or {}
        if "lost" in value:
            worker.state = State.NEW
            self._lost(answer.number, str(value["lost"]))
        elif "unprepared" in value:
            worker.state = State.NEW
            self._land(answer.number)
            self._wait(job)
        elif "error" in value:
            self._land(answer.number)
            self._done.append((job, GaveUp(str(value["error"]))))
        else:
            address = self._flights[answer.number].worker
            self._land(answer.number)
            self._arrived(job, address, worker, value)

    def _arrived(self, job: _Job, address: str, worker: _Worker, value: Mapping[str, Any]) -> None:
        found, problem = self._opened(value)
        if problem is None and found is not None:
            worker.bad_luck = 0
            self._done.append((job, found))
            return
        worker.bad_luck += 1
        job.failures += 1
        job.failed_at.add(address)
        if job.failures < FAILURES:
            self._wait(job)
        else:
            why = GaveUp(f"{job.failures} tries failed, the last one on {worker.host}: {problem}")
            self._done.append((job, why if found is None else found))

    def _opened(self, value: Mapping[str, Any]) -> tuple[Worked | None, str | None]:
        """What came back, and what was wrong with it or with the machine."""
        problem = str(value["failed"]) if "failed" in value else None
        if "done" not in value:
            return None, problem or "it came back without a result"
        try:
            found = unpacked_result(self.post.unpack(value["done"]))
            self.post.discard(value["done"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            return None, problem or f"what came back cannot be read: {error}"
        return found, problem

    def _lost(self, number: int, words: str, *, counts: bool = True) -> None:
        """Its worker, or the grading process there, ended before it was done."""
        job = self._flights[number].job
        self._land(number)
        if job is None:
            return
        job.lost += counts
        if job.lost < LOST_TOGETHER + LOST_ALONE:
            self._wait(job)
            return
        alone = f"{LOST_ALONE} times when it was alone there"
        reason = f"{job.lost} workers ended while they were at work on this, {alone}; the last time {words}"
        self._done.append((job, GaveUp(reason)))

    def _forget_flights(self) -> None:
        """The scheduler has forgotten everything: all is given out again."""
        for number in list(self._flights):
            if (job := self._flights[number].job) is not None:
                self._wait(job)
            self._land(number)
        self._workers.clear()

    def _wait(self, job: _Job) -> None:
        self._pending.append(job)
        self.progress.stage(job.work.submission.student, "waits for a worker")

    def _land(self, number: int) -> None:
        flight = self._flights.pop(number)
        if (worker := self._workers.get(flight.worker)) is not None and number in worker.flying:
            worker.flying.remove(number)
        self.machines.drop(number)
