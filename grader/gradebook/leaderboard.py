"""A leaderboard: recorded grades, ranked by points or by a figure of their findings; under other names if asked for."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.errors import UserError
from grader.gradebook.csv import safe_cell
from grader.grading import Grade, Mark

_NUMBER = r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-−+]?\.\d+"
_DIGITS = 6  # what differs after so many digits is a tie


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FIRST = _listed(
    "amber azure brave brisk bronze calm cedar clear clever cobalt coral crimson crisp dapper eager early fleet "
    "gentle golden grand hazel honest indigo ivory jade jolly keen kind lilac lively lucky maple mellow merry "
    "mint noble olive opal patient pearl plum proud quick quiet ruby rustic sandy scarlet silent silver sly snowy "
    "solar spry steady swift teal tidy umber velvet violet vivid warm witty "
)
_SECOND = _listed(
    "badger beaver bison bittern boar buzzard camel caribou civet condor crane curlew dolphin dormouse eagle "
    "egret falcon ferret finch gannet gazelle gecko gibbon goose grouse hare heron hoopoe ibex ibis jackal jay "
    "kestrel kiwi lapwing lark lemur linnet lynx magpie marmot marten merlin mole narwhal newt ocelot orca oriole "
    "osprey otter owl panda pelican pipit plover puffin quail raven robin seal shrike stoat swan tapir toucan "
    "vole walrus wren zebra "
)


@dataclass(frozen=True)
class Standing:
    """One student's place. Ties share a `rank`; the next one is as many places further down."""

    rank: int
    name: str
    figure: float
    student: str

    @property
    def shown(self) -> str:
        """The figure as it is ranked."""
        return f"{self.figure:.{_DIGITS}g}"


@dataclass(frozen=True)
class Leaderboard:
    """The places, the best first; and who has none, with the reason, by student."""

    what: str
    places: tuple[Standing, ...]
    without: tuple[tuple[str, str], ...] = ()


def leaderboard(
    grades: Sequence[Grade], *, by: str = "points", figure: str | None = None, lowest: bool = False
) -> Leaderboard:
    """Rank grades by `points` (all of them), by a criterion's points, or by a `figure` that its finding gives.

    A grade without points yet, or without the figure, has no place. Raises UserError for a criterion or a figure that
    no grade has, and for a pattern that cannot be read.
    """
    if figure is not None and by == "points":
        raise UserError("--figure: expected --by CRITERION, whose finding gives it; found none")
    known = dict.fromkeys(mark.criterion for grade in grades for mark in grade.marks)
    if by != "points" and by not in known:
        raise UserError(f"--by: expected points or one of {', '.join(known) or 'no criterion'}; found {by!r}")
    pattern = None if figure is None else _pattern(figure)
    found: list[tuple[str, float]] = []
    without: list[tuple[str, str]] = []
    for grade in grades:
        value, why = _figure(grade, by, pattern)
        if value is None:
            without.append((grade.student, why))
        else:
            found.append((grade.student, value))
    if figure is not None and grades and not found:
        raise UserError(
            f"--figure: expected {figure!r} with a number in the findings of {by}, found it in none of them"
        )
    what = figure or ("points" if by == "points" else f"points for {by}")
    return Leaderboard(what, _ranked(found, lowest=lowest), tuple(sorted(without)))


def _ranked(found: Sequence[tuple[str, float]], *, lowest: bool) -> tuple[Standing, ...]:
    sign = 1 if lowest else -1
    shown = [(float(f"{value:.{_DIGITS}g}"), student) for student, value in found]
    ordered = sorted(shown, key=lambda pair: (sign * pair[0], pair[1]))
    values = [value for value, _ in ordered]
    return tuple(Standing(values.index(value) + 1, student, value, student) for value, student in ordered)


def _pattern(figure: str) -> re.Pattern[str]:
    """`accuracy` stands before its number; a pattern of the user's own has a group around it."""
    if "(" not in figure:
        return re.compile(rf"(?<!\w){re.escape(figure)}\s*(?:[:=]|is|of)?\s*({_NUMBER})", re.IGNORECASE)
    try:
        pattern = re.compile(figure)
    except re.error as error:
        raise UserError(f"--figure: expected a regular expression, found {figure!r}: {error}") from None
    if pattern.groups != 1:
        raise UserError(f"--figure: expected one group, around the number; found {pattern.groups} in {figure!r}")
    return pattern


def _figure(grade: Grade, by: str, pattern: re.Pattern[str] | None) -> tuple[float | None, str]:
    """The figure, or why there is none."""
    if by == "points":
        return (None, "not graded completely yet") if grade.points is None else (float(grade.points), "")
    mark = next((one for one in grade.marks if one.criterion == by), None)
    if mark is None:
        return None, f"no mark for {by}"
    if pattern is not None:
        value = figure_in(mark, pattern)
        return value, "" if value is not None else "its finding gives no such figure"
    return (None, "not graded yet") if mark.points is None else (float(mark.points), "")


def figure_in(mark: Mark, pattern: re.Pattern[str]) -> float | None:
    """The first number that fits in a finding's details, then in its message."""
    for text in (*mark.finding.details, mark.finding.message):
        if hit := pattern.search(text[:4000]):
            try:
                return float(hit[1].replace(",", "").replace("−", "-"))
            except (ValueError, AttributeError):
                continue
    return None


def anonymous(board: Leaderboard, key: bytes) -> Leaderboard:
    """The same under names that tell nothing, the same ones each time for the same key; without those who have no
    place. Students of one rank are in the order of these names.
    """
    students = sorted(place.student for place in board.places)
    names = pseudonyms(students, key)
    places = [replace(place, name=names[place.student]) for place in board.places]
    return replace(board, places=tuple(sorted(places, key=lambda place: (place.rank, place.name))), without=())


def pseudonyms(students: Sequence[str], key: bytes) -> dict[str, str]:
    """`clever otter 217` for each student, whoever else is there. Nobody without the key can tell whose it is.

    Two who would have the same (one in four million pairs) get longer numbers.
    """
    names = {one: _pseudonym(one, key, 3) for one in students}
    often = Counter(names.values())
    return {one: _pseudonym(one, key, 9) if often[name] > 1 else name for one, name in names.items()}


def _pseudonym(student: str, key: bytes, digits: int) -> str:
    digest = hmac.digest(key, student.encode("utf-8", "backslashreplace"), hashlib.sha256)
    number = int.from_bytes(digest[8:16]) % 10**digits
    first, second = (int.from_bytes(part) for part in (digest[:4], digest[4:8]))
    return f"{_FIRST[first % len(_FIRST)]} {_SECOND[second % len(_SECOND)]} {number:0{digits}}"


def as_csv(board: Leaderboard) -> bytes:
    """`rank,name,figure`, safe to open in a spreadsheet."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("rank", "name", safe_cell(board.what)))
    writer.writerows((place.rank, safe_cell(place.name), place.shown) for place in board.places)
    return table.getvalue().encode("utf-8", "backslashreplace")
