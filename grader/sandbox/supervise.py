"""One command in one box: send it in, watch it, take in frames until it ends or is ended."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from grader.sandbox.console import Console
from grader.sandbox.frames import BadFrame, FrameReader, TooMuchResult
from grader.sandbox.gpu import gpu_memory
from grader.sandbox.launcher import BoxFailed
from grader.sandbox.limits import Consumption, Ending, exceeded, mib_text, overrun, seconds_text, stopped
from grader.sandbox.protocol import Array, Command, Execution, Frame, Limits, Status, Usage
from grader.sandbox.usage import Measuring

ERROR_CHARS = 4000
_LAST_WORDS_S = 2.0
_GPU_LOOK_S = 1.0
_NEWS_S = 2.0
NEARLY = 0.9  # of the limit of CPU time
_STOPPED_LOOKS = 3  # in a row: nothing in the box is left to go on
_NO_MEMORY = re.compile(r"MemoryError|can't allocate memory|not enough memory|std::bad_alloc|\[Errno 12\]")
_LINE_CHARS = 300


class Supervised(Protocol):
    """A box that is ready, as `Box` and `PipedBox` are."""

    console: Console
    channel_closed: bool
    exit_code: int | None

    def meter(self) -> Measuring:
        """Begin to measure what the box uses."""
        ...

    def send(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Send a frame into the box."""
        ...

    def pump(self, timeout_s: float) -> bytes:
        """Wait for the box to do something, take in console text, return what came on the channel."""
        ...

    def files(self) -> int:
        """Files and folders in the box's scratch."""
        ...

    def kill(self) -> None:
        """Kill every process of the box. Raises `BoxFailed` if one stays."""
        ...


def supervise(box: Supervised, command: Command) -> Execution:
    """Run `command` in `box` and kill the box. Raises `BoxFailed` for what is not the program's fault."""
    meter = box.meter()
    watch = _Watch(box, command, meter)
    box.send(*_request(command))
    ending = None
    while ending is None:
        ending = watch.step()
    meter.read(command.limits.memory_mib << 20)
    wall_s = watch.wall_s()
    ending = watch.overrun() or ending
    box.kill()
    usage = Usage(wall_s, meter.cpu_s, round(meter.peak / 2**20), meter.start_cpu_s)
    return Execution(ending.status, ending.reason, tuple(watch.frames), watch.console_text(), usage)


def _request(command: Command) -> tuple[dict[str, Any], dict[str, Array]]:
    """The command as a frame: file contents travel as arrays of bytes, numbered, beside the named inputs."""
    header = {
        "program": command.program,
        "request": dict(command.request),
        "files": list(command.files),
        "support": list(command.support),
        "limits": asdict(command.limits),
    }
    arrays = {f"array:{name}": array for name, array in command.arrays.items()}
    for folder, contents in (("work", command.files), ("support", command.support)):
        for number, content in enumerate(contents.values()):
            arrays[f"{folder}:{number}"] = np.frombuffer(content, np.uint8)
    return header, arrays


