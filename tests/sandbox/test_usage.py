"""What is read off one look at a box's processes."""

from __future__ import annotations

import pytest

from grader.sandbox import usage
from grader.sandbox.usage import Meter, Sample

WALL, PROGRAM, CHILD = 10, 11, 12


def sample(*, stopped: set[int], going: set[int]) -> Sample:
    return Sample(pids=(WALL, PROGRAM, CHILD), stopped=frozenset(stopped), going=frozenset(going))


@pytest.mark.parametrize(
    ("stopped", "going", "whole"),
    [
        ({PROGRAM, CHILD}, {WALL}, True),
        ({PROGRAM}, {WALL}, True),  # its child has ended
        ({PROGRAM}, {WALL, CHILD}, False),  # the child may let it go on
        (set(), {WALL, PROGRAM}, False),
        (set(), {WALL}, False),  # all have ended: that is no stop
    ],
)
def test_a_box_is_stopped_only_where_nothing_but_the_wall_goes_on(
    monkeypatch: pytest.MonkeyPatch, stopped: set[int], going: set[int], whole: bool
):
    monkeypatch.setattr(usage, "sample_trees", lambda roots: sample(stopped=stopped, going=going))
    meter = Meter([WALL])

    meter.read(1 << 30)

    assert meter.stopped is whole
