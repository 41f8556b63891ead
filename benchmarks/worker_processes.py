"""A cluster of Dask's on this machine: a scheduler and workers as processes of their own, with certificates."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.course import ROOT
from grader.executors.certificates import in_files, temporary

TTL_S = 6
CLOCK = """
import os, time
_off, _time, _time_ns = float(os.environ.get("CLOCK_OFF", "0")), time.time, time.time_ns
time.time = lambda: _time() + _off
time.time_ns = lambda: _time_ns() + int(_off * 10**9)
if "OTHER_TORCH" in os.environ:
    import importlib.metadata
    _version = importlib.metadata.version
    importlib.metadata.version = lambda name: os.environ["OTHER_TORCH"] if name == "torch" else _version(name)
"""
CLUSTER = """
patience = 120

[tls]
ca = "{folder}/ca_file.pem"
cert = "{folder}/cert.pem"
key = "{folder}/key.pem"
"""


@dataclass
class WorkerProcesses:
    """Files in `folder`; nothing runs before it is started."""

    folder: Path
    scheduler: subprocess.Popen[bytes] | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        in_files(temporary(), self.folder)
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        (self.folder / "cluster.toml").write_text(CLUSTER.format(folder=self.folder))
        (self.folder / "site").mkdir()
        (self.folder / "site/sitecustomize.py").write_text(CLOCK)

    @property
    def address(self) -> str:
        """Where the scheduler is, or will be again."""
        return f"tls://127.0.0.1:{self.port}"

    @property
    def options(self) -> list[str]:
        """What `grader grade` has to be told."""
        return ["--executor", f"dask:{self.address}", "--cluster", str(self.folder / "cluster.toml")]

    def start_scheduler(self) -> None:
        """Start it, or start it again at the same place."""
        self.scheduler = self._started("scheduler", ["--host", "127.0.0.1", "--port", str(self.port)], {})

    def start_worker(self, name: str, **environment: str) -> None:
        """Start a worker of one thread, in place of one that has ended, or ends now."""
        if name in self.workers:
            _end(self.workers[name])
        given = [self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60", "--name", name]
        given += ["--local-directory", str(self.folder / name), "--memory-limit", "0"]
        self.workers[name] = self._started("worker", given, environment, name)

    def grading_processes(self, name: str) -> list[int]:
        """The processes that grade for a worker."""
        found = []
        for task in Path(f"/proc/{self.workers[name].pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [pid for pid in map(int, task.read_text().split()) if b"executors.crew" in _command(pid)]
        return found

    def close(self) -> None:
        """End all of them."""
        for process in [*self.workers.values(), self.scheduler]:
            if process is not None:
                _end(process)

    def _started(
        self, what: str, given: list[str], environment: dict[str, str], name: str = ""
    ) -> subprocess.Popen[bytes]:
        keys = [f"--tls-{option}={self.folder}/{file}.pem" for option, file in _FILES.items()]
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *keys, *given]
        with (self.folder / f"{name or what}.log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, env={**os.environ, **self._site, **environment}
            )

    @property
    def _site(self) -> dict[str, str]:
        return {
            "PYTHONPATH": f"{self.folder / 'site'}:{ROOT}",
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": f"{TTL_S}s",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
        }


_FILES = {"ca-file": "ca_file", "cert": "cert", "key": "key"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def until(holds: Callable[[], bool], wait_s: float = 120.0) -> bool:
    """Wait until something holds; whether it did in time."""
    end = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
