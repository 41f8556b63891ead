"""What is read of a submission's evidence is read once, whichever criterion asks first."""

from __future__ import annotations

import pytest
from core_examples import evidence

from grader import Evidence, MissingEvidence, remembered


class Reading:
    """Counts how often it is asked; nothing is found where `missing`."""

    def __init__(self, *, missing: bool = False) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.missing = missing

    def __call__(self, evidence: Evidence, *what: object) -> int:
        self.asked.append(what)
        if self.missing:
            raise MissingEvidence("nothing came back")
        return len(self.asked)


def test_the_same_evidence_is_read_once_for_each_question():
    reading, one = Reading(), evidence()
    read = remembered(reading)

    assert [read(one, "a"), read(one, "b"), read(one, "a")] == [1, 2, 1]


def test_other_evidence_is_read_anew_though_it_says_the_same():
    reading = Reading()
    read = remembered(reading)

    assert [read(evidence()), read(evidence())] == [1, 2]


def test_what_is_missing_is_missing_each_time_and_looked_for_once():
    reading, one = Reading(missing=True), evidence()
    read = remembered(reading)

    for _ in range(2):
        with pytest.raises(MissingEvidence, match="nothing came back"):
            read(one)
    assert len(reading.asked) == 1
