"""Mutated archives and notebooks never crash a batch; `make fuzz` tries ten thousand."""

from __future__ import annotations

import logging

import pytest

from benchmarks.fuzz import fuzz


@pytest.fixture(autouse=True)
def _level():
    """The benchmark keeps the log of broken inputs quiet; other tests want to read theirs."""
    logger = logging.getLogger("grader")
    before = logger.level
    yield
    logger.setLevel(before)


def test_no_mutated_input_crashes_a_batch_and_every_student_has_a_grade(tmp_path):
    became, _ = fuzz(150, 4, tmp_path)

    assert became.total() == 150
    assert became["damaged archive"] > 10
    assert became["double(7)"] > 5
