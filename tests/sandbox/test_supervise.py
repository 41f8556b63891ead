"""What is whose fault when a program starts and goes over a limit at the same moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from boxes import SMALL, command

from grader.inside.channel import PREFIX
from grader.sandbox.box import BoxFailed
from grader.sandbox.console import Console
from grader.sandbox.protocol import Array, Status
from grader.sandbox.supervise import killed_for_time, supervise
from grader.sandbox.usage import Measuring, NoMeter, Sample


def wire(header: Mapping[str, Any]) -> bytes:
    text = json.dumps(header).encode()
    return PREFIX.pack(0, len(text)) + text


class Scripted:
    """A box that says one thing after the other, and has too many files from the first look on."""

    def __init__(self, *said: bytes) -> None:
        self.console, self.channel_closed, self.exit_code = Console(), False, None
        self.said = list(said)

    def meter(self) -> Measuring:
        return NoMeter()

    def send(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None: ...

    def pump(self, timeout_s: float) -> bytes:
        return self.said.pop(0) if self.said else b""

    def files(self) -> int:
        return SMALL.scratch_files + 1

    def kill(self) -> None: ...


def test_a_program_that_started_since_we_last_listened_is_over_its_limit():
    execution = supervise(Scripted(b"", wire({"started": True})), command(""))

    assert execution.status is Status.TOO_MUCH_OUTPUT
    assert "limit 2000" in execution.reason


def test_a_program_that_did_not_start_is_the_graders_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.sandbox.supervise._NEWS_S", 0.01)
    with pytest.raises(BoxFailed, match="the program was not started: made 2001 files, limit 2000"):
        supervise(Scripted(b"", b""), command(""))


def test_a_box_that_could_not_be_set_up_is_the_graders_failure():
    said = wire({"end": "not_started", "error": "OSError: no space"})

    execution = supervise(Scripted(b"", said), command(""))

    assert (execution.status, "no space" in execution.reason) == (Status.SANDBOX_FAILED, True)


@pytest.mark.parametrize(
    ("code", "seen_s", "for_time"),
    [(137, 1.9, True), (-9, 2.1, True), (137, 0.5, False), (139, 1.9, False), (None, 3.0, False)],
)
def test_a_program_that_is_killed_close_to_its_limit_of_cpu_time_was_killed_for_it(code, seen_s, for_time):
    assert killed_for_time(code, seen_s, SMALL) is for_time


class Looks(NoMeter):
    """A meter that finds all processes stopped, or not, one look after the other; and then no more time left."""

    def __init__(self, *looks: bool) -> None:
        super().__init__()
        self.looks = list(looks)

    def read(self, memory_limit: int) -> Sample:
        """One look, and the next one is due at once."""
        self.stopped = self.looks.pop(0) if self.looks else False
        self.cpu_s = 0.0 if self.looks else 1000.0
        return Sample()


class Watched(Scripted):
    """A box of few files that has started, watched by such a meter."""

    def __init__(self, *looks: bool) -> None:
        super().__init__(wire({"started": True}))
        self.looks = looks

    def meter(self) -> Measuring:
        return Looks(*self.looks)

    def files(self) -> int:
        return 0


def test_a_program_whose_processes_stay_stopped_is_ended_at_the_third_look():
    execution = supervise(Watched(True, True, True, False, False), command(""))

    assert execution.status is Status.TIMED_OUT
    assert "stopped all its processes (SIGSTOP)" in execution.reason


def test_a_program_that_goes_on_between_two_looks_was_not_stopped():
    execution = supervise(Watched(True, True, False, True, True, False), command(""))

    assert execution.status is Status.CPU_EXCEEDED
