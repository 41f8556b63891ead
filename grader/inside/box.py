"""The first program in a box: gets ready, receives one request, confines itself, runs one program.

Frames it sends: `{"ready": true}` once the warm modules are imported, `{"started": true}` when the box is
set up and the program is next, then the program's own, each as `{"frame": header}`, at last `{"end": ...}`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import math
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from .channel import Array, Sender, Stream, receive_frame, send_frame

LEAVE = os._exit  # student code gets another one
SCRATCH = Path("/tmp")  # noqa: S108 - the box's own, sized and thrown away with it
WRITABLE = ("/tmp", "/dev/shm", "/dev/null", "/dev/zero", "/dev/full", "/dev/tty")  # noqa: S108
READABLE = ("/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/proc", "/dev", "/harness")
ERROR_CHARS = 4000
ERROR_CALLS = 30

Send = Callable[[Mapping[str, Any], Mapping[str, Array]], None]


@dataclass(frozen=True)
class Surroundings:
    """Where a program runs: on which device, in which folder, and whether `walls` are drawn around it."""

    device: str
    scratch: Path = SCRATCH
    walls: bool = True


def main(channel_fd: int, warm: Sequence[str], threads: int, device: str) -> None:
    """Serve one request on the inherited socket `channel_fd`; never returns."""
    channel = socket.socket(fileno=channel_fd)
    channel.set_inheritable(False)
    warm_up(warm, threads, device)
    serve(channel, Surroundings(device))


def serve(channel: Stream, around: Surroundings) -> NoReturn:
    """Say that everything is ready, answer one request, wait to be killed."""
    send_frame(channel, {"ready": True}, {})
    request, arrays = receive_frame(channel)
    try:
        program = _set_up(request, arrays, around)
    except BaseException as error:  # noqa: BLE001 - whatever went wrong here is the grader's, and must be said
        _leave(channel, {"end": "not_started", "error": _error_text(error)})
    send_frame(channel, {"started": True}, {})
    _leave(channel, _run(program, request, arrays, _sender(channel)))


def warm_up(warm: Sequence[str], threads: int, device: str) -> None:
    """Import `warm`, so that no request has to wait for it."""
    # The imports make some 165,000 objects that live until the end: collecting them would only cost time.
    gc.disable()
    for name in warm:
        importlib.import_module(name)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
        if device == "cuda":
            torch.zeros(1, device="cuda").add_(1).item()
    gc.freeze()
    gc.enable()


def _set_up(request: Mapping[str, Any], arrays: dict[str, Array], around: Surroundings) -> str:
    work, support = around.scratch / "work", around.scratch / "support"
    for folder, names in ((work, request["files"]), (support, request["support"])):
        folder.mkdir()
        for number, name in enumerate(names):
            _write(folder, name, arrays.pop(f"{folder.name}:{number}"))
    sys.path.insert(0, str(support))
    program = _find(request["program"])
    os.chdir(work)
    if around.walls and around.device == "cpu":
        from . import landlock

        landlock.restrict((*READABLE, sys.prefix, sys.base_prefix, *filter(is_packages, sys.path)), WRITABLE)
    if around.walls or importlib.util.find_spec("resource"):  # Windows has no such limits
        _set_limits(request["limits"], around)
    return program


def is_packages(path: str) -> bool:
    """Whether a folder of `sys.path` is one that packages are installed in."""
    return PurePosixPath(path).name in ("site-packages", "dist-packages")


def _write(folder: Path, name: str, content: Array) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"expected a path inside the folder, found {name!r}")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.tobytes())


def _find(program: str) -> str:
    package = __package__ or "inside"
    for name in (f"{package}.{program}", program):
        if importlib.util.find_spec(name) is not None:
            return name
    raise ModuleNotFoundError(f"no program {program!r} in {package}/ or among the support files")


def _set_limits(limits: Mapping[str, Any], around: Surroundings) -> None:
    import resource

    scratch = limits["scratch_mib"] << 20
    if around.walls:
        # Elsewhere it would count everything that the user runs.
        _lower(resource.RLIMIT_NPROC, limits["processes"])
    _lower(resource.RLIMIT_NOFILE, limits["open_files"])
    _lower(resource.RLIMIT_FSIZE, scratch)
    # Above the limit that is measured outside: it only stops what outruns the measuring.
    _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits["cpu_s"]) + 2)
    # 1 and not 0: the kernel then skips piped core handlers as well.
    _lower(resource.RLIMIT_CORE, 1)
    if around.device == "cpu":
        _lower(resource.RLIMIT_DATA, limits["memory_mib"] << 20)
        _lower(resource.RLIMIT_MEMLOCK, 1 << 20)


def _lower(which: int, value: int) -> None:
    import resource

    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _sender(channel: Sender) -> Send:
    owner, lock = os.getpid(), threading.Lock()

    def send(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        if os.getpid() != owner:
            raise RuntimeError("only the program's first process can send results")
        with lock:
            send_frame(channel, {"frame": dict(header)}, arrays)

    return send


def _run(program: str, request: Mapping[str, Any], arrays: dict[str, Array], send: Send) -> dict[str, Any]:
    """Run `program` and say how it ended."""
    owner = os.getpid()
    inputs = {name.removeprefix("array:"): array for name, array in arrays.items()}
    try:
        importlib.import_module(program).main(request["request"], inputs, send)
        end: dict[str, Any] = {"end": "exited"}
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt of student code count as raised
        end = {"end": "raised", "error": _error_text(error)}
    if os.getpid() != owner:
        LEAVE(0)  # a child that student code forked and let run on into ours
    return end


def _error_text(error: BaseException) -> str:
    """The end of the traceback. Only its last calls are looked at: endless recursion has a million."""
    try:
        return "".join(traceback.format_exception(error, limit=-ERROR_CALLS))[-ERROR_CHARS:]
    except BaseException:  # noqa: BLE001 - the exception is student code's and may do anything when it is printed
        return type(error).__name__


def _leave(channel: Stream, end: Mapping[str, Any]) -> NoReturn:
    """Flush, say how it ended, wait to be killed.

    Waiting instead of leaving lets the whole box be measured and killed while its first process is there.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    send_frame(channel, end, {})
    channel.recv_into(memoryview(bytearray(1)), 1)
    LEAVE(0)
