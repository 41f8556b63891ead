"""Workers started by ssh. Keys and the scheduler's address go through its pipe; when that closes, they end."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from distributed import Security

from grader.executors.choice import Host
from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import Ssh
from grader.executors.remote import JOINED
from grader.sandbox.protocol import Device

MOST_STARTS, PAUSE_S, LONGEST_PAUSE_S = 5, 3.0, 60.0
# ConnectTimeout holds for the greeting as well: a router may take the connection while the machine behind it is away.
SSH_WAYS = ("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4")


@dataclass
class _Started:
    host: Host
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None
    since: float = 0.0
    starts: int = 0  # since it last worked for a while
    has_worked: bool = False
    problem: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it is not tried any more. What has worked is: a network may come back."""
        return not self.has_worked and self.starts >= MOST_STARTS and self.process is None

    @property
    def pause_s(self) -> float:
        """Before the next try, longer each time."""
        return min(PAUSE_S * 2.0 ** max(0, self.starts - 1), LONGEST_PAUSE_S)


@dataclass
class SshWorkers:
    """One worker on each host; one that ends is started again, some times."""

    hosts: Sequence[Host]
    how: Ssh
    address: str
    security: Security
    device: Device
    _all: list[_Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._all = [_Started(host) for host in self.hosts]
        for one in self._all:
            self._start(one)

    def watch(self) -> None:
        """Start again what has ended. Raises ExecutorError once no host is left."""
        now = time.monotonic()
        for one in self._all:
            if one.process is not None and one.process.poll() is not None:
                self._ended(one, now)
            if one.process is None and not one.has_failed and now - one.since >= one.pause_s:
                self._start(one)
        if all(one.has_failed for one in self._all):
            listed = "\n".join(f"{one.host.name}: {one.problem}" for one in self._all)
            raise ExecutorError(
                f"expected a worker on one of the hosts, found none that starts:\n{listed}\n"
                "hint: try `ssh HOST python -c 'import grader, distributed'`; [ssh] python in --cluster FILE names "
                "another Python"
            )

    def close(self) -> None:
        """End all of them: they notice that nobody writes to them any more."""
        for one in self._all:
            if one.process is not None and one.process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    one.process.stdin.close()
        for one in self._all:
            if one.process is not None:
                try:
                    one.process.wait(5)
                except subprocess.TimeoutExpired:
                    one.process.kill()
                    one.process.wait()
            if one.log is not None:
                one.log.close()

    def _start(self, one: _Started) -> None:
        python = self.how.python or sys.executable
        command = f"exec {shlex.quote(python)} -m grader.executors.remote"
        one.starts, one.since = one.starts + 1, time.monotonic()
        if one.log is not None:
            one.log.close()
        one.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        one.process = subprocess.Popen(
            ["ssh", "-T", *(f"-o{way}" for way in SSH_WAYS), *self.how.options, one.host.name, command],
            stdin=subprocess.PIPE,
            stdout=one.log,
            stderr=one.log,
        )
        self._tell(one)

    def _tell(self, one: _Started) -> None:
        keys = self.security.get_tls_config_for_role("worker")
        told = {
            "address": self.address,
            "name": one.host.name,
            "slots": one.host.slots,
            "gpu": self.device == "cuda",
            "ca": keys["ca_file"],
            "cert": keys["cert"],
            "key": keys["key"],
        }
        assert one.process is not None and one.process.stdin is not None  # noqa: S101, PT018 - a pipe was asked for
        try:
            one.process.stdin.write(json.dumps(told).encode() + b"\n")
            one.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; `watch` says so

    def _ended(self, one: _Started, now: float) -> None:
        assert one.process is not None and one.log is not None  # noqa: S101, PT018 - it was started
        one.log.seek(0)
        lines = one.log.read().decode("utf-8", "replace").strip().splitlines()
        if JOINED in lines:
            lines.remove(JOINED)
            one.has_worked, one.starts = True, 0
        one.problem = lines[-1][:300] if lines else f"it ended with status {one.process.returncode}"
        if one.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                one.process.stdin.close()
        one.process, one.since = None, now
