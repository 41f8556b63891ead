"""Boxes started ahead: used once, never too many, none left."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

import pytest
from boxes import command

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Status
from grader.sandbox.ready import ReadyBoxes
from grader.sandbox.start import BoxSettings

PLAIN = BoxSettings((), 1, "cpu", 16)
LARGE = replace(PLAIN, scratch_mib=64)


@dataclass
class FakeBox:
    settings: BoxSettings
    died: bool = False
    closed: bool = False

    def has_died(self) -> bool:
        return self.died

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


@dataclass
class Starts:
    """Starts fake boxes and remembers them; a background start can be made to fail or to die."""

    boxes: list[FakeBox] = field(default_factory=list)
    fails: bool = False
    dies: bool = False

    def __call__(self, settings: BoxSettings) -> FakeBox:
        ahead = threading.current_thread() is not threading.main_thread()
        if self.fails:
            raise OSError("no more boxes")
        self.boxes.append(FakeBox(settings, died=ahead and self.dies))
        return self.boxes[-1]


@pytest.fixture
def starts() -> Starts:
    return Starts()


@pytest.fixture
def ready(starts: Starts) -> ReadyBoxes:
    return ReadyBoxes(starts)  # type: ignore[arg-type]


def take(ready: ReadyBoxes, settings: BoxSettings = PLAIN) -> FakeBox:
    """Use a box."""
    with ready.box(settings) as box:
        assert isinstance(box, FakeBox)
        assert not box.closed
    assert box.closed
    return box


@pytest.mark.parametrize("commands", [1, 2, 7])
def test_as_many_boxes_are_started_as_there_are_commands(ready: ReadyBoxes, starts: Starts, commands: int):
    with ready.expecting(commands):
        used = [take(ready) for _ in range(commands)]

    assert len(starts.boxes) == commands
    assert len({id(box) for box in used}) == commands


def test_the_box_of_the_next_command_is_started_while_one_runs(ready: ReadyBoxes, starts: Starts):
    started = threading.Event()

    def start(settings: BoxSettings) -> FakeBox:
        if starts.boxes:
            started.set()
        return starts(settings)

    ready._start = start  # type: ignore[assignment]
    with ready.expecting(2), ready.box(PLAIN):
        assert started.wait(20)


def test_no_more_boxes_wait_than_commands_run(ready: ReadyBoxes, starts: Starts):
    with ready.expecting(100):
        take(ready)
        with ready.box(PLAIN), ready.box(PLAIN):
            pass

    assert len(starts.boxes) <= 3 + 2
    assert all(box.closed for box in starts.boxes)


def test_nothing_is_started_ahead_of_commands_nobody_announced(ready: ReadyBoxes, starts: Starts):
    take(ready)

    assert len(starts.boxes) == 1


@pytest.mark.parametrize(("settings", "most"), [(PLAIN, 1 + 1), (replace(PLAIN, device="cuda"), 1 + 1 + 3)])
def test_for_a_gpu_more_boxes_wait_as_they_start_more_slowly_than_programs_run(
    starts: Starts, settings: BoxSettings, most: int
):
    ready = ReadyBoxes(starts, ahead=3)  # type: ignore[arg-type]
    with ready.expecting(20), ready.box(settings):
        for _, spare in ready._spares:
            spare.result()

        assert len(starts.boxes) == most


def test_commands_beyond_those_announced_get_boxes_too(ready: ReadyBoxes, starts: Starts):
    with ready.expecting(1):
        for _ in range(3):
            take(ready)

    assert len(starts.boxes) == 3


def test_a_command_never_gets_a_box_of_other_settings(ready: ReadyBoxes):
    with ready.expecting(6):
        used = [(settings, take(ready, settings)) for settings in (PLAIN, LARGE, PLAIN, PLAIN, LARGE, LARGE)]

    assert all(box.settings == settings for settings, box in used)


def test_boxes_of_one_kind_do_not_use_up_what_was_announced_of_another(ready: ReadyBoxes, starts: Starts):
    with ready.expecting(3):
        for _ in range(3):
            take(ready, PLAIN)
            take(ready, LARGE)

    assert [box.settings for box in starts.boxes].count(PLAIN) == 3
    assert [box.settings for box in starts.boxes].count(LARGE) == 3


def test_a_box_that_died_while_it_waited_is_replaced(ready: ReadyBoxes, starts: Starts):
    starts.dies = True
    with ready.expecting(3):
        used = [take(ready) for _ in range(3)]

    assert not any(box.died for box in used)
    assert all(box.closed for box in starts.boxes)


def test_a_start_that_failed_in_the_background_is_tried_again_and_told(ready: ReadyBoxes, starts: Starts):
    with ready.expecting(3):
        take(ready)
        starts.fails = True
        with contextlib.suppress(OSError):
            take(ready)  # its box may have been started before
        with pytest.raises(OSError, match="no more boxes"):
            take(ready)


def test_boxes_left_over_are_killed_when_the_batch_breaks_off(ready: ReadyBoxes, starts: Starts):
    with contextlib.suppress(ZeroDivisionError), ready.expecting(10):
        take(ready)
        raise ZeroDivisionError

    assert all(box.closed for box in starts.boxes)


def test_real_commands_get_ready_boxes_of_their_own(namespaces: list[str]):
    sandbox = BubblewrapSandbox(warm=())
    source = """
def main(request, arrays, send):
    sizes = [os.statvfs(folder).f_blocks * os.statvfs(folder).f_frsize >> 20 for folder in ("/tmp", "/dev/shm")]
    send({"found": os.listdir("/dev/shm"), "sizes": sizes}, {})
    open("/dev/shm/trace", "w").close()
"""
    with sandbox.expecting(4):
        executions = [sandbox.run(command(source, scratch_mib=mib)) for mib in (16, 16, 24, 16)]

    assert [execution.status for execution in executions] == [Status.EXITED] * 4
    assert [execution.frames[0].header["found"] for execution in executions] == [[]] * 4
    assert [execution.frames[0].header["sizes"] for execution in executions] == [[m, m] for m in (16, 16, 24, 16)]
    assert len(namespaces) >= 4
