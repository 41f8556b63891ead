"""GPUs: one running box for each, what a box holds of one, and whether it still works after a kill.

Nothing of this has been run on a GPU yet: see docs/gpu.md.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from grader.sandbox.protocol import Command, Execution, Limits, Sandbox, Status

_DEVICES = Path("/dev")
_LOOK_S = 0.2
_ANSWER_S = 10.0
_QUERY = ("nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits")


def gpus(devices: Path = _DEVICES) -> tuple[Path, ...]:
    """The device nodes of this machine's NVIDIA GPUs, by number; of those, what a scheduler gave to this process."""
    found = {
        int(match[1]): path for path in devices.glob("nvidia*") if (match := re.fullmatch(r"nvidia(\d+)", path.name))
    }
    given = _given(os.environ)
    return tuple(found[number] for number in sorted(found) if given is None or number in given)


def _given(environment: Mapping[str, str]) -> set[int] | None:
    """The numbers of the GPUs that this process may use; None where nobody says, or in another way than by numbers.

    Slurm's own numbers are those of the machine, while CUDA_VISIBLE_DEVICES may count only what a job sees.
    """
    for name in ("SLURM_JOB_GPUS", "CUDA_VISIBLE_DEVICES"):
        if re.fullmatch(r"\d+(,\d+)*", said := environment.get(name, "")):
            return {int(number) for number in said.split(",")}
    return None


@contextlib.contextmanager
def one_gpu(nodes: Sequence[Path]) -> Iterator[Path | None]:
    """Wait for a GPU that no other box uses, of this grader or another; None where there are no numbered ones.

    The lock lies on the device node itself: so it holds for everybody on the machine and ends with its holder.
    """
    if not nodes:
        yield None
        return
    with contextlib.ExitStack() as opened:
        descriptors = {}
        for node in nodes:
            descriptors[node] = os.open(node, os.O_RDONLY | os.O_CLOEXEC)
            opened.callback(os.close, descriptors[node])
        while (free := _locked(descriptors)) is None:
            time.sleep(_LOOK_S)
        yield free


def _locked(descriptors: dict[Path, int]) -> Path | None:
    import fcntl  # which Windows lacks

    for node, descriptor in descriptors.items():
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return node
    return None


HEALTH = Command("gpu_health", {}, limits=Limits(wall_s=120, cpu_s=60, memory_mib=16384), device="cuda")


def is_healthy(execution: Execution) -> bool:
    """Whether `HEALTH` has computed what it should."""
    return execution.status is Status.EXITED and [frame.header for frame in execution.frames] == [{"healthy": True}]


def gpu_problem(sandbox: Sandbox) -> str | None:
    """Why programs in `sandbox` cannot compute on a GPU; None if they can."""
    health = sandbox.run(HEALTH)
    return None if is_healthy(health) else health.reason or "a small computation came out wrong"


def gpu_memory(pids: Sequence[int]) -> int | None:
    """Bytes of GPU memory that these processes hold, by their host pids; None where nobody can tell."""
    try:
        said = subprocess.run(_QUERY, capture_output=True, text=True, timeout=_ANSWER_S, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return held_by(pids, said)


def held_by(pids: Sequence[int], said: str) -> int:
    """The sum over `pids` of what nvidia-smi says, one `pid, MiB` a line; what is no number counts as 0."""
    rows = [line.split(",") for line in said.splitlines()]
    return sum(
        int(row[1]) << 20 for row in rows if len(row) == 2 and row[1].strip().isdigit() and int(row[0]) in set(pids)
    )
