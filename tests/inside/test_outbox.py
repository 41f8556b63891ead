from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.inside import outbox
from grader.inside.outbox import Outbox
from grader.inside.served import Array

Frames = list[tuple[dict[str, Any], dict[str, Array]]]


@pytest.fixture
def sent() -> Frames:
    return []


@pytest.fixture
def box(sent: Frames) -> Outbox:
    return Outbox(lambda header, arrays: sent.append((header, arrays)))


def heavy(elements: int = 10) -> tuple[dict[str, Any], dict[str, Array]]:
    header = {"kind": "call", "networks": [{"trace": "x" * 100}], "samples": [1], "case": "on"}
    return header, {"result": np.zeros(2), "network.0.state.w": np.zeros(elements), "sample.1": np.zeros(elements)}


def test_a_frame_is_sent_whole_while_there_is_room(box: Outbox, sent: Frames):
    assert box.post(*heavy())
    assert sent[0][0] == heavy()[0]
    assert sorted(sent[0][1]) == ["network.0.state.w", "result", "sample.1"]


def test_a_frame_with_too_much_in_it_keeps_its_result(box: Outbox, sent: Frames):
    assert not box.post(*heavy(outbox.MAX_ARRAY_BYTES // 8))

    assert sent[0][0] == {"kind": "call", "case": "on", "left_out": True}
    assert list(sent[0][1]) == ["result"]


def test_a_header_that_is_too_long_is_thinned_out(box: Outbox, sent: Frames):
    assert not box.post({"kind": "build", "trace": ["x" * outbox.MAX_HEADER_BYTES]}, {})
    assert sent[0][0] == {"kind": "build", "left_out": True}


def test_the_submissions_own_loops_leave_room_for_the_probes(
    box: Outbox, sent: Frames, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "MAX_RUN_ARRAY_BYTES", 2000)
    whole = [box.post(*heavy(), running=True) for _ in range(9)]

    assert whole[0]
    assert not whole[-1]
    assert box.post(*heavy())
    assert all(array.nbytes for _, arrays in sent for array in arrays.values())


def test_the_number_of_frames_of_a_run_is_limited(box: Outbox, sent: Frames, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "MAX_RUN_FRAMES", 3)
    for _ in range(5):
        box.post({"kind": "call"}, {}, running=True)
    box.post({"kind": "build"}, {})

    assert [header["kind"] for header, _ in sent] == ["call", "call", "call", "build"]


def test_a_result_that_is_too_large_itself_is_an_error(box: Outbox, sent: Frames):
    box.post({"kind": "build"}, {"output": np.zeros(outbox.MAX_ARRAY_BYTES // 8)})

    assert sent == [({"kind": "build", "left_out": True, "error": "more came back than there is room for"}, {})]


def test_what_cannot_be_described_is_replaced_by_the_reason(box: Outbox, sent: Frames):
    def make() -> tuple[dict[str, Any], dict[str, Array]]:
        raise SystemExit("no")

    assert not box.try_post(make, {"kind": "call"})
    assert sent == [({"kind": "call", "error": "SystemExit: no", "in_student_code": True}, {})]


def test_running_out_of_memory_is_passed_on(box: Outbox):
    def make() -> tuple[dict[str, Any], dict[str, Array]]:
        raise MemoryError

    with pytest.raises(MemoryError):
        box.try_post(make, {"kind": "call"})
