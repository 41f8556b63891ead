"""Of another course's report: a baseline in place of Net3, other words, and no earlier network at all."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from grader.checks.reported.claimed_accuracies import accuracies_in_text
from grader.checks.reported.subjects import ReportSubjects
from grader.documents import Labelled
from grader.documents.raw import PageBox

ALONE = ReportSubjects()
BASELINE = ReportSubjects(
    own=re.compile(r"\bours\b|transformer", re.IGNORECASE),
    earlier=re.compile(r"\bbaseline\b|\blstm\b", re.IGNORECASE),
    borrowed=re.compile(r"(?:tokens|split|vocabulary) of the baseline", re.IGNORECASE),
    other_data=re.compile(r"\bimdb\b", re.IGNORECASE),
    own_data=re.compile(r"\bsst\b", re.IGNORECASE),
)


def claims(text: str, about: ReportSubjects) -> list[tuple[float, bool]]:
    return [(round(one.value, 4), one.earlier) for one in accuracies_in_text(text, 1, about)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The transformer has an accuracy of 81.5%, the baseline of 74%.", [(0.815, False), (0.74, True)]),
        ("The accuracy rose from 74% (LSTM) to 81.5% (ours).", [(0.74, True), (0.815, False)]),
        ("With the vocabulary of the baseline its accuracy is 81.5%.", [(0.815, False)]),
        ("On IMDB the accuracy is 90%.", []),
        ("On SST the accuracy is 81.5%, on IMDB 90%.", [(0.815, False)]),
    ],
)
def test_accuracies_are_told_apart_by_the_courses_own_words(text: str, found: list[tuple[float, bool]]):
    assert claims(text, BASELINE) == found


def test_without_patterns_everything_is_about_the_homeworks_own_network():
    assert claims("Net3 had an accuracy of 51%, the baseline 74% and ours 81.5%.", ALONE) == [
        (0.51, False),
        (0.74, False),
        (0.815, False),
    ]


@pytest.mark.parametrize(
    ("label", "earlier"),
    [
        ("Confusion matrix of the baseline", True),
        ("Confusion matrix of the transformer", False),
        ("Confusion matrix of the transformer, beside that of the baseline", False),
        ("The LSTM's matrix, worse than ours", True),
        ("Confusion matrix, on the split of the baseline", False),
    ],
)
def test_a_label_is_about_the_network_that_it_names_first(label: str, earlier: bool):
    assert BASELINE.is_earlier(label) is earlier
    assert ALONE.is_earlier(label) is False


def test_a_line_below_that_announces_the_next_matrix_says_nothing_of_the_one_above_it():
    shown = Labelled(page=1, box=PageBox(0, 0, 1, 1), caption=None, heading="Results")

    announced = BASELINE.label(replace(shown, below="The matrix of the baseline was:"))
    told = BASELINE.label(replace(shown, below="This is the matrix of the baseline."))

    assert (BASELINE.is_earlier(announced), BASELINE.is_earlier(told)) == (False, True)
