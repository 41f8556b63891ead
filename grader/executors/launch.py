"""Starting workers: by Slurm, by ssh, or by somebody else."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import LocalCluster, Security

from grader.executors.certificates import in_files, temporary
from grader.executors.choice import Host
from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import ClusterFile, Ssh, Tls
from grader.executors.ssh_workers import SshWorkers
from grader.sandbox.protocol import Device

if TYPE_CHECKING:
    from grader.executors.slurm_queue import Queue

CLOSE_S = 10.0
SLURM_JOBS = 8
DEAD_JOBS = 3
REGISTERED = "Registered to"  # what a worker of Dask's logs


@dataclass(frozen=True)
class Opened:
    """Where the scheduler is. `watch` is called now and then: it sees to the workers, and raises ExecutorError."""

    address: str
    security: Security | None
    watch: Callable[[], None] = lambda: None


@contextlib.contextmanager
def reached(address: str, tls: Tls | None) -> Iterator[Opened]:
    """A cluster that is there. Without `tls` Dask's own settings say which certificates to use, if any."""
    if address.endswith(".json"):
        address = _written(Path(address))
    security = Security() if address.startswith("tls://") else None
    if tls is not None:
        _check_files(tls)
        files = {"tls_ca_file": str(tls.ca), "tls_client_cert": str(tls.cert), "tls_client_key": str(tls.key)}
        security = Security(require_encryption=True, **files)
    if security is not None and not security.tls_ca_file:
        raise ExecutorError(
            f"{address}: expected certificates for a scheduler with TLS, found none\n"
            "hint: give --cluster FILE with [tls] ca, cert and key"
        )
    yield Opened(address, security)


def _check_files(tls: Tls) -> None:
    for name, path in (("ca", tls.ca), ("cert", tls.cert), ("key", tls.key)):
        if not path.is_file():
            raise ExecutorError(
                f"[tls] {name}: expected a file, found none at {path}\n"
                "hint: mend [tls] in the file given with --cluster; paths are from the folder where you are"
            )


def _written(path: Path) -> str:
    """The address that a scheduler wrote into its file."""
    found = re.search(r'"address":\s*"((?:tcp|tls)://[^"]+)"', path.read_text("utf-8", "replace"))
    if found is None:
        raise ExecutorError(
            f"{path}: expected a scheduler's address, found none\nhint: `dask scheduler --scheduler-file` writes it"
        )
    return found[1]


@contextlib.contextmanager
def slurm(file: ClusterFile, count: int, most: int | None, device: Device, out: Path) -> Iterator[Opened]:
    """Jobs in Slurm's queue, each a worker; what ends too early is replaced. Raises ExecutorError."""
    from dask_jobqueue import SLURMCluster

    from grader.executors.slurm_queue import Queue

    with _private(file.shared or out) as folder:
        given = _slurm_settings(file.slurm, device, folder)
        wanted = given.pop("jobs", None) or (SLURM_JOBS if most is None else ceil(most / given["cores"]))
        jobs = max(1, min(wanted, ceil(count / given["cores"])))
        security = in_files(temporary(), folder)  # jobs read them there
        queue = Queue()
        try:
            cluster = SLURMCluster(protocol="tls://", security=security, job_cls=queue.job(), **given)
        except (TypeError, ValueError, OSError, RuntimeError) as error:
            raise ExecutorError(
                f"--executor slurm: {error}\nhint: mend [slurm] in the file given with --cluster"
            ) from error
        try:
            queue.fill(cluster, jobs)
            logs = Path(given["log_directory"])
            yield Opened(cluster.scheduler_address, security, lambda: _see_to_jobs(queue, cluster, logs, jobs))
        finally:
            with contextlib.suppress(Exception):
                cluster.close(timeout=CLOSE_S)


def _see_to_jobs(queue: Queue, cluster: Any, logs: Path, jobs: int) -> None:
    queue.see_to(cluster, jobs)
    _check_jobs(cluster, logs, jobs)


def _check_jobs(cluster: Any, logs: Path, jobs: int) -> None:
    """Raises ExecutorError if jobs end without ever having become workers: they would be replaced for ever."""
    ended = sorted(logs.glob("*.out"), key=lambda path: path.stat().st_mtime)
    if len(ended) < jobs + DEAD_JOBS or cluster.scheduler_info["workers"]:
        return
    lines = ended[0].read_text("utf-8", "replace").strip().splitlines() or ["they said nothing"]
    if not any(REGISTERED in path.read_text("utf-8", "replace") for path in ended):
        raise ExecutorError(
            f"expected Slurm's jobs to become workers, found {len(ended)} of them ended or waiting in vain: "
            f"{lines[-1][:300]}\nhint: does a node see this Python ({sys.executable}) and reach this machine? "
            "[slurm] python and interface in --cluster FILE name others"
        )


def _slurm_settings(given: dict[str, Any], device: Device, folder: Path) -> dict[str, Any]:
    """The site's settings, with what grading needs where they leave it open."""
    found = {"cores": 1, "memory": "4GiB", "processes": 1, "python": sys.executable, **given}
    found = {"walltime": "04:00:00", "death_timeout": 60, "log_directory": str(folder / "logs"), **found}
    found["scheduler_options"] = {"dashboard_address": None, **found.get("scheduler_options", {})}
    extra = ["--no-dashboard", *found.get("worker_extra_args", [])]
    if device == "cuda":
        directives = list(found.get("job_extra_directives", []))
        if not any("gpu" in one for one in directives):
            directives.append("--gres=gpu:1")
        found["job_extra_directives"] = directives
        if "--resources" not in extra:
            extra += ["--resources", "GPU=1"]
    found["worker_extra_args"] = extra
    return found


@contextlib.contextmanager
def _private(parent: Path) -> Iterator[Path]:
    """A folder for keys and logs, for this user alone. On a disk that the nodes see."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".grader-slurm-", dir=parent, ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


@contextlib.contextmanager
def ssh(hosts: Sequence[Host], how: Ssh, device: Device) -> Iterator[Opened]:
    """A scheduler here, and a worker on each host for as long as this process lives."""
    security = temporary()
    place = {"host": how.host} if how.host else {"host": _own_address()}
    with LocalCluster(
        n_workers=0, protocol="tls", security=security, dashboard_address=None, silence_logs="critical", **place
    ) as cluster:
        workers = SshWorkers(hosts, how, cluster.scheduler_address, security, device)
        try:
            yield Opened(cluster.scheduler_address, security, workers.watch)
        finally:
            workers.close()


def _own_address() -> str:
    from distributed.utils import get_ip

    return str(get_ip())
