"""What students type: one letter, one number, one formula, however they write it."""

from __future__ import annotations

import pytest

from grader.checks.blocks.formulas import NoFormula, names_in, parsed, value
from grader.checks.blocks.typed import letter, numbers_in


@pytest.mark.parametrize(
    "said",
    [
        "c",
        "C",
        "(c)",
        "**c.**",
        "c) because the matrix is the same",
        "Answer: c",
        "option (C)",
        "c - the batch",
        "c since a",
    ],
)
def test_one_letter_is_read_with_what_stands_around_it(said):
    assert letter(said, "abcd") == "c"


@pytest.mark.parametrize(
    "said", ["", "e", "a or c", "a, c", "ac", "A network", "['a', 'c']", "b) or c)", "c) not d)", "because"]
)
def test_several_letters_or_none_are_no_answer(said):
    assert letter(said, "abcd") is None


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("98816", 98816),
        ("98 816", 98816),
        ("98,816 parameters", 98816),
        ("1'000'000", 1_000_000),
        ("1_000", 1000),
        ("12,544.5", 12544.5),
        ("0,37", 0.37),
        ("0,370", 0.37),
        ("1.2 × 10^4", 12000),
        ("-3e-2", -0.03),
        ("−5", -5),
        ("≈ 12544", 12544),
        ("64*196 = 12544", 12544),
        ("4 * (64*128 + 128*128 + 128)", 98816),
        ("2^10", 1024),
    ],
)
def test_one_number_is_read_however_it_is_written(said, number):
    assert numbers_in(said) == pytest.approx([number])


@pytest.mark.parametrize("said", ["3 4", "3, 4", "about 3 to 4", "none"])
def test_several_numbers_are_no_answer(said):
    assert len(numbers_in(said)) != 1


@pytest.mark.parametrize(
    "said",
    ["s*(1-s)", "s(1-s)", "s - s^2", "s−s²", "(1-s)s", "\\frac{s}{1} (1 - s)", "s \\cdot \\left(1 - s\\right)"],
)
def test_products_need_no_sign(said):
    assert value(parsed(said, ["s"]), {"s": 0.3}) == pytest.approx(0.21)


@pytest.mark.parametrize("said", ["ds", "f(s)", "s s s)", "1 2"])
def test_what_is_no_formula_is_said_to_be_none(said):
    with pytest.raises(NoFormula):
        value(parsed(said, ["s"]), {"s": 0.3})


def test_the_variables_of_a_formula_are_its_other_names():
    assert names_in("2*x*exp(-y**2) + pi") == ("x", "y")
