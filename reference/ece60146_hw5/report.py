"""Criterion `report`: number of layers, numbered figures and tables with captions, Net3's matrix, the source code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from grader import Evidence, Finding, MissingEvidence, Table
from grader.checks import (
    Caption,
    Document,
    labelled_figures,
    labelled_tables,
    numbers_in_pictures,
    order_problems,
    without_caption,
    without_words,
)
from grader.checks import TextRole as Role

from . import papers
from .claims import NET3
from .data import CLASSES
from .layer_claims import LayerCount, layer_counts
from .matrices import CONFUSION, confusion_matrices, is_net3
from .papers import label
from .structure import Structure, structure

LEAST_CODE = 15  # lines
TODO = (
    ("layers", "state the number that len(list(net.parameters())) gives"),
    ("caption", "number all figures and tables from 1 on and give each a caption"),
    ("in order", "number figures and tables from 1 on, in the order in which they come"),
    ("Net3", "attach the confusion matrix of Net3 from homework 4"),
    ("source code", "include the source code as text"),
)
MATRIX = re.compile(r"confusion|matrix", re.IGNORECASE)


def check(evidence: Evidence) -> Finding:
    """Look for each thing that the handout asks the report for."""
    document = papers.report(evidence)
    network = _network(evidence)
    said = layer_counts(document)
    pictured = numbers_in_pictures(document)
    numbering = [] if pictured else [*_numbering(document), *_without_caption(document)]
    problems = [*_layer_problems(said, network), *numbering]
    if not _has_net3(document):
        problems.append("nothing is called the confusion matrix of Net3 from homework 4")
    if (missing := _code_problem(document, network)) is not None:
        problems.append(missing)
    exhibits = (_layers_table(said, network), *_captions_table(document.captions))
    if problems:
        return Finding.wrong(
            "expected the number of learnable layers as counted here, numbered figures and tables with captions, "
            f"Net3's confusion matrix and the source code; found {len(problems)} problem{'s' * (len(problems) > 1)}",
            problems,
            _hint(problems),
            exhibits=exhibits,
        )
    if pictured:
        return Finding.ungraded(
            f"the text refers to figure {', '.join(pictured)}, without a caption as text: a picture may hold it",
            "look whether the pictures hold their captions",
            exhibits=exhibits,
        )
    return Finding.passed(
        f"the number of layers, {len(document.captions)} numbered captions in order, Net3's confusion matrix and the "
        f"source code are in the {document.page_count} pages",
        details=(document.stopped,) if document.stopped else (),
        exhibits=exhibits,
    )


def _hint(problems: Sequence[str]) -> str:
    """What to do about the problems, each thing once."""
    todo = [words for mark, words in TODO if any(mark in problem for problem in problems)]
    return "; ".join(todo or ["number all figures and tables from 1 on and give each a caption"])


def _network(evidence: Evidence) -> Structure | None:
    """The network, if there is one: its absence is no fault of the report."""
    try:
        return structure(evidence)
    except MissingEvidence:
        return None


def counted(network: Structure) -> dict[int, str]:
    """The counts that a report may give, and what they count."""
    return {
        network.reached_layers: "layers reached in a forward pass",
        len(network.owners): "layers that own parameters",
        len(network.parameters): "parameter tensors",
    }


def _layer_problems(said: Sequence[LayerCount], network: Structure | None) -> Iterator[str]:
    if not said:
        yield "the total number of learnable layers is not mentioned"
    elif network is not None and not any(one.number in counted(network) for one in said):
        numbers = ", ".join(str(one.number) for one in said[:5])
        yield (
            f"the report speaks of {numbers} layers, counted here were {len(network.parameters)} parameter tensors "
            f"in {len(network.owners)} layers"
        )


def _numbering(document: Document) -> Iterator[str]:
    for kind in ("figure", "table"):
        yield from (f"the {kind}s are not numbered in order: {wrong}" for wrong in order_problems(document, kind))
        if bare := without_words(document, kind):
            yield f"{kind} {', '.join(bare[:5])} has a number and no caption"


def _without_caption(document: Document) -> Iterator[str]:
    if not document.captions:
        if document.figures or any(_is_matrix_shaped(table.shape) for table in document.number_tables):
            yield "figures and tables have neither numbers nor captions"
        return
    for page, items in groupby(without_caption(document), key=lambda item: item.page):
        if not _shows_code(document, page):
            yield f"page {page}: {_counted(len(list(items)))} without a caption"
    for item in labelled_tables(document):
        if item.table is not None and _is_matrix_shaped(item.table.shape) and item.caption is None:
            yield f"page {item.page}: a matrix without a caption"


def _counted(figures: int) -> str:
    return "a figure" if figures == 1 else f"{figures} figures"


def _is_matrix_shaped(shape: tuple[int, int]) -> bool:
    return set(shape) <= {CLASSES, CLASSES + 1}


def _shows_code(document: Document, page: int) -> bool:
    """Whether a page of pictures lies under a heading that announces source code."""
    above = [line.text for line in document.headings if line.page <= page]
    return bool(above) and re.search(r"source|code|appendix|listing", above[-1], re.IGNORECASE) is not None


def _has_net3(document: Document) -> bool:
    if any(shown.net3 for shown in confusion_matrices(document, CLASSES)):
        return True
    if any(CONFUSION.search(caption.text) and is_net3(caption.text) for caption in document.captions):
        return True
    return any(
        NET3.search(label(item)) and MATRIX.search(label(item))
        for item in (*labelled_figures(document), *labelled_tables(document))
    )


def _code_problem(document: Document, network: Structure | None) -> str | None:
    lines = [line.text for line in document.lines if line.role is Role.CODE]
    name = network.name if network is not None else ""
    text = document.text
    defined = re.search(rf"(?:class|def)\s+{re.escape(name)}\b", text) if name else None
    programs = len(
        re.findall(r"^\s*(?:\d+\s+)?(?:class \w+|def \w+\(|import \w+|from \w[\w.]* import)", text, re.MULTILINE)
    )
    if len(lines) >= LEAST_CODE and (defined or programs >= 3):
        return None
    if defined and programs >= 3:
        return None
    return f"the source code is not included ({len(lines)} lines of code found)"


def _layers_table(said: Sequence[LayerCount], network: Structure | None) -> Table:
    rows = [
        (
            str(one.page),
            str(one.number),
            one.text[:160],
            "–" if network is None else counted(network).get(one.number, "none of the counts made here"),
        )
        for one in said[:12]
    ]
    caption = "Numbers in sentences that speak of layers, and which count made here they are equal to."
    if network is not None:
        caption += (
            f" Counted: {len(network.parameters)} parameter tensors, {len(network.owners)} layers that own parameters."
        )
    columns = ("Page", "Number", "Where it says so", "Equal to")
    found = tuple(rows) or (("–", "–", "no number of layers was found", "–"),)
    return Table("layers", "Numbers of layers in the report", caption, columns, found)


def _captions_table(captions: Sequence[Caption]) -> tuple[Table, ...]:
    if not captions:
        return ()
    rows = tuple((str(one.page), one.kind, one.number, one.text[:160]) for one in captions[:30])
    return (
        Table("captions", "Captions in the report", "In reading order.", ("Page", "Kind", "Number", "Caption"), rows),
    )
