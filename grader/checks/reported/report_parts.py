"""Parts that a report has to have: numbered captions for all figures and matrices, and the source code as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from grader.checks.numbered_figures import order_problems, without_words
from grader.documents import Caption, Document, LineRole, labelled_tables, without_caption
from grader.exhibit import Table

LEAST_CODE = 15  # lines
MOST_SHOWN = 30  # captions
_PROGRAM = re.compile(r"^\s*(?:\d+\s+)?(?:class \w+|def \w+\(|import \w+|from \w[\w.]* import)", re.MULTILINE)
_ANNOUNCES_CODE = re.compile(r"source|code|appendix|listing", re.IGNORECASE)


def numbering_problems(document: Document) -> Iterator[str]:
    """Figures and tables that are not numbered in order, and numbers with nothing said beside them."""
    for kind in ("figure", "table"):
        yield from (f"the {kind}s are not numbered in order: {wrong}" for wrong in order_problems(document, kind))
        if bare := without_words(document, kind):
            yield f"{kind} {', '.join(bare[:5])} has a number and no caption"


def missing_captions(document: Document, classes: int) -> Iterator[str]:
    """Figures, and matrices of `classes` classes, without a caption; pictures of source code need none."""
    if not document.captions:
        if document.figures or any(_is_matrix_shaped(table.shape, classes) for table in document.number_tables):
            yield "figures and tables have neither numbers nor captions"
        return
    for page, items in groupby(without_caption(document), key=lambda item: item.page):
        if not _shows_code(document, page):
            yield f"page {page}: {_counted(len(list(items)))} without a caption"
    for item in labelled_tables(document):
        if item.table is not None and _is_matrix_shaped(item.table.shape, classes) and item.caption is None:
            yield f"page {item.page}: a matrix without a caption"


def _counted(figures: int) -> str:
    return "a figure" if figures == 1 else f"{figures} figures"


def _is_matrix_shaped(shape: tuple[int, int], classes: int) -> bool:
    return set(shape) <= {classes, classes + 1}


def _shows_code(document: Document, page: int) -> bool:
    """Whether a page of pictures lies under a heading that announces source code."""
    above = [line.text for line in document.headings if line.page <= page]
    return bool(above) and _ANNOUNCES_CODE.search(above[-1]) is not None


def missing_code(document: Document, name: str) -> str | None:
    """That the source code is not there as text, if it is not: `name` is defined, or a program is to be seen."""
    lines = [line.text for line in document.lines if line.role is LineRole.CODE]
    defined = re.search(rf"(?:class|def)\s+{re.escape(name)}\b", document.text) if name else None
    programs = len(_PROGRAM.findall(document.text))
    if len(lines) >= LEAST_CODE and (defined or programs >= 3):
        return None
    if defined and programs >= 3:
        return None
    return f"the source code is not included ({len(lines)} lines of code found)"


def captions_table(captions: Sequence[Caption]) -> tuple[Table, ...]:
    """A report's captions as an exhibit; none if there are none."""
    if not captions:
        return ()
    rows = tuple((str(one.page), one.kind, one.number, one.text[:160]) for one in captions[:MOST_SHOWN])
    return (
        Table("captions", "Captions in the report", "In reading order.", ("Page", "Kind", "Number", "Caption"), rows),
    )
