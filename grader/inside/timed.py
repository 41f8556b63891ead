"""The program of a box that times a student's function beside a baseline, in turns, with a clock that is ours.

Two workers are forked before anything is drawn: one loads the student's definitions, the other the baseline. This
process runs no student code and cannot be read by those that do. It draws inputs for each call from numbers that come
from the kernel after that, puts them into shared memory, says go, and reads the kernel's clock of the worker's CPU time
(on a GPU its own clock) until the worker says done; meanwhile the other worker is stopped. What was computed goes out
with the numbers that the inputs were drawn from.
"""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .cause import OURS, cause
from .channel import Array
from .timed_inputs import draw, names_and_shapes

Send = Callable[[Mapping[str, Any], Mapping[str, Array]], None]
Load = Callable[[], Callable[..., Any]]

_DUMPABLE = 4  # PR_SET_DUMPABLE of linux/prctl.h
_CPU_CLOCK = 2  # CPUCLOCK_SCHED of Linux: with a process's number, the clock of its CPU time
_DONE = struct.Struct("<BBB5q")  # status, dtype, dimensions, shape
_DTYPES = ("float32", "float64", "int64", "int32", "bool", "uint8")
_LEAVES_THE_CORE = 0.0005  # seconds: a process is told to have stopped a moment before that
_OK, _RAISED, _UNFIT = 0, 1, 2
MAX_OUTPUT, MAX_ALL = 8 << 20, 48 << 20
MAX_WORDS = 600
MISSING_HERE, NO_FUNCTION = "missing here: ", "there is no function"


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:  # noqa: ARG001 - all programs take them
    """Load both, warm up, take turns: one frame `timed`, or a `problem` and whose it is (`student`, `baseline`)."""
    _hide(True)
    before = _processes()
    workers = {"student": Worker(lambda: _student(request), request)}
    workers["baseline"] = Worker(lambda: _dotted(request["baseline"]), request)
    try:
        send({"kind": "timed", **_times(workers, request, before)}, _RESULTS)
    except Failed as failure:
        send({"kind": "timed", "problem": str(failure), "whose": failure.whose}, {})
    finally:
        for worker in workers.values():
            worker.end()


_RESULTS: dict[str, Array] = {}


