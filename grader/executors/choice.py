"""`--executor`: which machines grade. Reading it imports nothing of Dask's."""

from __future__ import annotations

import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.executors.cluster_errors import ExecutorError

LOCAL = "local"
WAYS = "local, dask:ADDRESS, slurm, ssh:HOST,HOST"
_HOST = re.compile(r"(?P<name>[\w.@:\[\]-]+?)(?:\*(?P<slots>[1-9]\d{0,3}))?")
_NEEDED = ("distributed", "cryptography")


@dataclass(frozen=True)
class Host:
    """A machine to be reached by ssh; `slots` submissions at a time, None for one per core (or GPU)."""

    name: str
    slots: int | None = None


@dataclass(frozen=True)
class ExecutorChoice:
    """`kind` is local, dask, slurm or ssh; `address` is a scheduler's address or its file."""

    kind: str
    address: str = ""
    hosts: tuple[Host, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether this machine grades by itself."""
        return self.kind == LOCAL


def choice_of(text: str) -> ExecutorChoice:
    """What `--executor` says. Raises ExecutorError also where something that it needs is missing."""
    kind, colon, rest = text.partition(":")
    if kind == LOCAL and not colon:
        return ExecutorChoice(LOCAL)
    if kind == "slurm" and not colon:
        found = ExecutorChoice("slurm")
    elif kind == "dask" and rest:
        found = ExecutorChoice("dask", _address(rest))
    elif kind == "ssh" and rest:
        found = ExecutorChoice("ssh", hosts=tuple(_host(part.strip()) for part in rest.split(",") if part.strip()))
    else:
        raise ExecutorError(
            f"--executor: expected one of {WAYS}, found {text!r}\n"
            "hint: dask:tls://head.example.org:8786 or dask:scheduler.json for a cluster that runs already"
        )
    _check_installed(found)
    return found


def _address(text: str) -> str:
    if re.fullmatch(r"(?:tcp|tls)://[^\s/]+:\d+", text) or text.endswith(".json"):
        return text
    if re.fullmatch(r"[\w.-]+:\d+", text):
        return f"tcp://{text}"
    raise ExecutorError(
        f"--executor: expected the address of a scheduler, such as dask:tls://head:8786, or its file, such as "
        f"dask:scheduler.json, found dask:{text}\nhint: `dask scheduler` prints its address when it starts"
    )


def _host(text: str) -> Host:
    match = _HOST.fullmatch(text)
    if match is None or text.startswith("-"):
        raise ExecutorError(
            f"--executor: expected hosts such as ssh:gpu1,gpu2*4, found {text!r}\n"
            "hint: gpu2*4 works on four submissions at a time"
        )
    slots = match["slots"]
    return Host(match["name"], None if slots is None else int(slots))


def _check_installed(choice: ExecutorChoice) -> None:
    needed = (*_NEEDED, "dask_jobqueue") if choice.kind == "slurm" else _NEEDED
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        raise ExecutorError(
            f"--executor {choice.kind}: expected the packages for several machines, found {', '.join(missing)} "
            "missing\nhint: pip install 'homework-grader[cluster]'"
        )
    program = {"slurm": "sbatch", "ssh": "ssh"}.get(choice.kind)
    if program is not None and shutil.which(program) is None:
        hints = {"sbatch": "give the command on a login node of the cluster", "ssh": "install an ssh client"}
        raise ExecutorError(
            f"--executor {choice.kind}: expected the program {program}, found none\nhint: {hints[program]}"
        )
    if choice.address.endswith(".json") and not Path(choice.address).is_file():
        raise ExecutorError(
            f"--executor: expected the scheduler's file, found none at {choice.address}\n"
            "hint: `dask scheduler --scheduler-file FILE` writes it"
        )
