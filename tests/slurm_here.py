"""Slurm itself on this machine: one controller, some nodes of two cores, each with a GPU in name only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"
WAIT_S = 60.0
CONFIG = """
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={munge}/socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/%n.log
SlurmctldPort={port}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=defer,batch_sched_delay=0
ReturnToService=2
SwitchType=switch/none
MpiDefault=none
GresTypes=gpu
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=2 RealMemory=4000 Gres=gpu:1
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why Slurm cannot run here; None if it can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=SYSTEM) is None]
    if missing:
        return f"{', '.join(missing)} missing: apt-get install slurm-wlm munge"
    return None if os.geteuid() == 0 else "munged and slurmd need root"


@contextlib.contextmanager
def running(nodes: int) -> Iterator[dict[str, str]]:
    """The environment in which `sbatch` and its like reach the cluster. Everything has ended when it is left."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, tempfile.TemporaryDirectory(prefix="munge-") as munge:
        folder = Path(name)
        environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf", "PATH": f"{os.environ['PATH']}:{SYSTEM}"}
        started = _start(folder, Path(munge), nodes, environment)
        try:
            _until(lambda: set(_said(environment, "sinfo", "-h", "-o", "%t").split()) == {"idle"}, "idle nodes")
            yield environment
        finally:
            _stop(started, environment)


def _start(folder: Path, munge: Path, nodes: int, environment: dict[str, str]) -> dict[str, subprocess.Popen[bytes]]:
    folder.chmod(0o755)
    for path in (folder / "state", *(folder / f"spool-n{number}" for number in range(1, nodes + 1))):
        path.mkdir()
    host = socket.gethostname().partition(".")[0]
    ports = _free_ports(nodes + 1)
    numbers = {"port": ports, "first": ports + 1, "last": ports + nodes, "nodes": nodes}
    (folder / "slurm.conf").write_text(CONFIG.format(folder=folder, munge=munge, host=host, **numbers))
    gres = []
    for number in range(1, nodes + 1):
        os.mknod(folder / f"gpu{number}", 0o600 | 0o020000, os.makedev(1, 3))
        gres.append(f"NodeName=n{number} Name=gpu File={folder}/gpu{number}\n")
    (folder / "gres.conf").write_text("".join(gres))
    # Munge trusts neither a key nor a folder that others could write to.
    key = munge / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    munge.chmod(0o711)
    for path in (munge, key):
        shutil.chown(path, "munge", "munge")
    files = [f"--{kind}={munge}/{kind}" for kind in ("socket", "key-file", "pid-file", "log-file", "seed-file")]
    files[1] = f"--key-file={key}"
    commands = {
        "munged": ["munged", "--force", "--foreground", *files],
        "slurmctld": ["slurmctld", "-D", "-c", "-f", f"{folder}/slurm.conf"],
        **{
            f"n{number}": ["slurmd", "-D", "-N", f"n{number}", "-f", f"{folder}/slurm.conf"]
            for number in range(1, nodes + 1)
        },
    }
    started = {}
    for name, command in commands.items():
        as_munge = {"user": "munge", "group": "munge", "extra_groups": []} if name == "munged" else {}
        with (folder / f"{name}.out").open("wb") as log:
            started[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True, **as_munge
            )
        if name == "munged":
            _until((munge / "socket").exists, f"munged's socket: {(folder / 'munged.out').read_text()}")
    return started


def _stop(started: dict[str, subprocess.Popen[bytes]], environment: dict[str, str]) -> None:
    """Jobs first, then nodes, the controller, munge: a node would wait for a controller that is gone."""
    with contextlib.suppress(subprocess.SubprocessError, TimeoutError):
        _said(environment, "scancel", "--user=root", "--signal=KILL", "--full")
        _said(environment, "scancel", "--user=root")
        _until(lambda: not _said(environment, "squeue", "-h").strip(), "an empty queue", 20.0)
        _until(lambda: set(_said(environment, "sinfo", "-h", "-o", "%t").split()) == {"idle"}, "idle nodes", 20.0)
    for name in [*(name for name in started if name.startswith("n")), "slurmctld", "munged"]:
        process = started[name]
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _said(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout


def _until(holds: Callable[[], bool], what: str, wait_s: float = WAIT_S) -> None:
    until = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"expected {what} within {wait_s:.0f} s")
        time.sleep(0.05)


def _free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens at."""
    for first in range(20_000 + os.getpid() % 1000 * 10, 60_000, 50):
        with contextlib.ExitStack() as open_ports, contextlib.suppress(OSError):
            for port in range(first, first + count):
                open_ports.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise OSError("no free ports")
