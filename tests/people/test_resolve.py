"""Whom a TA means by a name, an id, a login or the beginning of one."""

from __future__ import annotations

import pytest

from grader.people.identity import Identity
from grader.people.resolve import UnknownStudentError, meant
from grader.submission import Member, Origin

PEOPLE = {
    "ada": Identity("ada"),
    "adam": Identity("adam"),
    "doejane_101": Identity("doejane_101", Origin("canvas", "101", "Jane Doe", "p")),
    "1_team": Identity("team", Origin("gradescope", "9", "J", "p", members=(Member("Kim Lee", "77", "klee@x.edu"),))),
    "zoe": Identity("Zoé"),
}


@pytest.mark.parametrize(
    ("wanted", "folder"),
    [
        ("ada", "ada"),  # exactly one, though it begins another
        ("adam", "adam"),
        ("doejane_101", "doejane_101"),
        ("101", "doejane_101"),
        ("Doe, Jane", "doejane_101"),
        ("jane", "doejane_101"),
        ("doe", "doejane_101"),
        ("klee", "1_team"),
        ("77", "1_team"),
        ("Kim", "1_team"),
        ("1_team", "1_team"),
        ("zoé", "zoe"),
        ("ZOÉ", "zoe"),
        ("submissions/adam/", "adam"),
    ],
)
def test_a_student_is_found_by_whatever_means_only_them(wanted, folder):
    assert meant(wanted, PEOPLE) == folder


def test_a_beginning_that_several_have_names_them():
    with pytest.raises(UnknownStudentError, match="'ad' fits 2 students: ada, adam") as caught:
        meant("ad", PEOPLE)

    assert caught.value.several


@pytest.mark.parametrize(("wanted", "near"), [("adda", "ada"), ("doejan_101", "doejane_101"), ("klae", "team")])
def test_a_name_that_nobody_has_comes_with_those_that_look_like_it(wanted, near):
    with pytest.raises(UnknownStudentError, match="did you mean") as caught:
        meant(wanted, PEOPLE)

    assert near in caught.value.near


@pytest.mark.parametrize("wanted", ["", "/", "..", "\x1b[31m", "nobody at all"])
def test_what_means_nobody_is_refused_in_printable_words(wanted):
    with pytest.raises(UnknownStudentError) as caught:
        meant(wanted, PEOPLE)

    assert all(line.isprintable() for line in str(caught.value).splitlines())


def test_in_a_sheet_a_beginning_is_not_enough():
    with pytest.raises(UnknownStudentError):
        meant("doeja", PEOPLE, beginnings=False)
