"""A cluster of Dask's: workers asked one by one, each request with the worker that it is for.

Dask carries requests and answers, and tells which workers are there. Which of them gets what is decided in
`grader.executors.dispatch`, which knows which ones are fit.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import dask
from distributed import Client, Future, Security, wait

from grader.executors import crews
from grader.executors.cluster_errors import ConnectionGone, ExecutorError
from grader.executors.machines import MachineAnswer
from grader.executors.parcels import Parcel
from grader.sandbox.protocol import Device

CONNECT_S, GATHER_S, END_S = 30.0, 60.0, 10.0
GPU = "GPU"
SETTINGS = {
    "distributed.scheduler.worker-ttl": "60s",  # how soon a worker that says nothing counts as gone
    "distributed.scheduler.allowed-failures": 0,  # dispatching decides what is tried again
    "distributed.scheduler.no-workers-timeout": None,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.large-graph-warning-threshold": "1GiB",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.comm.timeouts.tcp": "30s",
    "distributed.comm.timeouts.connect": "30s",
}


@contextlib.contextmanager
def settings() -> Iterator[None]:
    """Dask as grading needs it, in this process; what a user set in Dask's own files is not touched elsewhere."""
    for name in ("distributed", "tornado.application"):  # whose callbacks would show a traceback
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        yield


@dataclass
class DaskMachines:
    """Workers of the scheduler at `address`, for one batch: its `session` is what they are prepared with."""

    address: str
    security: Security | None
    name: str
    session: Parcel
    shared: str | None
    device: Device
    watch: Callable[[], None] = lambda: None
    patience_s: float = 600.0
    _client: Any = None
    _futures: dict[int, Future] = field(default_factory=dict)
    _answers: SimpleQueue[MachineAnswer] = field(default_factory=SimpleQueue)
    _resources: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _fetching: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "grader-fetch"))

    def connect(self, timeout_s: float = CONNECT_S) -> None:
        """Reach the scheduler. Raises OSError."""
        self._client = Client(
            self.address, security=self.security, timeout=timeout_s, set_as_default=False, name="grader"
        )

    def present(self) -> Mapping[str, str]:
        """The workers that the scheduler knows."""
        self.watch()
        found = self._try(lambda client: client.scheduler_info(n_workers=-1))["workers"]
        self._resources = dict(found)
        return {address: str(about.get("host", address)) for address, about in found.items()}

    def prepare(self, number: int, worker: str) -> None:
        """Let a worker begin the batch."""
        about = self._resources.get(worker, {})
        gpus = about.get("resources", {}).get(GPU)
        slots, given = int(about.get("nthreads", 1)), None if gpus is None else int(gpus)
        self._submit(number, worker, {}, crews.prepare, self.name, self.session, self.shared, slots, given)

    def work(self, number: int, worker: str, parcel: Parcel) -> None:
        """Give a worker a submission, with one of its GPUs if that is what it needs."""
        declared = GPU in self._resources.get(worker, {}).get("resources", {})
        needs = {GPU: 1} if self.device == "cuda" and declared else {}
        self._submit(number, worker, needs, crews.work, self.name, parcel)

    def drop(self, number: int) -> None:
        """Let Dask forget it."""
        if (future := self._futures.pop(number, None)) is not None and not future.cancelled():
            future.release()

    def answer(self, timeout_s: float) -> MachineAnswer | None:
        """The next answer. Raises ConnectionGone also where only waiting shows it."""
        try:
            return self._answers.get(timeout=timeout_s)
        except Empty:
            self._check()
            return None

    def reconnect(self) -> None:
        """Reach the scheduler again, for as long as patience lasts. Raises ExecutorError."""
        self.close()
        until = time.monotonic() + self.patience_s
        while True:
            try:
                self.connect(min(CONNECT_S, self.patience_s))
                return
            except OSError as error:
                if time.monotonic() >= until:
                    raise ExecutorError(
                        f"expected the scheduler at {self.address}, found none for {self.patience_s:.0f} s: {error}\n"
                        "hint: start it and give the same command again: what is graded is kept"
                    ) from error
                time.sleep(0.2)

    def end(self) -> None:
        """Let the workers end the batch, as far as they answer soon."""
        with contextlib.suppress(Exception):
            asked = [
                self._client.submit(crews.forget, self.name, workers=[worker], pure=False) for worker in self._resources
            ]
            wait(asked, timeout=END_S)

    def close(self) -> None:
        """Leave the scheduler; what is in flight is forgotten."""
        client, self._client = self._client, None
        self._futures.clear()
        self._answers = SimpleQueue()
        if client is not None:
            with contextlib.suppress(Exception):
                client.close(timeout=5)

    def _submit(
        self, number: int, worker: str, needs: Mapping[str, float], function: Callable[..., Any], *given: Any
    ) -> None:
        future = self._try(
            lambda client: client.submit(
                function, *given, workers=[worker], resources=dict(needs), pure=False, retries=0, priority=-number
            )
        )
        answers = self._answers
        self._futures[number] = future
        # Dask has one thread for all callbacks, and what has to be fetched may take a while.
        future.add_done_callback(lambda done: self._fetching.submit(_fetch, answers, number, done))

    def _try(self, ask: Callable[[Client], Any]) -> Any:
        self._check()
        try:
            return ask(self._client)
        except (OSError, TimeoutError, RuntimeError) as error:
            raise ConnectionGone(str(error)) from error

    def _check(self) -> None:
        if self._client is None or self._client.status != "running":
            raise ConnectionGone("the scheduler does not answer")


def _fetch(answers: SimpleQueue[MachineAnswer], number: int, done: Future) -> None:
    answers.put(_answer(number, done))


def _answer(number: int, done: Future) -> MachineAnswer:
    """What a request came to. A worker that is gone leaves nothing but words."""
    try:
        value = done.result(timeout=GATHER_S)
    except BaseException as error:  # noqa: BLE001 - Dask raises what it likes, and this thread is Dask's
        return MachineAnswer(number, None, f"{type(error).__name__}: {error}"[:300])
    return MachineAnswer(number, value)
