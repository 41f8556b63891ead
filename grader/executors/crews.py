"""In a worker's process: its grading processes by batch. Runs nothing of a submission, and imports no PyTorch."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.executors.parcels import Damaged, Parcel, Post
from grader.executors.streams import ask, host_name
from grader.inside.descriptors import send_message


class Crew:
    """A process on this machine that grades what it is sent."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        command = [sys.executable, "-m", "grader.executors.crew", str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def ask(self, content: bytes) -> dict[str, Any]:
        """Its answer; `lost` if it ended without one."""
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs, self._lock:
                    send_message(self._control, {}, [theirs.fileno()])
                answer = ask(ours, content)
            except OSError:
                answer = None
        return answer if answer is not None else {"lost": f"the process that graded it {self._end()}"}

    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it, and all that it has started."""
        self._control.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _end(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(5)
            if code == -signal.SIGKILL:
                return "was killed, as the system does when memory runs out"
            return f"ended with status {code}"
        return "said nothing"


@dataclass(frozen=True)
class _Batch:
    crew: Crew
    post: Post
    sha256: str  # of its session
    answer: dict[str, Any]


_CREWS: dict[str, _Batch] = {}
_LOCK = threading.Lock()


def prepare(name: str, parcel: Parcel, shared: str | None, slots: int, gpus: int | None) -> dict[str, Any]:
    """Begin a batch on this worker: `slots`, or `refused` with the reason, and its `host` and `pid`.

    Asked for a batch that has begun already, it says the same again.
    """
    with _LOCK:
        begun = _CREWS.get(name)
    if begun is not None and begun.sha256 == parcel.get("sha256") and begun.crew.is_alive():
        return begun.answer
    forget(name)
    here = {"host": host_name(), "pid": os.getpid()}
    post = Post(None if shared is None else Path(shared))
    try:
        session = pickle.loads(post.unpack(parcel)).on(slots, gpus)  # noqa: S301 - from the machine whose code this is
    except Exception as error:  # noqa: BLE001 - another version's session may fail in any way
        return {"refused": f"it does not understand this grader: {type(error).__name__}: {error}", **here}
    crew = Crew()
    answer = crew.ask(session.packed())
    if "slots" not in answer:
        crew.close()
        return {"refused": answer.get("refused") or answer.get("lost", "no answer"), **here}
    with _LOCK:
        _CREWS[name] = _Batch(crew, post, str(parcel["sha256"]), {**answer, **here})
    return {**answer, **here}


def work(name: str, parcel: Parcel) -> dict[str, Any]:
    """Do one piece of work: `done` with a parcel, `failed`, `error`, `lost`, or `unprepared`."""
    with _LOCK:
        batch = _CREWS.get(name)
    if batch is None or not batch.crew.is_alive():
        return {"unprepared": True}
    try:
        answer = batch.crew.ask(batch.post.unpack(parcel))
        return {**answer, "done": batch.post.pack(answer["done"])} if "done" in answer else answer
    except (OSError, Damaged) as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def forget(name: str) -> None:
    """End a batch on this worker."""
    with _LOCK:
        batch = _CREWS.pop(name, None)
    if batch is not None:
        batch.crew.close()
