"""Leaderboards: recorded grades alone, ties, figures of findings, made-up names that stay the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from click.testing import CliRunner
from core_examples import QUICK

from grader.cli import main
from grader.errors import UserError
from grader.finding import Finding
from grader.gradebook.leaderboard import anonymous, as_csv, leaderboard, pseudonyms
from grader.grading import Grade, Mark
from grader.report.leaderboard_page import leaderboard_page

KEY = b"secret"


def grade(student: str, points: float | None, *said: str) -> Grade:
    finding = Finding.passed(said[0] if said else "well done", details=said[1:])
    given = None if points is None else Decimal(str(points))
    mark = Mark("net", "The network", finding, given, Decimal(10), False)
    return Grade("small", student, 1, None, (mark,), Decimal(0), QUICK)


CLASS = [
    grade("ada", 7, "asked for 0.8, found 0.9", "accuracy: 0.912", "loss: 1e-2"),
    grade("ben", 9, "accuracy 0.95 on 200 images"),
    grade("cleo", 7, "accuracy: 0.912"),
    grade("dan", None, "accuracy: 0.99"),
    grade("eve", 2, "not attempted"),
]


def ranks(board):
    return [(place.rank, place.name, place.figure) for place in board.places]


def test_points_are_ranked_and_ties_share_a_rank():
    board = leaderboard(CLASS)

    assert ranks(board) == [(1, "ben", 9), (2, "ada", 7), (2, "cleo", 7), (4, "eve", 2)]
    assert board.without == (("dan", "not graded completely yet"),)


def test_a_figure_is_taken_from_details_then_from_the_message():
    board = leaderboard(CLASS, by="net", figure="accuracy")

    assert ranks(board) == [(1, "dan", 0.99), (2, "ben", 0.95), (3, "ada", 0.912), (3, "cleo", 0.912)]
    assert board.without == (("eve", "its finding gives no such figure"),)


def test_the_lowest_figure_may_be_the_best_and_a_pattern_may_find_it():
    assert ranks(leaderboard(CLASS, by="net", figure=r"on (\d+) images", lowest=True)) == [(1, "ben", 200)]
    assert ranks(leaderboard(CLASS, by="net", lowest=True))[0] == (1, "eve", 2)


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "nothing"},
        {"figure": "accuracy"},
        {"by": "net", "figure": "perplexity"},
        {"by": "net", "figure": "(a"},
        {"by": "net", "figure": "(a)(b)"},
    ],
)
def test_what_cannot_be_ranked_is_said(asked):
    with pytest.raises(UserError, match="expected"):
        leaderboard(CLASS, **asked)


def test_made_up_names_stay_the_same_and_tell_nothing():
    board = anonymous(leaderboard(CLASS), KEY)
    fewer = anonymous(leaderboard(CLASS[1:]), KEY)

    assert {one.student: one.name for one in fewer.places}.items() <= {
        one.student: one.name for one in board.places
    }.items()
    assert anonymous(leaderboard(CLASS), b"other") != board
    assert not board.without
    page = leaderboard_page(board, "Nets", anonymous=True) + as_csv(board).decode()
    assert not [one.student for one in CLASS if one.student in page]


def test_a_thousand_students_have_a_thousand_names():
    assert len(set(pseudonyms([f"student {n}" for n in range(1000)], KEY).values())) == 1000


def test_names_are_harmless_in_tables_and_pages():
    hostile = [replace(CLASS[0], student="=cmd()|a"), replace(CLASS[1], student="<script>x</script>")]
    board = leaderboard(hostile)

    assert "<script>" not in leaderboard_page(board, "<b>", anonymous=False)
    assert [row[1] for row in csv.reader(io.StringIO(as_csv(board).decode()))][1:] == [
        "<script>x</script>",
        "'=cmd()|a",
    ]


def test_the_command_writes_a_table_and_a_page_of_recorded_grades(course, monkeypatch):
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)
    course.submit(ada="2 * x", bob="5")
    course.grade()
    result = CliRunner().invoke(
        main, ["leaderboard", str(course.out), "--names", str(course.out / "names.csv"), "--json"]
    )

    assert result.exit_code == 0, result.output
    assert [one["rank"] for one in json.loads(result.stdout)["places"]] == [1, 2]
    assert "ada" not in (course.out / "leaderboard.html").read_text() + (course.out / "leaderboard.csv").read_text()
    assert (course.out / "names.csv").read_text().startswith("student,name\nada,")
    plain = CliRunner().invoke(main, ["leaderboard", str(course.out), "--by", "nothing"])
    assert (plain.exit_code, "expected points or one of" in plain.output) == (2, True)
