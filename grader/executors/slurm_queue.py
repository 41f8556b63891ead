"""Jobs put into Slurm's queue: whether it takes them, and again after it refused some for a while."""

from __future__ import annotations

import time
from typing import Any

from dask_jobqueue.slurm import SLURMJob

from grader.executors.cluster_errors import ExecutorError

AGAIN_S, MOST_REFUSED = 30.0, 20  # seconds until a job is offered again; refusals in a row, while nobody works
SHOWN_LINES = 4


class Queue:
    """What `sbatch` said so far. Dask offers no more jobs once one was refused, so that has to be seen to here."""

    def __init__(self) -> None:
        self.taken = 0
        self.refused: list[str] = []  # since one was taken
        self._last = 0.0

    def job(self) -> type[SLURMJob]:
        """The kind of job that tells this queue what becomes of it."""
        queue = self

        class Job(SLURMJob):  # type: ignore[misc] # dask_jobqueue has no types
            async def _submit_job(self, script_filename: str) -> Any:
                try:
                    found = await super()._submit_job(script_filename)
                except Exception as error:
                    queue.refuse(str(error))
                    raise
                queue.take()
                return found

        return Job

    def take(self) -> None:
        """A job is in the queue."""
        self.taken += 1
        self.refused.clear()

    def refuse(self, said: str) -> None:
        """A job was not taken."""
        self.refused.append(said)
        self._last = time.monotonic()

    def fill(self, cluster: Any, jobs: int) -> None:
        """Keep so many jobs in the queue or at work."""
        cluster.adapt(minimum_jobs=jobs, maximum_jobs=jobs, interval="2s")

    def see_to(self, cluster: Any, jobs: int) -> None:
        """Offer jobs again that were refused. Raises ExecutorError if none was ever taken, or none for long."""
        if not self.refused:
            return
        rounds = len(self.refused) / jobs
        if not self.taken or (rounds > MOST_REFUSED and not cluster.scheduler_info["workers"]):
            raise ExecutorError(
                f"expected Slurm to take a job, found it refused: {_said(self.refused[-1])}\n"
                "hint: does `sinfo` work here? queue, account and the like stand in [slurm] of --cluster FILE"
            )
        if time.monotonic() - self._last > AGAIN_S:
            self._last = time.monotonic()
            self.fill(cluster, jobs)


def _said(error: str) -> str:
    """What `sbatch` wrote, of all that Dask tells about it."""
    lines = error.partition("stderr:")[2].strip().splitlines() or error.strip().splitlines()[:1]
    return "; ".join(lines[-SHOWN_LINES:])[:600]
