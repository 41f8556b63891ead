"""Whether figures and tables are numbered in order, have captions, and are referred to in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from grader.documents import (
    Caption,
    Document,
    disorder,
    numbers_in_pictures,
    once_more,
    the_report,
    without_caption,
)
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding, advice_on
from grader.words import counted

Check = Callable[[Evidence], Finding]
HINTS = (
    ("is not referred to", "name each number in a sentence: as Figure 2 shows, …"),
    ("has no caption", "give each figure a caption with its number"),
    ("is given to", "give each figure a number of its own"),
    ("", "number them 1, 2, 3 in the order of the page"),
)


def figures_numbered(report: Callable[[Evidence], Document] = the_report) -> Check:
    """A check: half of the points for numbers in order, half for references in the text."""

    def check(evidence: Evidence) -> Finding:
        document = report(evidence)
        captions = of_kind(document, "figure")
        if pictured := numbers_in_pictures(document):
            return _pictured(pictured, captions, document)
        if not captions:
            return _none(document)
        return _finding(captions, [*order_problems(document, "figure"), *unnumbered(document)], document)

    return check


def _none(document: Document) -> Finding:
    found = f"{counted(len(document.figures), 'figure')} without a number" if document.figures else "no figure"
    return Finding.failed(f"expected numbered figures, found {found}", "give each figure a caption with its number")


def _pictured(numbers: Sequence[str], captions: Sequence[Caption], document: Document) -> Finding:
    """Left to a person: the captions may be parts of the pictures."""
    return Finding.ungraded(
        f"the text refers to figure {', '.join(numbers)}, without a caption as text: it may stand within a picture",
        "look whether the pictures hold their numbers",
        exhibits=(_table(captions, document),) if captions else (),
    )


def _finding(captions: Sequence[Caption], disordered: list[str], document: Document) -> Finding:
    missing, numbers = not_mentioned(document, "figure"), _numbers(captions)
    problems, table = disordered + missing, _table(captions, document)
    if not problems:
        return Finding.passed(
            f"{counted(len(numbers), 'figure')}, numbered in order, each referred to in the text", exhibits=(table,)
        )
    message = f"expected figures numbered in order and referred to in the text, found: {problems[0]}"
    if not disordered and len(missing) < len(numbers):
        return Finding.partial(
            Fraction(1, 2), message, advice_on(problems, HINTS), details=tuple(problems[1:]), exhibits=(table,)
        )
    return Finding.failed(message, advice_on(problems, HINTS), details=tuple(problems[1:]), exhibits=(table,))


def of_kind(document: Document, kind: str) -> list[Caption]:
    """The captions of figures, tables or listings, in reading order."""
    return [caption for caption in document.captions if caption.kind == kind]


def _numbers(captions: Sequence[Caption]) -> list[str]:
    return list(dict.fromkeys(caption.number for caption in captions))


def order_problems(document: Document, kind: str) -> list[str]:
    """What is wrong with the numbers of figures, tables or listings, one message a fault."""
    return disorder(of_kind(document, kind), document.captions, once_more(document))


def without_words(document: Document, kind: str) -> list[str]:
    """Numbers with nothing said beside them."""
    return [caption.number for caption in of_kind(document, kind) if not re.search(r"[^\W\d_]", caption.title)]


def unnumbered(document: Document) -> list[str]:
    """Figures that have no caption with a number."""
    return [f"the figure on page {item.page} has no caption with a number" for item in without_caption(document)]


def not_mentioned(document: Document, kind: str) -> list[str]:
    """Numbers to which the text does not refer."""
    mentioned = _mentioned(document, kind)
    return [
        f"{kind.capitalize()} {number} is not referred to in the text"
        for number in _numbers(of_kind(document, kind))
        if not _is_in(number, mentioned)
    ]


def _mentioned(document: Document, kind: str) -> set[str]:
    return {mention.number for mention in document.mentions if mention.kind == kind}


def _is_in(number: str, mentioned: set[str]) -> bool:
    return number in mentioned or any(re.fullmatch(rf"{re.escape(number)}[A-H]", other) for other in mentioned)


def _table(captions: Sequence[Caption], document: Document) -> Table:
    mentioned = _mentioned(document, "figure")
    rows = tuple(
        (one.number, str(one.page), one.text[:90], "yes" if _is_in(one.number, mentioned) else "no") for one in captions
    )
    return Table(
        "figures",
        "Figures of the report",
        "In the order of the pages.",
        ("number", "page", "caption", "referred to"),
        rows,
    )
