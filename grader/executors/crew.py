"""A process on a worker that grades for one batch, so that what runs is what is installed there now.

It is started by `grader.executors.crews`, is told the session first, and ends when its starter does, or when nothing
was asked of it for a while. Every request comes with a stream of its own: bytes in, a JSON line and bytes out.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import pickle
import select
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from grader.assess.assessors import AssessorLost, Assessors
from grader.assess.failure import reason_of
from grader.batch.opening import one_thread
from grader.errors import UserError
from grader.executors.remote_grading import Grader
from grader.executors.session import BatchSession, unlike
from grader.executors.streams import read_all, write_answer
from grader.inside.descriptors import receive_message
from grader.sandbox.choose import choose
from grader.sandbox.gpu import gpu_problem, gpus
from grader.sandbox.protocol import Sandbox

LOG = logging.getLogger("grader")
IDLE_S = 900.0  # without work: its batch was killed
PREFIX = "grader-crew-"
_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS, errno.EIO})


class Unfit(Exception):
    """This machine may not grade for the batch. The message is for the TA."""


def main() -> None:
    """Serve until the starter hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    with _space() as space:
        message, descriptors = receive_message(control)
        if message is None:
            return
        with socket.socket(fileno=descriptors[0]) as stream:
            session: BatchSession = pickle.loads(read_all(stream))  # noqa: S301 - from the machine whose code runs here anyway
            try:
                grader, slots = prepared(session, space)
            except Unfit as error:
                write_answer(stream, {"refused": str(error)})
                return
            write_answer(stream, {"slots": slots})
        _serve(control, grader, slots)
    # Boxes and assessing processes end with this one.
    os._exit(0)


def prepared(session: BatchSession, space: Path) -> tuple[Grader, int]:
    """What grades, and how many submissions at a time. Raises Unfit; the sandbox has been attacked when it returns."""
    try:
        assignment = session.unpacked(space / "reference")
        if why := unlike(session, assignment):
            raise Unfit(why)
        one_thread()
        sandbox = choose(session.sandbox, assignment.warm)
        slots = session.slots if session.device == "cpu" else _gpu_slots(session, sandbox)
        return Grader(session, assignment, sandbox, Assessors(assignment, slots), space), slots
    except (UserError, OSError) as error:
        raise Unfit(str(error)) from error


def _gpu_slots(session: BatchSession, sandbox: Sandbox) -> int:
    """One box for each GPU that this worker was given."""
    if problem := gpu_problem(sandbox):
        raise Unfit(f"the GPU cannot be used in the sandbox: {problem}")
    here = max(1, len(gpus()))  # some kinds have no numbered nodes
    return here if session.gpus is None else max(1, min(here, session.gpus))


def _serve(control: socket.socket, grader: Grader, slots: int) -> None:
    pool = ThreadPoolExecutor(slots, thread_name_prefix="grader")
    busy = set[Any]()
    while True:
        heard = select.select([control], [], [], IDLE_S)[0]
        busy = {one for one in busy if not one.done()}
        if not heard:
            if busy:
                continue
            return
        message, descriptors = receive_message(control)
        if message is None:
            return
        busy.add(pool.submit(_answer, socket.socket(fileno=descriptors[0]), grader.grade))


def _answer(stream: socket.socket, grade: Callable[[bytes], dict[str, Any]]) -> None:
    """Answer one request; `failed` where this machine is to blame, `error` where no other would do better."""
    with stream, contextlib.suppress(OSError):
        try:
            found = grade(read_all(stream))
        except AssessorLost as error:
            found = {"failed": str(error)}
        except (OSError, MemoryError) as error:
            ours = isinstance(error, MemoryError) or error.errno in _OURS
            found = {"failed" if ours else "error": reason_of(error)}
        except Exception as error:
            LOG.exception("a submission could not be graded here")
            found = {"error": reason_of(error)}
        write_answer(stream, found)


@contextlib.contextmanager
def _space() -> Any:
    """A folder of this process; those of processes that were killed go."""
    root = Path(tempfile.gettempdir())
    for old in root.glob(f"{PREFIX}*"):
        with contextlib.suppress(ValueError, OSError):
            if old.stat().st_uid == os.getuid() and not Path("/proc", old.name.split("-")[2]).exists():
                shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=root, ignore_cleanup_errors=True) as name:
        yield Path(name)


if __name__ == "__main__":
    main()
