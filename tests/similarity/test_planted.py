"""Copies that were planted in a class of 200 are found, and those who kept the course's own code are not."""

from __future__ import annotations

import pytest
from planted import INNOCENT, KINDS, planted_class

from grader.similarity import Ranking, ranked

STUDENTS, TOP = 200, 20


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    programs, known = planted_class(STUDENTS)
    return ranked(programs, known, shown=TOP)


def place_of(ranking: Ranking, kind: str) -> int:
    """At which place the pair of a kind stands, from 1; after the last where it has nothing in common."""
    for place, pair in enumerate(ranking.pairs, start=1):
        if {ranking.programs[side].student for side in (pair.one, pair.other)} == {f"{kind}-a", f"{kind}-b"}:
            return place
    return len(ranking.pairs) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_copy_is_among_the_first_twenty_of_twenty_thousand_pairs(ranking, kind):
    assert ranking.compared == 19_900
    assert place_of(ranking, kind) <= TOP


@pytest.mark.parametrize("kind", INNOCENT)
def test_two_who_kept_the_courses_own_code_are_not(ranking, kind):
    assert place_of(ranking, kind) > TOP


def test_copies_form_groups_of_their_own_and_honest_students_none(ranking):
    groups = [sorted(ranking.programs[place].student for place in group) for group in ranking.groups()]

    assert sorted(groups) == [[f"{kind}-a", f"{kind}-b"] for kind in sorted(KINDS)]


def test_the_first_pairs_say_which_lines_are_common(ranking):
    pair = ranking.pairs[place_of(ranking, "verbatim") - 1]

    common = {ranking.programs[pair.one].lines[match.line].text for match in pair.left}
    assert any(line.startswith("def confusion") for line in common)
    assert "def load_data(path, normalise=True):" not in common