def _hide(hidden: bool) -> None:
    """Keep other processes from reading this one's memory and descriptors, or let them."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DUMPABLE, int(not hidden), 0, 0, 0)


class Failed(Exception):
    """A worker gave no result. `whose`: the student's, or the baseline's."""

    def __init__(self, whose: str, words: str) -> None:
        super().__init__(words[:MAX_WORDS])
        self.whose = whose


class Worker:
    """A process with one function, told to go and waited for."""

    def __init__(self, load: Load, request: Mapping[str, Any]) -> None:
        self.gpu = request["gpu"]
        sizes = [int(np.prod(shape)) * 4 for _, shape in names_and_shapes(request)]
        self.given = mmap.mmap(-1, max(8, sum(sizes)))
        self.result = mmap.mmap(-1, MAX_OUTPUT)
        go_out, self.go = os.pipe()
        self.done, done_in = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _serve(load, request, self, go_out, done_in)
        os.close(go_out)
        os.close(done_in)

    def loaded(self, whose: str) -> None:
        """Wait until its function is there. Raises Failed."""
        status, *_ = self._answer(whose)
        if status != _OK:
            raise Failed(whose, self._words())

    def call(self, whose: str, inputs: Mapping[str, Array]) -> tuple[float, Array]:
        """Seconds of one call, and what it gave. It rests before and after. Raises Failed."""
        content = b"".join(array.tobytes() for array in inputs.values())
        self.given[: len(content)] = content
        began = self.clock()
        self.wake()
        os.write(self.go, b"g")
        status, dtype, dimensions, *shape = self._answer(whose)
        seconds = self.stopped_at() - began
        if status != _OK:
            raise Failed(whose, self._words())
        kind = np.dtype(_DTYPES[dtype % len(_DTYPES)])
        sizes = [max(0, length) for length in shape[: dimensions % 6]]
        count = int(np.prod(sizes, dtype=np.float64))
        if count * kind.itemsize > MAX_OUTPUT:
            raise Failed(whose, "the result is too large")
        return seconds, np.frombuffer(self.result[: count * kind.itemsize], kind).reshape(sizes).copy()

    def stopped_at(self) -> float:
        """Its clock at the end of a call. It rests then: the kernel adds the time of a process that runs only at its
        next tick, up to 10 ms later, and that of one that rests when it leaves the core. On a GPU our clock must not
        wait for that.
        """
        now = self.clock()
        self.rest()
        time.sleep(_LEAVES_THE_CORE)
        return now if self.gpu else self.clock()

    def clock(self) -> float:
        """Seconds: of the worker's CPU time, as the kernel counts it, which other work on the machine does not change;
        on a GPU of our own clock.
        """
        return time.perf_counter() if self.gpu else time.clock_gettime((~self.pid << 3) | _CPU_CLOCK)

    def rest(self) -> None:
        """Stop it, with all that it started in its group, while another one works; it has stopped on return."""
        for stop in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                stop(self.pid, signal.SIGSTOP)
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def wake(self) -> None:
        """Let it go on."""
        for wake in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                wake(self.pid, signal.SIGCONT)

    def end(self) -> None:
        """Kill it."""
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _answer(self, whose: str) -> tuple[int, ...]:
        content = b""
        while len(content) < _DONE.size:
            part = os.read(self.done, _DONE.size - len(content))
            if not part:
                raise Failed(whose, "its process ended")
            content += part
        return tuple(_DONE.unpack(content))

    def _words(self) -> str:
        return self.result[:MAX_WORDS].split(b"\0")[0].decode("utf-8", "replace")


def _times(workers: Mapping[str, Worker], request: Mapping[str, Any], before: frozenset[int]) -> dict[str, Any]:
    """Seconds of every call of both, in turns; results of the student's timed ones go to `_RESULTS`."""
    for whose, worker in workers.items():
        worker.loaded(whose)
        worker.rest()
    times: dict[str, list[float]] = {whose: [] for whose in workers}
    seeds: list[str] = []
    others, begun = 0, _begun()
    for turn in range(request["warm_up"] + request["pairs"]):
        seed = int.from_bytes(os.urandom(7))
        inputs = draw(request, seed)
        order = list(workers) if os.urandom(1)[0] & 1 else list(workers)[::-1]
        for whose in order:
            seconds, result = workers[whose].call(whose, inputs)
            if turn >= request["warm_up"]:
                times[whose].append(seconds)
                if whose == "student":
                    _RESULTS[f"result.{len(seeds)}"] = result
        if turn >= request["warm_up"]:
            seeds.append(str(seed))
        # Work may go on in other processes: beside the workers, between turns, or begun and waited for in a call.
        others = max(others, len(_processes() - before - {worker.pid for worker in workers.values()}))
        begun = _begun() if turn < request["warm_up"] else begun
    return {"times": times, "seeds": seeds, "others": others or _begun() - begun}


