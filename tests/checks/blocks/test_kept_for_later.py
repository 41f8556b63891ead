"""What a function keeps for a later one, in a cache or in a dictionary of settings, is its own affair."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from asking import found

from grader.checks import normal, same_as_reference
from grader.finding import Outcome


def scale(x, state):
    """The reference: divides by the spread, of which an average is kept while it trains."""
    spread = x.std(axis=0) + 1
    if state["train"]:
        state["average"] = 0.9 * state.get("average", np.zeros(x.shape[1])) + 0.1 * spread
        return x / spread, (x - x.mean(axis=0), spread)
    return x / state["average"], None


def scale_back(dout, cache):
    """The reference: gradient by x, and the sum."""
    centred, spread = cache
    n, std = len(dout), spread - 1
    grown = (dout * (centred + centred.mean(axis=0)) / spread**2).sum(axis=0)
    return dout / spread - grown * centred / (n * std), dout.sum(axis=0)


CHAIN = same_as_reference(
    "scale(x, state) -> out, cache",
    "scale_back(dout, cache) -> dx, db",
    reference={"scale": scale, "scale_back": scale_back},
    cases=[
        {"x": normal(6, 4), "state": {"train": True}, "dout": normal(6, 4)},
        {"x": normal(3, 4), "state": {"train": True}, "dout": normal(3, 4)},
        {"x": normal(5, 4), "state": {"train": False, "average": normal(4, scale=0.1, shift=3)}},
    ],
)
FORWARD, BACK = CHAIN["scale"], CHAIN["scale_back"]


def unbiased(x, state):
    """Wrong: the spread is taken over one less."""
    out, cache = scale(x, state)
    return (out, cache) if cache is None else (out * 1.1, (cache[0], cache[1] * 1.05))


def test_a_function_is_a_persons_where_what_it_was_given_to_keep_is_of_a_wrong_one():
    finding = found(BACK, scale=unbiased, scale_back=scale_back)

    assert found(FORWARD, scale=unbiased, scale_back=scale_back).credit == Fraction(1, 3)
    assert finding.outcome is Outcome.UNGRADED
    assert "scale differs too, and what it kept is its own affair" in finding.message


@pytest.mark.parametrize(
    "back",
    [
        lambda dout, cache: (None, None),
        lambda dout, cache: (np.zeros_like(dout), dout.sum(axis=0)),
        lambda dout, cache: (dout.T, dout.sum(axis=0)),
        lambda dout, cache: (scale_back(dout, cache)[0], dout.sum()),
        lambda dout, cache: scale_back(dout, cache)[0],
        lambda dout, cache: 1 / 0,
    ],
)
def test_what_no_cache_explains_is_the_functions_own_mistake(back):
    assert found(BACK, scale=unbiased, scale_back=back).outcome is Outcome.FAILED


def test_a_wrong_function_fails_where_the_one_before_it_is_right():
    finding = found(BACK, scale=scale, scale_back=lambda dout, cache: (dout / cache[1], dout.sum(axis=0)))

    assert finding.outcome is Outcome.FAILED


def test_an_average_that_is_kept_wrong_excuses_nothing():
    def forgets(x, state):
        return scale(x, dict(state))

    wrong = found(BACK, scale=forgets, scale_back=lambda dout, cache: (dout / cache[1], dout.sum(axis=0)))

    assert found(FORWARD, scale=forgets).credit == Fraction(1, 3)
    assert wrong.outcome is Outcome.FAILED
    assert found(BACK, scale=forgets, scale_back=scale_back).outcome is Outcome.PASSED


def test_a_case_in_which_the_earlier_function_fails_is_left_out():
    def picky(x, state):
        if len(x) == 3:
            raise ValueError("too few")
        return scale(x, state)

    finding = found(BACK, scale=picky, scale_back=scale_back)

    assert finding.outcome is Outcome.PASSED
    assert "scale_back agrees with the reference on 1 hidden input" in finding.message
    assert any("scale_back was not tried: no earlier function gave cache" in note for note in finding.details)
    assert found(FORWARD, scale=picky, scale_back=scale_back).credit == Fraction(2, 3)


def squares(x):
    """The reference: the sum of squares of each row, of whatever dimensions."""
    flat = x.reshape(len(x), -1)
    return (flat**2).sum(axis=1), x


def squares_back(dout, cache):
    """The reference: the gradient has the shape of the input."""
    return 2 * cache * dout.reshape(-1, *[1] * (cache.ndim - 1))


def flat_squares(x):
    """Wrong: for matrices alone."""
    if x.ndim > 2:
        raise ValueError("expected a matrix")
    return (x**2).sum(axis=1), x


def flat_back(dout, cache):
    """Wrong, and seen with four dimensions alone."""
    return 2 * cache * dout[:, None]


def two_back(dout, cache):
    """Wrong, and seen with more than four rows alone."""
    return squares_back(dout, cache) * (1 if len(dout) < 5 else 2)


SQUARES = same_as_reference(
    "squares(x) -> out, cache",
    "squares_back(dout, cache) -> dx",
    reference={"squares": squares, "squares_back": squares_back},
    cases=[
        {"x": normal(6, 4), "dout": normal(6)},
        {"x": normal(3, 5), "dout": normal(3)},
        {"x": normal(3, 2, 2, 5), "dout": normal(3)},
    ],
    mistakes={"doubled it for more than four rows": {"squares_back": two_back}},
)


SQUARES_FIRST = same_as_reference(
    "squares(x) -> out, cache",
    "squares_back(dout, cache) -> dx",
    reference={"squares": squares, "squares_back": squares_back},
    cases=[
        {"x": normal(3, 2, 2, 5), "dout": normal(3)},
        {"x": normal(6, 4), "dout": normal(6)},
        {"x": normal(3, 5), "dout": normal(3)},
    ],
)


@pytest.mark.parametrize("back", [squares_back, flat_back])
def test_where_no_other_input_is_like_the_one_that_the_earlier_function_fails_on_a_person_decides(back):
    finding = found(SQUARES["squares_back"], squares=flat_squares, squares_back=back)

    assert finding.outcome is Outcome.UNGRADED
    assert "could not be compared with the reference on 1 of 3 hidden inputs" in finding.message
    assert "no earlier function gave cache (squares raised ValueError: expected a matrix)" in finding.message
    assert ", and no other input shows what this one does" in finding.message
    assert "a person decides whether it is right there" in finding.message


def test_where_the_inputs_that_are_left_do_not_show_a_named_mistake_a_person_decides():
    def few(x):
        if len(x) > 5:
            raise ValueError("too many")
        return squares(x)

    for back in (squares_back, two_back):
        assert found(SQUARES["squares_back"], squares=few, squares_back=back).outcome is Outcome.UNGRADED


def test_an_input_that_others_stand_for_costs_the_later_function_nothing():
    def many(x):
        if x.shape == (3, 5):
            raise ValueError("too few")
        return squares(x)

    assert found(SQUARES["squares_back"], squares=many, squares_back=squares_back).outcome is Outcome.PASSED
    assert found(SQUARES["squares_back"], squares=many, squares_back=flat_back).credit == Fraction(1, 2)


def test_a_function_that_is_wrong_where_it_is_tried_fails():
    finding = found(SQUARES["squares_back"], squares=flat_squares, squares_back=lambda dout, cache: cache)

    assert finding.outcome is Outcome.FAILED


def test_a_mistake_of_its_own_is_told_before_what_was_not_tried():
    def wrong_for_three(dout, cache):
        return squares_back(dout, cache) * (3 if len(dout) == 3 else 1)

    finding = found(SQUARES_FIRST["squares_back"], squares=flat_squares, squares_back=wrong_for_three)

    assert finding.credit == Fraction(1, 3)
    assert "differs from the reference on 2 of 3 hidden inputs: dx differs" in finding.message


def test_in_one_criterion_for_both_an_input_that_the_first_fails_on_costs_both():
    assert found(SQUARES, squares=flat_squares, squares_back=squares_back).credit == Fraction(2, 3)


def test_usual_settings_may_be_written_into_a_dictionary_that_keeps_averages():
    def settles(x, state):
        state.setdefault("momentum", 0.9)
        state.setdefault("average", np.zeros(x.shape[1]))
        return scale(x, state)

    assert found(FORWARD, scale=settles).outcome is Outcome.PASSED


def test_what_such_a_dictionary_holds_is_not_to_be_changed():
    def moves(x, state):
        out = scale(x, state)
        state["average"] = state["average"] + (0 if state["train"] else 1)
        return out

    finding = found(FORWARD, scale=moves)

    assert finding.credit == Fraction(5, 6)
    assert "the input state is changed in place" in finding.message


def test_a_dictionary_that_is_only_looked_into_is_not_to_be_written_into():
    chance = same_as_reference(
        "chance(counts, word) -> p",
        reference={"chance": lambda counts, word: counts.get(word, 0) / sum(counts.values())},
        cases=[{"counts": {"a": 2, "b": 3}, "word": "c"}, {"counts": {"a": 4, "b": 1}, "word": "a"}],
        constant=("p",),
    )

    finding = found(chance, chance=lambda counts, word: counts.setdefault(word, 0) / sum(counts.values()))

    assert finding.credit == Fraction(3, 4)
