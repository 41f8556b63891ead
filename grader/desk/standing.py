"""What a page tells of a mark as it stands, before somebody decides on it."""

from __future__ import annotations

from grader.desk.asked import PageAsked
from grader.desk.recording import base_of
from grader.desk.roll import RollEntry
from grader.grading import Mark
from grader.report.wording import points


def standing(asked: PageAsked, entry: RollEntry, mark: Mark) -> dict[str, object]:
    """Whose it is, its points, and the word by which a decision says what it was made on."""
    return {
        "entry": entry,
        "who": asked.name_of(entry),
        "mark": mark,
        "standing": "no points yet" if mark.points is None else points(mark.points),
        "possible": points(mark.points_possible),
        "base": base_of(asked.desk.roll, entry, mark),
    }