def _processes() -> frozenset[int]:
    """All that run in this box."""
    return frozenset(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _begun() -> int:
    """The number of the newest process or thread in this box: it grows with each one."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/loadavg").read_text().split()[-1])
    return 0


def _serve(load: Load, request: Mapping[str, Any], worker: Worker, go: int, done: int) -> NoReturn:
    """In the worker: load, then call whenever told to."""
    os.setpgid(0, 0)
    for place, descriptor in ((1000, go), (1001, done)):  # out of each other's way
        os.dup2(descriptor, place)
    os.dup2(1000, 3)
    os.dup2(1001, 4)
    os.closerange(5, 4096)
    try:
        function = load()
        os.write(4, _DONE.pack(_OK, 0, 0, 0, 0, 0, 0, 0))
        while os.read(3, 1):
            _once(function, request, worker)
    except BaseException as error:  # noqa: BLE001 - whatever student code raises
        _tell(worker, error)
    os._exit(0)


def _once(function: Callable[..., Any], request: Mapping[str, Any], worker: Worker) -> None:
    inputs, place = {}, 0
    for name, shape in names_and_shapes(request):
        count = int(np.prod(shape))
        inputs[name] = np.frombuffer(worker.given, np.float32, count, place).reshape(shape).copy()
        place += count * 4
    result = _called(function, inputs, request)
    array = _sendable(np.ascontiguousarray(result))
    most = min(MAX_OUTPUT, MAX_ALL // request["pairs"])
    if array.dtype.name not in _DTYPES or array.ndim > 5 or array.nbytes > most:
        raise TypeError(f"expected an array of numbers, found {array.nbytes:,} bytes of {array.dtype.name}")
    worker.result[: array.nbytes] = array.tobytes()
    shape = (*array.shape, 0, 0, 0, 0, 0)[:5]
    os.write(4, _DONE.pack(_OK, _DTYPES.index(array.dtype.name), array.ndim, *shape))


def _sendable(array: Array) -> Array:
    """The same numbers in a type that is sent, whatever type of numbers or objects they are."""
    kind = {"f": np.float64, "i": np.int64, "u": np.int64, "O": np.float64}.get(array.dtype.kind)
    return array if array.dtype.name in _DTYPES or kind is None else array.astype(kind)


def _called(function: Callable[..., Any], inputs: Mapping[str, Array], request: Mapping[str, Any]) -> Array:
    """One call, its result on the CPU: on a GPU that waits for all that the call began."""
    plain = request["plain"]
    if not request["torch"]:
        return np.asarray(function(*inputs.values(), **plain))
    import torch

    device = "cuda" if request["gpu"] else "cpu"
    tensors = [torch.from_numpy(array).to(device) for array in inputs.values()]
    with torch.no_grad():
        found = function(*tensors, **plain)
        return np.asarray(found.detach().cpu().numpy())


def _tell(worker: Worker, error: BaseException) -> None:
    missing = MISSING_HERE if cause(error) in OURS else ""
    words = f"{missing}{type(error).__name__}: {error}".encode("utf-8", "replace")[: MAX_WORDS - 1]
    worker.result[: len(words) + 1] = words + b"\0"
    with suppress(OSError):
        os.write(4, _DONE.pack(_RAISED, 0, 0, 0, 0, 0, 0, 0))


def _student(request: Mapping[str, Any]) -> Callable[..., Any]:
    """The student's function of that name."""
    from . import loading
    from .spread_out import SpreadNames

    _hide(False)
    watch = loading.Recording(lambda _: False, lambda function: function)

    def load(entry: str) -> loading.Loaded:
        return loading.load(entry, "definitions", watch, request["long_running"])

    loaded = load(request["entry"])
    function = SpreadNames(loaded, request["entry"], load).get(request["asked"])
    if callable(function):
        found: Callable[..., Any] = function
        return found
    first = f"; its first error: {loaded.errors[0]['message']}" if loaded.errors else ""
    raise NameError(f"{NO_FUNCTION} {request['asked']}{first}")


def _dotted(name: str) -> Callable[..., Any]:
    """`torch.nn.functional.softmax`, or `attention.plain` of the assignment's `inside/`."""
    parts = name.split(".")
    for home in ("assignment_inside.", ""):
        for cut in range(len(parts) - 1, 0, -1):
            try:
                found: Any = importlib.import_module(home + ".".join(parts[:cut]))
                for part in parts[cut:]:
                    found = getattr(found, part)
            except (ImportError, AttributeError):
                continue
            function: Callable[..., Any] = found
            return function
    raise ImportError(f"there is no {name} (looked in inside/ and among packages of {sys.prefix})")
