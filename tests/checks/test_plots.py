"""Whether a drawn curve shows certain numbers, and which curve shows which."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from grader.checks.plots import assigned, rises, shows
from grader.readings import Curve

VALUES = np.array([3.0, 0.5, 1e-3, 20.0])
STEEP = 10.0 ** -np.arange(0, 45, 1.5)  # a gradient that vanishes: down to 1e-44


def curve(y, x=None) -> Curve:
    heights = np.asarray(y, np.float64)
    places = np.arange(len(heights), dtype=np.float64) if x is None else np.asarray(x, np.float64)
    return Curve("", places, heights, (0, 0), "linear")


def test_a_curve_shows_its_own_heights():
    assert shows(curve(VALUES), VALUES)


@pytest.mark.parametrize("log", [np.log10, np.log], ids=["log10", "log"])
def test_a_curve_may_show_logarithms(log):
    assert shows(curve(log(VALUES)), VALUES)
    assert shows(curve(log(STEEP)), STEEP)


def test_the_logarithm_to_base_two_is_another_curve():
    assert not shows(curve(np.log2(VALUES)), VALUES)


def test_rounding_to_single_precision_is_no_difference():
    assert shows(curve(VALUES.astype(np.float32)), VALUES)
    assert shows(curve(np.log10(VALUES).astype(np.float32)), VALUES)


@pytest.mark.parametrize("factor", [1.01, 0.99, 2, -1, 0])
def test_a_scaled_curve_is_another_one(factor):
    assert not shows(curve(factor * VALUES), VALUES)


@pytest.mark.parametrize("index", range(4))
def test_one_wrong_height_is_enough(index):
    other = VALUES.copy()
    other[index] *= 1.05

    assert not shows(curve(other), VALUES)


def test_one_wrong_height_among_logarithms_is_enough():
    other = np.log10(VALUES)
    other[2] += 0.1

    assert not shows(curve(other), VALUES)


@pytest.mark.parametrize("order", [order for order in permutations(range(4)) if order != (0, 1, 2, 3)])
def test_the_same_heights_in_another_order_are_another_curve(order):
    assert not shows(curve(VALUES[list(order)]), VALUES)


@pytest.mark.parametrize("heights", [[], [3.0], [3.0, 0.5, 1e-3], [3.0, 0.5, 1e-3, 20.0, 1.0]])
def test_more_or_fewer_heights_are_another_curve(heights):
    assert not shows(curve(heights), VALUES)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 3])
def test_a_height_that_is_no_number_is_wrong(odd, index):
    other = VALUES.copy()
    other[index] = odd

    assert not shows(curve(other), VALUES)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_shown_by_nothing(odd):
    values = np.array([1.0, odd, 2.0])

    assert not shows(curve(values), values)
    assert not shows(curve([1.0, 1.0, 2.0]), values)


def test_nothing_is_shown_by_nothing():
    assert not shows(curve([]), np.zeros(0))


def test_zeros_are_shown_by_zeros_alone():
    zeros = np.zeros(4)

    assert shows(curve(zeros), zeros)
    assert not shows(curve([0, 0, 1e-30, 0]), zeros)
    assert not shows(curve(np.full(4, -np.inf)), zeros)


WITH_ZERO = np.array([1.0, 0.1, 0.0, 0.0])


def test_logarithms_of_zeros_are_gaps():
    with np.errstate(divide="ignore"):
        assert shows(curve(np.log10(WITH_ZERO)), WITH_ZERO)
    assert shows(curve([0, -1, np.nan, -np.inf]), WITH_ZERO)


@pytest.mark.parametrize("heights", [[0, -1, -np.inf, 0], [0, -1, -30, -31], [0, -1, -2, -2], [0, -1, -30, 0]])
def test_a_number_where_the_logarithm_has_a_gap_is_wrong(heights):
    assert not shows(curve(heights), WITH_ZERO)


@pytest.mark.parametrize("log", [np.asarray, np.log10, np.log], ids=["linear", "log10", "log"])
@pytest.mark.parametrize("floor", [1e-6, 1e-12, 1e-30])
@pytest.mark.parametrize("lift", [np.add, np.maximum])
@pytest.mark.parametrize("values", [WITH_ZERO, STEEP, VALUES], ids=["zeros", "steep", "ordinary"])
def test_zeros_may_be_lifted_before_logarithms_are_taken(values, lift, floor, log):
    assert shows(curve(log(lift(values, floor))), values)


@pytest.mark.parametrize("lift", [np.add, np.maximum])
def test_lifting_that_changes_the_curve_is_wrong(lift):
    assert not shows(curve(lift(WITH_ZERO, 1e-3)), WITH_ZERO)
    assert not shows(curve(np.log10(lift(WITH_ZERO, 1e-3))), WITH_ZERO)


def test_lifting_does_not_hide_another_curve():
    others = [WITH_ZERO[::-1], 2 * WITH_ZERO, WITH_ZERO**2, np.array([1.0, 0.11, 0.0, 0.0])]

    assert not any(shows(curve(other + 1e-9), WITH_ZERO) for other in others)
    assert not any(shows(curve(np.log10(other + 1e-9)), WITH_ZERO) for other in others)


def test_values_that_have_underflowed_may_have_become_zero():
    tiny = np.array([1.0, 1e-20, 1e-44])

    assert shows(curve([1.0, 1e-20, 0.0]), tiny)
    assert shows(curve([1.0, 0.0, 0.0]), tiny)


def test_tiny_values_are_compared_with_each_other():
    tiny = np.array([4e-40, 2e-40, 1e-40])

    assert shows(curve(tiny), tiny)
    assert not shows(curve(tiny[::-1]), tiny)
    assert not shows(curve(np.zeros(3)), tiny)


def test_negative_values_have_no_logarithm_and_are_no_trouble():
    values = np.array([-1.0, 2.0, -3.0])

    assert shows(curve(values), values)
    assert not shows(curve([0, np.log10(2), 0]), values)


def test_values_of_another_form_are_shown_by_nothing():
    assert not shows(curve(VALUES), VALUES.reshape(2, 2))
    assert not shows(curve([1.0]), np.array(1.0))


@pytest.mark.parametrize("start", [0, 1, -7, 0.5, 1e6])
@pytest.mark.parametrize("step", [1, 2, 0.1])
def test_positions_that_go_to_the_right_in_equal_steps_rise(start, step):
    assert rises(start + step * np.arange(30.0))


@pytest.mark.parametrize(
    "x",
    [
        [],
        [1.0],
        [1, 1],
        [2, 1],
        [0, 1, 3],
        [0, 1, 0],
        [0, 0, 0],
        [0, np.nan, 2],
        [0, 1, np.inf],
        [-np.inf, 0, 1],
        [np.nan, np.nan],
        [np.inf, np.inf],
        [0, np.inf, np.inf],
    ],
)
def test_other_positions_do_not(x):
    assert not rises(np.array(x, np.float64))


A, B, C = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_wanted_curve_finds_its_own_in_any_order(order):
    drawn = [curve([A, B, C][index]) for index in order]

    assert assigned(drawn, [[A], [B], [C]]) == [order.index(0), order.index(1), order.index(2)]


def test_a_curve_that_was_not_drawn_is_missing():
    assert assigned([curve(C), curve(A)], [[A], [B], [C]]) == [1, None, 0]


def test_further_curves_do_not_matter():
    assert assigned([curve([9, 9]), curve(B), curve(C), curve(A)], [[A], [B]]) == [3, 1]


def test_one_curve_stands_for_one_wanted_only():
    assert sorted(assigned([curve(A)], [[A], [A]]), key=str) == [0, None]


def test_the_same_curve_drawn_twice_stands_for_two():
    assert sorted(index for index in assigned([curve(A), curve(A)], [[A], [A]]) if index is not None) == [0, 1]


def test_any_of_the_alternatives_will_do():
    assert assigned([curve(B), curve(C)], [[A, B], [A, C]]) == [0, 1]


def test_a_curve_taken_too_early_is_given_up_again():
    """The first wanted fits both curves and takes the first, which is the only one that fits the second."""
    assert assigned([curve(A), curve(B)], [[A, B], [A]]) == [1, 0]


def test_curves_are_given_up_along_a_chain():
    drawn = [curve(A), curve(B), curve(C)]

    assert assigned(drawn, [[A, B], [B, C], [A], []])[:3] == [1, 2, 0]


def test_as_many_are_matched_as_can_be():
    random = np.random.default_rng(0)
    for _ in range(200):
        fits = random.random((4, 4)) < 0.4
        best = max(sum(fits[row, order[row]] for row in range(4)) for order in permutations(range(4)))
        drawn = [curve([index, index + 1]) for index in range(4)]
        wanted = [[drawn[index].y for index in range(4) if fits[row, index]] for row in range(4)]

        chosen = assigned(drawn, wanted)

        taken = [index for index in chosen if index is not None]
        assert len(taken) == len(set(taken)) == best
        assert all(index is None or fits[row, index] for row, index in enumerate(chosen))


def test_nothing_drawn_or_nothing_wanted_is_no_trouble():
    assert assigned([], [[A], [B]]) == [None, None]
    assert assigned([curve(A)], []) == []


def test_another_way_to_fit_can_be_asked_for():
    assert assigned([curve(A)], [[B]], lambda drawn, values: drawn.y.shape == values.shape) == [0]