@dataclass
class _Watch:
    """What is known of a running command. Frames from inside are believed only before `started`."""

    box: Supervised
    command: Command
    meter: Measuring

    def __post_init__(self) -> None:
        self.frames: list[Frame] = []
        self._reader = FrameReader(self.command.limits.result_mib << 20)
        self._began = time.monotonic()
        self._started = False
        self._error = ""
        self._gpu_due = 0.0
        self._stopped_looks = 0

    def wall_s(self) -> float:
        return time.monotonic() - self._began

    def console_text(self) -> str:
        """What was printed, and the traceback a shell would have shown below it."""
        return "\n".join(text for text in (self.box.console.text().rstrip("\n"), self._error) if text)

    def step(self) -> Ending | None:
        """Wait a moment; say how the program ended, if it did."""
        ending = self._take(self.box.pump(max(0.0, self.meter.due - time.monotonic())))
        if ending is None and time.monotonic() >= self.meter.due:
            ending = self._measure()
        if ending is None and (self.box.exit_code is not None or self.box.channel_closed):
            ending = self._ended_without_result()
        if ending is None or self._started or ending.status is Status.SANDBOX_FAILED:  # which the box has told
            return ending
        ending = self._news() or ending
        if not self._started and ending.status is not Status.SANDBOX_FAILED:
            raise BoxFailed(f"the program was not started: {ending.reason}")
        return ending

    def _news(self) -> Ending | None:
        """It may have started since we last listened, and what was measured is its own; news may be on the way."""
        deadline, ending = time.monotonic() + _NEWS_S, self._take(self.box.pump(0))
        while ending is None and not self._started and self._may_speak() and time.monotonic() < deadline:
            ending = self._take(self.box.pump(0.05))
        return ending

    def _may_speak(self) -> bool:
        return self.box.exit_code is None and not self.box.channel_closed

    def _take(self, data: bytes) -> Ending | None:
        try:
            for frame in self._reader.feed(data):
                if ending := self._message(frame):
                    return ending
        except BadFrame as error:
            return Ending(Status.BAD_RESULT, str(error))
        except TooMuchResult as error:
            limit = mib_text(self.command.limits.result_mib)
            return Ending(Status.TOO_MUCH_OUTPUT, f"{error}, limit {limit}")
        return None

    def _message(self, frame: Frame) -> Ending | None:
        header = frame.header
        if not self._started:
            return self._first_message(header)
        if isinstance(content := header.get("frame"), dict):
            self.frames.append(Frame(content, frame.arrays))
            return None
        if header.get("end") == "exited":
            return Ending(Status.EXITED, "ran to its end")
        if header.get("end") == "raised" and isinstance(error := header.get("error"), str):
            self._error = error[-ERROR_CHARS:]
            return _raised(self._error, self.command.limits.memory_mib)
        return Ending(Status.BAD_RESULT, "sent a message that is neither a result nor an end")

    def _first_message(self, header: Mapping[str, Any]) -> Ending | None:
        if header == {"started": True}:
            self._started = True
            return None
        error = str(header.get("error", header)).strip().splitlines() or ["no reason given"]
        return Ending(Status.SANDBOX_FAILED, f"the box could not be set up: {error[-1]}")

    def overrun(self) -> Ending | None:
        """The end of a program that made the kernel kill one of its processes, however it went on."""
        most = self.meter.overrun()
        return None if most is None else overrun(self.command.limits, most, self.wall_s())

    def _measure(self) -> Ending | None:
        if ending := self.overrun():
            return ending
        sample = self.meter.read(self.command.limits.memory_mib << 20)
        self._stopped_looks = self._stopped_looks + 1 if self.meter.stopped else 0
        if self._stopped_looks >= _STOPPED_LOOKS:
            return stopped(self.command.limits)
        used = Consumption(
            wall_s=self.wall_s(),
            cpu_s=self.meter.cpu_s,
            memory=sample.memory,
            console=self.box.console.total,
            files=self.box.files(),
            gpu_memory=self._gpu_memory(sample.pids),
        )
        return exceeded(used, self.command.limits)

    def _gpu_memory(self, pids: Sequence[int]) -> int:
        """What the box holds of a GPU; asking costs too much to do it at every look."""
        if self.command.limits.gpu_memory_mib is None or self.command.device == "cpu":
            return 0
        if time.monotonic() >= self._gpu_due:
            self._gpu_due = time.monotonic() + _GPU_LOOK_S
            return gpu_memory(pids) or 0
        return 0

    def _ended_without_result(self) -> Ending:
        """The program is gone, or has closed its channel and can send nothing any more."""
        deadline = time.monotonic() + _LAST_WORDS_S
        while self.box.exit_code is None and time.monotonic() < deadline:
            if ending := self._take(self.box.pump(0.1)):
                return ending
        if _NO_MEMORY.search(self.box.console.text()[-ERROR_CHARS:]):
            return _no_memory(self.command.limits.memory_mib)
        if killed_for_time(self.box.exit_code, self.meter.cpu_s, self.command.limits):
            return Ending(
                Status.CPU_EXCEEDED,
                f"ran for more than its limit of {seconds_text(self.command.limits.cpu_s)} CPU time",
            )
        return Ending(Status.NO_RESULT, f"the process ended without a result: {_exit_text(self.box.exit_code)}")


def _raised(error: str, memory_mib: int) -> Ending:
    lines = error.strip().splitlines() or ["an exception without a name"]
    if _NO_MEMORY.search(error[-600:]):
        return _no_memory(memory_mib)
    return Ending(Status.RAISED, f"raised {lines[-1][:_LINE_CHARS]}")


def _no_memory(memory_mib: int) -> Ending:
    return Ending(Status.OUT_OF_MEMORY, f"asked for more memory than its limit of {mib_text(memory_mib)}")


def killed_for_time(code: int | None, seen_s: float, limits: Limits) -> bool:
    """Whether the kernel ended a program at its limit of CPU time before we saw it there: looks are seldom at times."""
    return code in (-signal.SIGKILL, 128 + signal.SIGKILL) and seen_s >= NEARLY * limits.cpu_s


def _exit_text(code: int | None) -> str:
    """bwrap's exit code in words: 128 and more stand for signals."""
    if code is None:
        return "it closed its result channel"
    number = -code if code < 0 else code - 128
    if number in set(signal.Signals):
        return f"killed by signal {number} ({signal.Signals(number).name})"
    return f"exit status {code}"
