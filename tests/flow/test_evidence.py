"""What came back is found by its kind and by its name."""

from __future__ import annotations

import numpy as np
from core_examples import evidence

from grader.sandbox.protocol import Frame


def test_frames_of_a_kind_come_oldest_first():
    found = evidence(Frame({"kind": "a", "n": 1}), Frame({"kind": "b"}), Frame({"kind": "a", "n": 2}), Frame({}))

    assert [frame.header["n"] for frame in found.of_kind("a")] == [1, 2]
    assert found.of_kind("c") == []


def test_an_array_is_found_in_whichever_frame_brought_it():
    found = evidence(Frame({}, {"a": np.zeros(1)}), Frame({}, {"a": np.ones(1), "b": np.ones(2)}))

    assert found.array("a").tolist() == [0]
    assert found.array("b").tolist() == [1, 1]
    assert found.array("c") is None
