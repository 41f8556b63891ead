"""A student's document as typed data: text in reading order, captions, mentions, headings, figures, word counts.

`inside/document.py` sends what is on its pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.documents.captions import Caption, cut_at_captions
from grader.documents.labels import joined
from grader.documents.lines import Line, LineRole, document_lines
from grader.documents.mentions import Mention, mentions
from grader.documents.number_tables import NumberTable, number_tables
from grader.documents.raw import (
    INVISIBLE,
    WHITE,
    Image,
    Page,
    PageBox,
    RawDocument,
    UnreadableDocument,
    Word,
    parse_frames,
)
from grader.documents.regions import Region, Regions, find_regions, is_background
from grader.documents.roles import classify, without_margins
from grader.documents.scans import has_no_text
from grader.documents.sentences import Sentence, count_words, paragraphs, sections, sentences
from grader.documents.side_by_side import parted
from grader.documents.typography import Typography, typography
from grader.evidence import Evidence, MissingEvidence
from grader.readings.remember import remembered
from grader.sandbox.protocol import Status

TINY = 3.0  # points: what nobody can read
COUNTED = (LineRole.PROSE, LineRole.HEADING)


@dataclass(frozen=True)
class OnPage:
    """What of a document stands on one page, in reading order."""

    lines: tuple[Line, ...] = ()
    captions: tuple[Caption, ...] = ()
    figures: tuple[Region, ...] = ()
    tables: tuple[NumberTable, ...] = ()


@dataclass(frozen=True)
class Document:
    """One PDF. `lines` are in reading order, each with its role; `figures` are images and drawings."""

    path: str
    pages: tuple[Page, ...]
    page_count: int
    stopped: str | None
    title: str
    lines: tuple[Line, ...]
    captions: tuple[Caption, ...]
    figures: tuple[Region, ...]
    hidden: tuple[Word, ...]
    typography: Typography

    @cached_property
    def paragraphs(self) -> tuple[tuple[Line, ...], ...]:
        """The running text."""
        return tuple(paragraphs(self.lines, self.typography))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The running text sentence by sentence, words divided at a line's end whole again."""
        return tuple(
            sentence
            for number, lines in enumerate(sections(self.lines))
            for sentence in sentences(paragraphs(lines, self.typography), number)
        )

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Where the running text speaks of a numbered figure, table or listing."""
        return tuple(found for sentence in self.sentences for found in mentions(sentence.text, sentence.page))

    @cached_property
    def headings(self) -> tuple[Line, ...]:
        """The headings, in reading order."""
        return tuple(line for line in self.lines if line.role is LineRole.HEADING)

    @cached_property
    def number_tables(self) -> tuple[NumberTable, ...]:
        """Rows of numbers that stand in columns, those within drawn figures included."""
        return tuple(number_tables(self.lines))

    def on_page(self, number: int) -> OnPage:
        """What stands on a page; nothing on one that there is not."""
        return self._by_page.get(number, OnPage())

    @cached_property
    def _by_page(self) -> Mapping[int, OnPage]:
        parts = [_sorted_out(part) for part in (self.lines, self.captions, self.figures, self.number_tables)]
        return {
            number: OnPage(*(tuple(part.get(number, ())) for part in parts))  # type: ignore[arg-type]
            for number in {number for part in parts for number in part}
        }

    @cached_property
    def word_counts(self) -> Mapping[LineRole, int]:
        """Words by what they are in. `prose_words` is what a limit on words is about."""
        counts = {role: count_words(line.text for line in self.lines if line.role is role) for role in LineRole}
        counts[LineRole.PROSE] = count_words(joined([line.text for line in part]) for part in self.paragraphs)
        counts[LineRole.HIDDEN] += count_words(word.text for word in self.hidden)
        return counts

    @property
    def prose_words(self) -> int:
        """Words of running text and headings."""
        return sum(self.word_counts[role] for role in COUNTED)

    @property
    def images(self) -> tuple[Image, ...]:
        """Every placed image, small ones and backgrounds too."""
        return tuple(image for page in self.pages for image in page.images)

    @property
    def text(self) -> str:
        """Everything that can be read, line by line, headers and footers left out."""
        return "\n".join(line.text for line in self.lines if line.role is not LineRole.MARGIN)

    @property
    def scanned_pages(self) -> tuple[int, ...]:
        """Pages that show an image, or letters as drawings, and have no text."""
        return tuple(page.number for page in self.pages if has_no_text(page))

    @property
    def scanned(self) -> bool:
        """Whether nothing of it can be read as text."""
        return bool(self.scanned_pages) and len("".join(line.text for line in self.lines)) < 40

    def of_role(self, role: LineRole) -> tuple[Line, ...]:
        """The lines of one role, in order."""
        return tuple(line for line in self.lines if line.role is role)

    def find(self, pattern: str) -> tuple[Sentence, ...]:
        """The sentences in which a regular expression is found, whatever the case of letters."""
        return tuple(one for one in self.sentences if re.search(pattern, one.text, re.IGNORECASE))


def _sorted_out(items: Sequence[Line | Caption | Region | NumberTable]) -> dict[int, list[object]]:
    found: dict[int, list[object]] = {}
    for item in items:
        found.setdefault(item.page, []).append(item)
    return found


@remembered
def read_document(evidence: Evidence, path: str) -> Document:
    """The document that was read of a submitted file.

    Raises UnreadableDocument if it is no readable PDF, MissingEvidence if it was not read. A reader that breaks
    down at a file leaves it to a person: an honest figure may have a million points.
    """
    run, _ = evidence.documents().get(path, (None, ()))
    if run is not None and run.status is not Status.EXITED:
        raise MissingEvidence(f"{path} could not be read: {run.reason}", ours=True, hint="open it and grade it by hand")
    return understand(parse_frames(evidence.document_frames(path)), path)


def understand(raw: RawDocument, path: str = "") -> Document:
    """Lines, roles, captions and figures of the pages. Raises UnreadableDocument if no page could be read."""
    pages = tuple(page for page in raw.pages if page.error is None)
    if not pages:
        raise UnreadableDocument(
            "damaged",
            raw.pages[0].error or "no page of it can be read"
            if raw.pages
            else raw.stopped or "no page of it can be read",
        )
    seen = [_visible(page) for page in pages]
    drawn = {page.number: find_regions(page) for page in pages}
    boxes = {number: [one.box for one in found if one.vector] for number, found in drawn.items()}
    laid_out = document_lines(seen, boxes)
    spread = typography([line for page in laid_out for line in page])
    lines = without_margins(pages, [line for page in laid_out for line in parted(page, spread)])
    type_ = typography(lines)
    regions = cut_at_captions([region for page in pages for region in drawn[page.number]], lines)
    classified, captions = classify(lines, Regions(regions), type_)
    hidden = tuple(word for page in pages for word in page.words if is_hidden(word, page))
    return Document(
        path, pages, raw.page_count, raw.stopped, raw.title, tuple(classified), captions, regions, hidden, type_
    )


def _visible(page: Page) -> Page:
    shown = tuple(word for word in page.words if not is_hidden(word, page))
    return Page(page.number, page.width, page.height, shown, page.images, page.drawings, page.cut)


def is_hidden(word: Word, page: Page) -> bool:
    """Whether a word is there for programs only: tiny, beside the page, invisible, white on nothing.

    The invisible text over a scanned image says what the image shows.
    """
    x, y = word.box.centre
    if word.size < TINY or not (0 <= x <= page.width and 0 <= y <= page.height):
        return True
    if word.marks & INVISIBLE:
        return not any(image.box.holds(word.box) for image in page.images)
    return bool(word.marks & WHITE) and not _on_something(word.box, page)


def _on_something(box: PageBox, page: Page) -> bool:
    """Whether an image or a drawing lies below; a white page background does not count."""
    shapes: Sequence[PageBox] = [*(image.box for image in page.images), *(part.box for part in page.drawings)]
    return any(shape.holds(box) and not is_background(shape, page) for shape in shapes)
