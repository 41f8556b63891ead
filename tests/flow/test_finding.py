"""A finding: one of four outcomes, and the credit that goes with it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from grader.finding import Finding, Outcome, Table, advice_on


def test_there_are_four_outcomes_and_no_other():
    assert [outcome.value for outcome in Outcome] == ["passed", "partial", "failed", "ungraded"]


def test_passed_earns_everything_and_failed_nothing():
    assert (Finding.passed("right").outcome, Finding.passed("right").credit) == (Outcome.PASSED, 1)
    assert (Finding.failed("wrong", "mend").outcome, Finding.failed("wrong").credit) == (Outcome.FAILED, 0)


@pytest.mark.parametrize("credit", [Fraction(1, 3), Fraction(1, 1000), Fraction(999, 1000)])
def test_partial_credit_is_kept_exactly(credit):
    assert Finding.partial(credit, "some").credit == credit


@pytest.mark.parametrize("credit", [Fraction(0), Fraction(1), Fraction(-1, 2), Fraction(3, 2)])
def test_all_or_nothing_is_not_partial(credit):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Finding.partial(credit, "some")


def test_ungraded_has_no_verdict():
    found = Finding.ungraded("the machine failed", "look")

    assert (found.outcome, found.credit, found.hint) == (Outcome.UNGRADED, 0, "look")


def test_details_and_exhibits_go_with_every_verdict():
    table = Table("key", "Title", "Caption", ("a",), (("1",),))
    made = [
        Finding.passed("m", details=("d",), exhibits=(table,)),
        Finding.failed("m", "h", details=("d",), exhibits=(table,)),
        Finding.partial(Fraction(1, 2), "m", "h", details=("d",), exhibits=(table,)),
    ]

    assert all((found.details, found.exhibits) == (("d",), (table,)) for found in made)


def test_a_finding_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Finding.failed("wrong").credit = Fraction(1)


def test_problems_are_all_told_the_first_one_in_the_message():
    found = Finding.wrong("expected a network, found", ["no bias", "two ReLUs"], "look again", notes=("made by Net()",))

    assert (found.outcome, found.message) == (Outcome.FAILED, "expected a network, found: no bias")
    assert (found.details, found.hint) == (("two ReLUs", "made by Net()"), "look again")


def test_the_hint_is_the_one_for_the_first_problem():
    hints = {"bias": "keep the biases", "ReLU": "leave out the last ReLU"}

    assert Finding.wrong("found", ["no bias", "two ReLUs"], hints=hints).hint == "keep the biases"
    assert Finding.wrong("found", ["two ReLUs", "no bias"], hints=list(hints.items())).hint == "leave out the last ReLU"
    assert Finding.wrong("found", ["nothing"], "look again", hints=hints).hint == "look again"
    assert advice_on(["no bias", "two ReLUs", "no bias"], hints) == "keep the biases; leave out the last ReLU"
    assert advice_on(["nothing"], hints) is None


def test_without_a_problem_nothing_is_wrong():
    with pytest.raises(ValueError, match="at least one problem"):
        Finding.wrong("found", [])


def test_what_a_tables_rows_say_is_not_told_again():
    table = Table("cases", "Cases", "", ("Input", "Found"), (("x 2", "too large"), ("x 3", "right")))
    finding = Finding.failed("wrong", details=("x 2: too large", "it is slow", "wrong"), exhibits=(table,))

    assert finding.untold == ("it is slow",)
    assert Finding.failed("wrong", details=("x 2: too large",)).untold == ("x 2: too large",)
