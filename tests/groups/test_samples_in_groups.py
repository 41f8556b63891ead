"""Of what the samples lost, most is settled together, and nothing together that should have other points."""

from __future__ import annotations

import pytest
from kept_findings import files_of, stored_of

from benchmarks.groups import expected_of, measured
from grader.groups import groups_of


@pytest.mark.parametrize("assignment", ["attention", "numpy_layers"])
def test_most_wrong_marks_are_settled_together_and_no_group_mixes_other_points(assignment):
    found = measured(groups_of(stored_of(assignment), files_of(assignment)), expected_of(assignment))

    assert found.wrong >= 25
    assert found.share >= 0.6
    assert not found.mixed


def test_without_the_programs_nothing_is_mixed_either():
    assert not measured(groups_of(stored_of("attention")), expected_of("attention")).mixed
