"""Numbers of right answers that are no surprise, beside the distribution as SciPy has it."""

import pytest
from scipy.stats import binom

from grader.checks.spread import CONFIDENCE, SURER_THAN_BEFORE, Accuracies, better_than_chance, most_by_chance

IMAGES = (1, 7, 150, 10_000)


@pytest.mark.parametrize("images", IMAGES)
@pytest.mark.parametrize("lowest", [0.0, 0.31, 0.9, 1.0])
def test_a_network_as_good_as_the_worst_reference_passes_but_once_in_a_thousand_times(images, lowest):
    assert Accuracies(1, lowest, 1.0, 5).least(images) == binom.ppf(1 - CONFIDENCE, images, lowest)


@pytest.mark.parametrize("images", IMAGES)
@pytest.mark.parametrize("classes", [2, 5, 10])
def test_guessing_exceeds_its_most_but_once_in_a_thousand_times(images, classes):
    assert most_by_chance(images, classes) == binom.isf(1 - CONFIDENCE, images, 1 / classes)


@pytest.mark.parametrize("before", [0, 30, 48, 150])
def test_what_is_learned_is_more_than_guesses_and_more_than_before(before):
    for right in range(151):
        sure = binom.sf(right - 1, 150, 1 / 5) < 1 - CONFIDENCE
        more = not before or binom.sf(right - 1, 150, before / 150) <= 1 - SURER_THAN_BEFORE

        assert better_than_chance(right, 150, 5, before) == (sure and more), right
