"""Which network and which data a report's words are about, where it speaks of several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.documents import Document, Labelled, LineRole

NOTHING = re.compile(r"(?!)")  # fits no text
SAYS_WHAT = re.compile(r"confusion|matrix|loss|learning[\s-]*rate", re.IGNORECASE)
SAYS_WHOSE = re.compile(r"learning[\s-]*rate|\blrs?\b|net|\d[.e]", re.IGNORECASE)
ANNOUNCES = re.compile(r"[:：]\s*$")  # the end of a line that is about what follows it
OF_FIGURES_AND_TABLES = (LineRole.HEADING, LineRole.TABLE, LineRole.CODE, LineRole.FIGURE_TEXT)


@dataclass(frozen=True, kw_only=True)
class ReportSubjects:
    """Patterns that tell the homework's own network from an `earlier` one that the report compares it with.

    `earlier_name` is the earlier network's own name, `borrowed` what is taken over from there (its data set, its code)
    and is no mention of its network. `other_data` is a data set beside `own_data` that is not judged. What says what a
    figure or a table shows fits `says_what`; a caption that also says of which network it is fits `says_whose`.
    Without patterns everything is about the homework's own network and data.
    """

    own: re.Pattern[str] = NOTHING
    earlier: re.Pattern[str] = NOTHING
    earlier_name: re.Pattern[str] = NOTHING
    borrowed: re.Pattern[str] = NOTHING
    own_data: re.Pattern[str] = NOTHING
    other_data: re.Pattern[str] = NOTHING
    says_what: re.Pattern[str] = SAYS_WHAT
    says_whose: re.Pattern[str] = SAYS_WHOSE

    def without_borrowed(self, text: str) -> str:
        """A text without what is taken over from the earlier homework."""
        return self.borrowed.sub("", text)

    def number_of_earlier(self, text: str, at: int) -> bool:
        """Whether the number at a place is about the earlier network."""
        return is_about(text, at, self.earlier, self.own)

    def number_of_other_data(self, text: str, at: int) -> bool:
        """Whether the number at a place is about the other data set."""
        return is_about(text, at, self.other_data, self.own_data)

    def is_earlier(self, words: str) -> bool:
        """Whether a label speaks of the earlier network; of both, whether it comes first."""
        words = self.without_borrowed(words)
        old, new = self.earlier.search(words), self.own.search(words)
        return old is not None and (new is None or old.start() < new.start())

    def is_of_other_data(self, words: str) -> bool:
        """Whether a label speaks of the other data set; of both, whether it comes first."""
        other, own = self.other_data.search(words), self.own_data.search(words)
        return other is not None and (own is None or other.start() < own.start())

    def label(self, item: Labelled) -> str:
        """What says what a figure or table shows: its caption, else the lines around it; its text, the heading."""
        if item.caption is not None and self.says_whose.search(item.caption.text):
            return f"{item.caption.text} {item.inside}"
        if item.caption is not None:
            return f"{item.caption.text} {item.inside} {item.heading}"
        below = "" if self.says_what.search(item.above) or ANNOUNCES.search(item.below) else item.below
        return f"{item.above} {below} {item.heading} {item.inside}"


def is_about(text: str, at: int, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    """Whether a number is about the one and not the other: whichever is named last before it, else first after it."""
    if not (one.search(text) and other.search(text)):
        return one.search(text) is not None
    if beside := re.match(r"[\d.]+\s?(?:%|percent)?\s*\(([^)]*)\)", text[at:]):  # 61.2 % (HW5Net)
        named = [pattern.search(beside[1]) is not None for pattern in (one, other)]
        if any(named) and not all(named):
            return named[0]
    before = [max((m.end() for m in pattern.finditer(text[:at])), default=-1) for pattern in (one, other)]
    if max(before) >= 0:
        return before[0] > before[1]
    after = [min((m.start() for m in pattern.finditer(text[at:])), default=10**6) for pattern in (one, other)]
    return after[0] < after[1]


def words_of(document: Document) -> Iterator[tuple[str, int]]:
    """Every piece of text in which a claim may stand, and its page: sentences, and lines that are no prose."""
    yield from ((sentence.text, sentence.page) for sentence in document.sentences)
    yield from ((caption.text, caption.page) for caption in document.captions)
    yield from ((line.text, line.page) for line in document.lines if line.role in OF_FIGURES_AND_TABLES)
