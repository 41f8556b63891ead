"""What dispatching needs of a cluster. `grader.executors.dask_cluster` has it of Dask's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from grader.executors.parcels import Parcel


@dataclass(frozen=True)
class MachineAnswer:
    """What became of a request to a worker, by the request's number. `value` is None if nothing can be said of it."""

    number: int
    value: Mapping[str, Any] | None
    words: str = ""


class Machines(Protocol):
    """Workers by address. Every method may raise ConnectionGone; then nothing is in flight any more."""

    def present(self) -> Mapping[str, str]:
        """The workers that are there now: address and host."""
        ...

    def prepare(self, number: int, worker: str) -> None:
        """Let a worker begin the batch; the answer comes later."""
        ...

    def work(self, number: int, worker: str, parcel: Parcel) -> None:
        """Give a worker one piece of work; the answer comes later."""
        ...

    def drop(self, number: int) -> None:
        """Nobody waits for this request any more."""
        ...

    def answer(self, timeout_s: float) -> MachineAnswer | None:
        """The next answer, None if there is none in that time."""
        ...

    def reconnect(self) -> None:
        """Find the cluster again after ConnectionGone. Raises ExecutorError when it stays away."""
        ...
