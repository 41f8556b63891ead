"""Wrong versions of a reference, each named: a finding says which of them a student's results are those of."""

from __future__ import annotations

import numpy as np
import pytest
from asking import found

from grader.checks import normal, same_as_reference
from grader.errors import AssignmentError
from grader.finding import Outcome


def mean_square(x, y):
    return ((x - y) ** 2).mean()


def slope(x, y):
    return 2 * (x - y) / x.size


REFERENCE = {"mean_square": mean_square, "slope": slope}
CASES = [{"x": normal(4, 3), "y": normal(4, 3)}, {"x": normal(7), "y": normal(7)}]
MISTAKES = {
    "forgot to divide by the number of values": lambda x, y: ((x - y) ** 2).sum(),
    "divides by the number of rows": lambda x, y: ((x - y) ** 2).sum() / len(x),
}
ONE = same_as_reference("mean_square(x, y) -> loss", reference=REFERENCE, cases=CASES, mistakes=MISTAKES)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y: np.sum((x - y) ** 2), "a version that forgot to divide by the number of values"),
        (lambda x, y: sum((x - y).ravel() ** 2) / len(x), "a version that divides by the number of rows"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(function, words):
    assert words in found(ONE, mean_square=function).message


def test_the_words_for_a_mistake_bring_no_hint_about_missing_results():
    hint = found(ONE, mean_square=lambda x, y: sum((x - y).ravel() ** 2) / len(x)).hint

    assert hint is None or "return everything" not in hint


def test_of_two_versions_that_agree_in_a_case_only_one_fits_where_they_differ():
    finding = found(ONE, mean_square=lambda x, y: ((x - y) ** 2).sum() / len(x))

    assert finding.outcome is Outcome.PARTIAL  # for vectors the rows are the values
    assert "divides by the number of rows" in finding.message


def test_other_mistakes_and_right_work_are_told_as_ever():
    assert "a version that" not in found(ONE, mean_square=lambda x, y: 3 * mean_square(x, y)).message
    assert found(ONE, mean_square=lambda x, y: np.square(x - y).mean()).outcome is Outcome.PASSED


def test_of_several_functions_the_wrong_version_is_given_by_name():
    both = same_as_reference(
        "mean_square(x, y) -> loss",
        "slope(x, y) -> dx",
        reference=REFERENCE,
        cases=CASES,
        mistakes={"takes the slope of the sum": {"slope": lambda x, y: 2 * (x - y)}},
    )

    finding = found(both["slope"], mean_square=mean_square, slope=lambda x, y: 2 * x - 2 * y)

    assert "a version that takes the slope of the sum" in finding.message
    assert found(both["mean_square"], mean_square=mean_square, slope=slope).outcome is Outcome.PASSED


def test_a_wrong_version_that_these_inputs_do_not_show_leaves_it_to_a_person():
    same = same_as_reference(
        "mean_square(x, y) -> loss",
        reference=REFERENCE,
        cases=CASES[1:],
        mistakes={"divides by the number of rows": MISTAKES["divides by the number of rows"]},
    )

    finding = found(same, mean_square=mean_square)

    assert finding.outcome is Outcome.UNGRADED
    assert "mean_square that divides by the number of rows" in finding.message


def test_a_wrong_version_of_what_is_not_asked_is_refused():
    for wrong in ({"slope": slope}, {"nothing": None}):
        with pytest.raises(AssignmentError, match="expected wrong versions of mean_square by name"):
            same_as_reference("mean_square(x, y) -> loss", reference=REFERENCE, cases=CASES, mistakes={"is odd": wrong})


def clip(grads, most):
    """The reference: all of them by their common norm."""
    norm = np.sqrt(sum((part**2).sum() for part in grads))
    for part in grads:
        part[:] = part * min(1, most / norm)


def clip_each(grads, most):
    for part in grads:
        part[:] = part * min(1, most / np.sqrt((part**2).sum()))


CLIPPED = ("clip([a, b], most)", "a + 0 -> after")
CLIPS = [{"a": normal(3, 2, scale=s), "b": normal(4, scale=s), "most": 1.0} for s in (3, 0.01)]


def test_a_mistake_of_what_an_expression_calls_is_named_in_the_step_that_shows_it():
    block = same_as_reference(
        *CLIPPED,
        reference={"clip": clip},
        cases=CLIPS,
        per_case=False,
        mistakes={"clips each on its own": clip_each},
    )

    assert "a version that clips each on its own" in found(block["a + 0"], clip=clip_each).message
    assert found(block, clip=clip).outcome is Outcome.PASSED


def test_and_one_that_no_step_shows_leaves_it_to_a_person():
    block = same_as_reference(
        *CLIPPED,
        reference={"clip": clip},
        cases=CLIPS[1:],
        per_case=False,
        mistakes={"clips each on its own": clip_each},
    )

    finding = found(block, clip=clip)

    assert finding.outcome is Outcome.UNGRADED
    assert "clip([a, b], most) that clips each on its own" in finding.message


def test_where_nothing_is_called_there_is_no_wrong_version():
    with pytest.raises(AssignmentError, match="expected wrong versions of a function that is asked for by name"):
        same_as_reference("x * 2 -> y", reference={}, cases=[{"x": normal(3)}], mistakes={"is odd": clip})
