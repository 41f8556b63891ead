"""No protection at all, for one's own code: a plain process of the user's. Also for systems that are not Linux."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import grader.inside
from grader.sandbox.loaded_beforehand import beforehand
from grader.sandbox.piped import PipedBox
from grader.sandbox.protocol import UNPROTECTED, Command, Execution, Status
from grader.sandbox.supervise import supervise

WARNING = (
    "WARNING: --sandbox none: student code runs with all your rights. It can read and delete your files, reach "
    "the network, and change grades. Only for code that you wrote yourself; every grade is marked."
)
START_S = 180.0
# `inside` is loaded by its path: on sys.path its neighbours would hide the author's own modules.
_START = """
import gc, sys; gc.disable()
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("inside", {file!r}, submodule_search_locations=[{folder!r}])
sys.modules["inside"] = package = module_from_spec(spec); spec.loader.exec_module(package)
from inside.pipes import unprotected
unprotected({scratch!r}, {warm!r}, {threads}, {device!r})
"""


@dataclass(frozen=True)
class NoSandbox:
    """Runs commands in plain processes; may be used from several threads at once.

    Limits hold as far as the system has them: wall time everywhere; CPU time, memory, sizes of files on
    Linux; processes, files and the network are not limited. `warm` and `threads` are those of every sandbox.
    """

    warm: Sequence[str] = ("torch",)
    threads: int = 1
    wall: ClassVar[str] = UNPROTECTED

    def run(self, command: Command) -> Execution:
        """Run `command` in a new process, which is killed afterwards with those it left in its group."""
        try:
            with tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True) as scratch:
                return self._run(command, Path(scratch))
        except Exception as error:  # noqa: BLE001 - any failure here is ours and must not become the student's
            return Execution(Status.SANDBOX_FAILED, str(error) or repr(error))

    def _run(self, command: Command, scratch: Path) -> Execution:
        warm = beforehand(command, self.warm).packages
        process = subprocess.Popen(
            [sys.executable, "-E", "-P", "-c", start_code(scratch, warm, self.threads, command.device)],
            env=_environment(self.threads),
            cwd=scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C in the terminal must not look like the program's own end
        )
        with PipedBox(process, lambda: _kill(process), lambda: _pid(process), own_files=False) as box:
            box.wait_until_ready(START_S)
            return supervise(box, command)


def start_code(scratch: Path, warm: Sequence[str], threads: int, device: str) -> str:
    """The Python code a process starts with."""
    file = Path(grader.inside.__file__)
    return _START.format(
        file=str(file), folder=str(file.parent), scratch=str(scratch), warm=list(warm), threads=threads, device=device
    )


def _environment(threads: int) -> Mapping[str, str]:
    libraries = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    ours = {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **ours, **dict.fromkeys(libraries, str(threads))}


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _pid(process: subprocess.Popen[bytes]) -> int | None:
    return process.pid if Path("/proc/self/stat").exists() else None
