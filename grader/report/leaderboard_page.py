"""A leaderboard as one page that needs nothing else."""

from __future__ import annotations

from grader.gradebook.leaderboard import Leaderboard
from grader.report.page.template import render
from grader.words import printable


def leaderboard_page(board: Leaderboard, title: str, *, anonymous: bool) -> str:
    """HTML. Names are students' own text: the template escapes them."""
    figures = [place.figure for place in board.places]
    low, high = min([0.0, *figures]), max([0.0, *figures])
    width = (high - low) or 1.0
    rows = [
        (place.rank, printable(place.name), place.shown, round(100 * abs(place.figure) / width, 1))
        for place in board.places
    ]
    left = 0 if anonymous else len(board.without)
    return render("leaderboard.html.j2", title=title, what=board.what, rows=rows, anonymous=anonymous, without=left)
