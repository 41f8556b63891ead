"""Comments at a place of the work: a line or cell of a file, or a region of a PDF's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.responses import Response

from grader.collect import saved_evidence
from grader.desk import sight
from grader.desk.asked import NoSuchPage, PageAsked, goto
from grader.desk.recording import CannotRecord, checked_key
from grader.desk.roll import RollEntry
from grader.desk.shown_code import ShownPart, visible
from grader.desk.works import Kept
from grader.documents.raw import PageBox, UnreadableDocument, parse_frames
from grader.evidence import MissingEvidence
from grader.gradebook.desk_records import Comment, CommentPlace, comments_of, insert_comment, take_click
from grader.gradebook.store import log
from grader.inside.source import SourceError, chunks

MOST_WORDS, MARGIN, MOST_LINE, MOST_PASSAGE = 1000, 2, 240, 500


@dataclass(frozen=True)
class Where:
    """A place as the form gives it, unchecked."""

    file: str
    cell: str
    line: str
    page: str
    box: tuple[str, str, str, str]


def add(asked: PageAsked) -> Response:
    """`POST /comment/CRITERION/CODE`."""
    criterion, entry = asked.desk.criterion(asked.path("criterion")), asked.entry(asked.path("code"))
    if criterion is None:
        raise NoSuchPage
    words = " ".join(asked.field("words").split())
    if not 0 < len(words) <= MOST_WORDS:
        raise CannotRecord(f"comment: expected 1 to {MOST_WORDS} characters, found {len(words)}")
    sides = ("left", "top", "right", "bottom")
    left, top, right, bottom = (asked.field(side) for side in sides)
    where = Where(
        asked.field("file"), asked.field("cell"), asked.field("line"), asked.field("page"), (left, top, right, bottom)
    )
    place = place_of(where, asked.desk.works.of(entry.stored.submission_sha256))
    if place.kind == "region":
        place = replace(place, lines=words_in(asked.desk.results.student(entry.folder).evidence, place))
    comment = Comment(0, criterion.id, place, words, asked.sitting.name, "")
    _keep(asked, entry, comment, None)
    return goto(f"/mark/{criterion.id}/{entry.code}#file-{where.file}")


def remove(asked: PageAsked) -> Response:
    """`POST /comment/CRITERION/CODE/N/remove`: take a comment back; the gradebook keeps that it was there."""
    entry, number = asked.entry(asked.path("code")), asked.path("number")
    with asked.desk.roll.book.reading() as connection:
        found = comments_of(connection, entry.stored.grade.student)
    comment = next((one for one in found if str(one.id) == number), None)
    if comment is not None:
        taken = Comment(0, comment.criterion, comment.place, "", asked.sitting.name, "")
        _keep(asked, entry, taken, comment.id)
    return goto(f"/mark/{asked.path('criterion')}/{entry.code}#comments")


def _keep(asked: PageAsked, entry: RollEntry, comment: Comment, replaces: int | None) -> None:
    """Once for each click; the student's report, which does not show it yet, goes."""
    key, book, student = checked_key(asked.field("key")), asked.desk.roll.book, entry.stored.grade.student
    with book.transaction() as connection:
        if take_click(connection, f"comment {key}", comment.author):
            insert_comment(connection, student, comment, replaces)
            action = "commented" if comment.words else "comment taken back"
            log(
                connection,
                action,
                student,
                {"criterion": comment.criterion, "path": comment.place.path},
                comment.author,
            )
    asked.desk.results.student(entry.folder).forget_report()


def place_of(where: Where, kept: Sequence[Kept]) -> CommentPlace:
    """The place in the student's work, with the lines about it. Raises CannotRecord."""
    if not where.file.isdecimal() or int(where.file) >= len(kept):
        raise CannotRecord("expected a file of this student's, found none\nhint: load the page again")
    file = kept[int(where.file)]
    return _region(where, file) if file.kind == "pdf" else _lines(where, file)


def _region(where: Where, file: Kept) -> CommentPlace:
    """Sides are shares of the page; a page alone is all of it."""
    page = _number(where.page, "page", 1, 10_000)
    if page is None:
        raise CannotRecord("expected the number of a page, found none")
    sides = [_share(text, default) for text, default in zip(where.box, (0.0, 0.0, 1.0, 1.0), strict=True)]
    left, right = sorted((sides[0], sides[2]))
    top, bottom = sorted((sides[1], sides[3]))
    return CommentPlace("region", file.path, page=page, box=(left, top, right, bottom))


def _share(text: str, default: float) -> float:
    try:
        return round(min(1.0, max(0.0, float(text) / 100)), 4) if text.strip() else default
    except ValueError:
        raise CannotRecord(f"a side of the region: expected a percentage, found {text[:20]!r}") from None


def words_in(evidence: Path, place: CommentPlace) -> tuple[str, ...]:
    """What is written in a region of a page, as it was read when the work was graded; nothing where none was."""
    try:
        frames = saved_evidence.load(evidence).document_frames(place.path)
        pages = parse_frames(frames).pages
    except (OSError, ValueError, MissingEvidence, UnreadableDocument):
        return ()
    page = next((one for one in pages if one.number == place.page), None)
    if page is None or place.box is None:
        return ()
    left, top, right, bottom = place.box
    region = PageBox(left * page.width, top * page.height, right * page.width, bottom * page.height)
    words = " ".join(word.text for word in page.words if region.holds(word.box))
    return (visible(words)[:MOST_PASSAGE],) if words else ()


def _lines(where: Where, file: Kept) -> CommentPlace:
    parts = [part for part in sight.parts_of(file) if part.lines]
    cell = _number(where.cell, "cell", 1, 10_000)
    part = next((one for one in parts if one.cell == cell), None)
    if part is None:
        found = (
            f"cells 1 to {max((one.cell or 0 for one in parts), default=0)}" if file.kind == "notebook" else "no cells"
        )
        raise CannotRecord(f"{file.path}: expected a cell that is there ({found}), found {where.cell or 'none'}")
    line = _number(where.line, "line", 1, len(part.lines))
    first, around = _around(file, part, line)
    return CommentPlace("cell" if line is None else "line", file.path, cell, line, first=first, lines=around)


def _around(file: Kept, part: ShownPart, line: int | None) -> tuple[int, tuple[str, ...]]:
    """The lines about a line, or the first ones of a cell, as the report will show them."""
    source = _source(file, part)
    first = max(1, line - MARGIN) if line else 1
    last = line + MARGIN if line else 2 * MARGIN + 1
    return first, tuple(visible(one)[:MOST_LINE] for one in source[first - 1 : last])


def _source(file: Kept, part: ShownPart) -> list[str]:
    try:
        found = chunks(file.path, file.content)
    except SourceError:
        return []
    return found[(part.cell or 1) - 1].text.splitlines() if len(found) >= (part.cell or 1) else []


def _number(text: str, what: str, least: int, most: int) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or not least <= int(text) <= most:
        raise CannotRecord(f"{what}: expected a number from {least} to {most}, found {text.strip()[:20]!r}")
    return int(text)
