"""One command measures any assignment's reference, and what it keeps says how far right answers may lie apart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from grader.checks import Accuracies, Spread, Tolerance, better_than_chance, measured, spread_of
from grader.checks.measure import main

ASSIGNMENT = """
from grader import Assignment, Criterion, Finding

ASSIGNMENT = Assignment(
    title="Small",
    course="Course",
    rubric=[Criterion("one", "One", 1, lambda _: Finding.passed("right"))],
    probes=[],
    entry={"x": 1},
    data=lambda seed: {},
)
"""
MEASURE = """
FILE = "spread.json"

def add_options(parser):
    parser.add_argument("--seeds", type=int, default=2)

def measure(options):
    return {"seeds": options.seeds}
"""


@pytest.fixture
def reference(tmp_path):
    folder = tmp_path / "small"
    (folder / "hidden").mkdir(parents=True)
    (folder / "assignment.py").write_text(ASSIGNMENT)
    return tmp_path


def test_what_is_measured_is_kept_beside_the_code_that_measures(reference):
    (reference / "small" / "hidden" / "measure.py").write_text(MEASURE)

    assert main(["small", "--reference", str(reference), "--seeds", "5"]) == 0

    kept = json.loads((reference / "small" / "hidden" / "spread.json").read_text())
    assert kept["seeds"] == 5
    assert "torch" in kept


def test_an_assignment_without_anything_to_measure_is_said(reference, capsys):
    assert main(["small", "--reference", str(reference)]) == 2

    assert "expected hidden/measure.py, found none" in capsys.readouterr().err


def test_nothing_was_measured_where_the_file_is_hidden(tmp_path):
    assert measured(tmp_path / "spread.json") == {}


def test_a_spread_is_over_seeds_entry_by_entry():
    found = Spread(**spread_of([[1.0, 5.0], [2.0, 4.0], [6.0, 3.0]]))

    assert (found.median, found.least, found.largest) == ([2, 4], [1, 3], [6, 5])
    assert found.words == "2 (1 to 6)"


def test_a_network_as_good_as_the_worst_reference_passes_all_but_once_in_a_thousand_times():
    least = Accuracies(steps=60, lowest=0.5, highest=0.9, runs=12).least(100)

    draws = np.random.default_rng(3).binomial(100, 0.5, 100_000)
    assert 0.0001 < (draws < least).mean() < 0.002


@pytest.mark.parametrize(("right", "better"), [(30, False), (45, False), (50, True), (150, True)])
def test_guessing_is_told_from_learning(right, better):
    assert better_than_chance(right, 150, 5) is better


NARROW = Tolerance(worst=0.1, median=0.01, underflow=1e-9)


def test_a_tolerance_is_widened_by_what_was_measured_and_never_narrowed():
    assert NARROW.widened(0.2, 0.001) == Tolerance(pytest.approx(0.6), 0.01, 1e-9)


@pytest.mark.parametrize(
    ("found", "accepted"),
    [([1.0, 2.0, 3.0, 0.0], True), ([1.0, 2.0, 3.2, 0.0], True), ([1.0, 2.0, 3.5, 0.0], False), ([1.05] * 4, False)],
)
def test_one_number_may_be_off_by_the_worst_and_half_of_them_by_the_median(found, accepted):
    ours = np.array([1.0, 2.0, 3.0, 1e-12])

    assert NARROW.accepts(NARROW.deviations(np.array(found), ours)) is accepted
