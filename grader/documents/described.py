"""Figures with all that is said about them: their captions, the sentences that mention them, the heading above."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.documents.captions import Caption
from grader.documents.document import Document
from grader.documents.labelled import BESIDE, Labelled, with_something, without_caption
from grader.documents.labels import WORDS
from grader.documents.lines import Line, LineRole
from grader.documents.raw import PageBox
from grader.documents.sentences import Sentence

_LABEL = re.compile("|".join(WORDS.values()), re.IGNORECASE)
_LISTED = re.compile(r"\d[\d.-]*[a-h]?|\b[IVX]+\b|\b(?:and|or|in)\b|[\s,;&()]", re.IGNORECASE)
ROLES_BESIDE = (LineRole.PROSE, LineRole.HEADING, LineRole.FIGURE_TEXT)


@dataclass(frozen=True)
class Described:
    """A figure that is there: its own words (caption, or what stands beside it), what the text says of it, and
    the heading above it. `title` is a heading right above one without a caption."""

    page: int
    name: str
    own: str
    told: str
    headings: str
    title: str = ""

    @property
    def words(self) -> str:
        """Its own and those of the text about it."""
        return f"{self.own}\n{self.told}"


def described_figures(document: Document) -> list[Described]:
    """Captioned figures, tables and listings that show something, and figures without a caption."""
    named: dict[str, set[tuple[str, str]]] = {}
    for mention in document.mentions:
        named.setdefault(mention.sentence, set()).add((mention.kind, mention.number))
    captioned = [_captioned(document, caption, named) for caption in with_something(document)]
    return captioned + [_uncaptioned(document, item) for item in without_caption(document)]


def _captioned(document: Document, caption: Caption, named: Mapping[str, set[tuple[str, str]]]) -> Described:
    told = _told(document.sentences, caption, named)
    return Described(
        caption.page,
        f"{caption.kind.capitalize()} {caption.number}",
        caption.text,
        "\n".join(told),
        _heading(document, caption.page, caption.box),
    )


def _told(sentences: Sequence[Sentence], caption: Caption, named: Mapping[str, set[tuple[str, str]]]) -> list[str]:
    """The sentences that mention it, each with the one that follows in its section unless that speaks of a figure."""
    out: list[str] = []
    for index, sentence in enumerate(sentences):
        numbers = named.get(sentence.text, set())
        if (caption.kind, caption.number) not in numbers:
            continue
        out.append(about(sentence.text, caption.number) if len(numbers) > 1 else sentence.text)
        following = sentences[index + 1 : index + 2]
        out += [one.text for one in following if one.text not in named and one.section == sentence.section]
    return out


def about(sentence: str, number: str) -> str:
    """The part of a sentence on several figures that speaks of one: its clause, up to the next figure.

    In "Figure 1, Figure 2 and Figure 3 show …" all share the clause of the last one.
    """
    parts: list[str] = []
    for part in re.split(r"(?=,? (?:and|while|whereas|but) )|(?<=[,;]) ", sentence):
        bare = bool(parts) and not _LISTED.sub("", _LABEL.sub("", parts[-1]))
        parts = [*parts[:-1], f"{parts[-1]} {part}"] if bare else [*parts, part]
    found = [part for part in parts if re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", part)]
    return " ".join(found) or sentence


def _uncaptioned(document: Document, item: Labelled) -> Described:
    lines = document.on_page(item.page).lines
    parts = item.parts or (item.box,)
    beside = [line for line in lines if line.role in ROLES_BESIDE and any(_is_near(line, part) for part in parts)]
    title = " ".join(
        line.text for line in beside if line.role is LineRole.HEADING and line.box.bottom < item.box.top + 5
    )
    return Described(
        item.page,
        f"the figure without a caption on page {item.page}",
        " ".join(line.text for line in beside),
        "",
        _heading(document, item.page, item.box),
        title,
    )


def _is_near(line: Line, part: PageBox) -> bool:
    gap = max(line.box.top - part.bottom, part.top - line.box.bottom)
    return -5 < gap < BESIDE


def _heading(document: Document, page: int, place: PageBox) -> str:
    """The last heading before a place, in the order of reading."""
    before = [line.text for line in document.headings if _comes_before(line, page, place)]
    return "\n".join(before[-1:])


def _comes_before(line: Line, page: int, place: PageBox) -> bool:
    """Whether a line is read before a place: in a column to its left, or above it."""
    if line.page != page or line.column.right <= place.left:
        return line.page <= page
    return line.column.left < place.right and line.box.top < place.top


def any_of(patterns: Sequence[str], text: str) -> bool:
    """Whether one of the regular expressions is found, whatever the case of letters."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
