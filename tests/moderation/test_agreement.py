"""How far markers agree, who stands out, and how many double marks show it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.moderation import DoubleMark, agreement, interval_alpha, proposed
from grader.moderation.sample import BIAS, SPREAD

# Krippendorff's own example of four observers and twelve units; α for interval data is 0.849.
RATED = "111 2232 3333 3333 2222 1234 4444 1121 2222 555 11 3"
UNITS = [[int(value) for value in unit] for unit in RATED.split()]


def test_alpha_is_that_of_krippendorffs_example():
    found = interval_alpha(UNITS)

    assert found is not None
    assert found.value == pytest.approx(0.849, abs=5e-4)
    assert found.low is not None
    assert found.low < found.value < found.high <= 1


def test_full_agreement_is_one_and_chance_is_about_zero():
    chance = np.random.default_rng(1).random((400, 2))

    assert interval_alpha([(v, v) for v in (0.1, 0.5, 0.9)]).value == 1
    assert abs(interval_alpha(chance).value) < 0.1


@pytest.mark.parametrize("units", [[], [(1.0,)], [(0.5, 0.5), (0.5, 0.5)]], ids=["none", "single", "all the same"])
def test_where_nothing_can_be_said_there_is_no_alpha(units):
    assert interval_alpha(units) is None


def test_of_few_units_there_is_no_interval_and_the_same_units_give_the_same_one():
    assert interval_alpha([(0.1, 0.2), (0.8, 0.9)]).low is None
    assert interval_alpha(UNITS) == interval_alpha(UNITS)


def marked(random: np.random.Generator, biases: dict[str, float], each: int) -> list[DoubleMark]:
    """So many double marks with each marker as the first, points to half a point of ten."""
    found = []
    for first in biases:
        for _ in range(each):
            second = random.choice([name for name in biases if name != first])
            work = random.uniform(0.2, 0.8)
            shares = [
                np.clip(round(20 * (work + biases[name] + random.normal(0, SPREAD / 2**0.5))) / 20, 0, 1)
                for name in (first, second)
            ]
            found.append(DoubleMark("style", first, str(second), *map(float, shares)))
    return found


def share_found(biases: dict[str, float], marker: str, runs: int = 100) -> float:
    """In how many of so many classes a marker stands out, with the number of double marks that is proposed."""
    random = np.random.default_rng(3)
    classes = [agreement_of_markers(marked(random, biases, proposed())) for _ in range(runs)]
    return float(np.mean([marker in standing for standing in classes]))


def agreement_of_markers(marks: list[DoubleMark]) -> set[str]:
    from grader.moderation.agreement import _differences

    return {one.marker for one in _differences(marks) if one.stands_out}


def test_a_planted_bias_of_five_percent_is_found_with_the_number_that_is_proposed():
    assert share_found({"lee": BIAS, "sato": 0.0, "roy": 0.0}, "lee") >= 0.9


def test_without_a_bias_nobody_stands_out_more_often_than_the_level_says():
    assert share_found({"lee": 0.0, "sato": 0.0, "roy": 0.0}, "lee") <= 0.1


def test_the_mean_difference_of_each_marker_has_its_sign_and_interval():
    found = agreement(marked(np.random.default_rng(4), {"lee": 0.2, "sato": 0.0}, 40))

    assert [(one.marker, one.count, one.stands_out) for one in found.differences] == [
        ("lee", 80, True),
        ("sato", 80, True),
    ]
    assert found.differences[0].mean.value == pytest.approx(0.2, abs=0.05)
    assert found.differences[1].mean.value == pytest.approx(-found.differences[0].mean.value)
    assert found.as_dict()["double_marks"] == 80


def test_more_spread_needs_more_marks_and_a_larger_bias_fewer():
    assert proposed(0.24) > proposed(0.12) > proposed(0.06)
    assert proposed(bias=0.1) < proposed(bias=0.05)
    assert proposed(0.0) == 5


def test_without_double_marks_nothing_is_said_but_how_many_are_needed():
    found = agreement([])

    assert (found.alpha, found.differences, found.needed) == (None, (), proposed())
