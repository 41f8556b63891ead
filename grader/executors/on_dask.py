"""A batch on Dask's workers, however they were started. Imported only where `--executor` asks for it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.remote_work import GaveUp, RemoteWork, Task, Worked
from grader.executors.choice import ExecutorChoice
from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import ClusterFile
from grader.executors.dask_cluster import CONNECT_S, DaskMachines, settings
from grader.executors.dispatch import Dispatch
from grader.executors.launch import Opened, reached, slurm, ssh
from grader.executors.parcels import Post
from grader.executors.session import BatchSession
from grader.submission import Submission

PATIENCE_S = {"dask": 600.0, "ssh": 600.0, "slurm": 7 * 24 * 3600.0}  # a queue may be long
REFUSED_S = {"dask": 5.0, "ssh": 15.0, "slurm": 60.0}


@dataclass
class OnDask:
    """What `--executor` and `--cluster` say. `jobs` limits how many submissions are away at a time."""

    choice: ExecutorChoice
    file: ClusterFile
    jobs: int | None
    out: Path
    remarks: list[str] = field(default_factory=list)

    def run(
        self, task: Task, works: Iterable[RemoteWork], count: int
    ) -> Generator[tuple[Submission, Worked | GaveUp], None, None]:
        """Each submission once. Raises ExecutorError when no machine is left, or none can be reached."""
        post = Post(self.file.shared)
        with settings(), self._opened(task, count) as found:
            session = post.pack(BatchSession.of(task, self.file.shared).packed())
            machines = self._machines(task, found, session)
            dispatch = Dispatch(
                machines,
                post,
                task.progress,
                most=self.jobs,
                patience_s=self.file.patience or PATIENCE_S[self.choice.kind],
                grace_s=REFUSED_S[self.choice.kind],
            )
            task.progress.stage("", "waiting for the first worker")
            with _connected(machines):
                yield from dispatch.run(works, count)
            post.discard(session)
        self.remarks += dict.fromkeys(dispatch.remarks)

    def _opened(self, task: Task, count: int) -> AbstractContextManager[Opened]:
        if self.choice.kind == "dask":
            return reached(self.choice.address, self.file.tls)
        if self.choice.kind == "slurm":
            return slurm(self.file, count, self.jobs, task.device, self.out)
        return ssh(self.choice.hosts, self.file.ssh, task.device)

    def _machines(self, task: Task, found: Opened, session: dict[str, object]) -> DaskMachines:
        shared = None if self.file.shared is None else str(self.file.shared)
        return DaskMachines(
            found.address,
            found.security,
            task.name,
            session,
            shared,
            task.device,
            watch=found.watch,
            patience_s=self.file.patience or PATIENCE_S["dask"],
        )


@contextlib.contextmanager
def _connected(machines: DaskMachines) -> Iterator[None]:
    """Reach the scheduler; at the end let the workers end the batch. Raises ExecutorError."""
    try:
        machines.connect(min(CONNECT_S, machines.patience_s))
    except (OSError, ValueError) as error:
        raise ExecutorError(
            f"expected a scheduler at {machines.address}, found: {error}\n"
            "hint: is it running, does its address begin with tls:// if it was started with certificates, "
            "and does this machine reach it?"
        ) from error
    try:
        yield
    finally:
        machines.end()
        machines.close()
