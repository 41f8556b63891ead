"""Criterion `report`: number of layers, numbered figures and tables with captions, Net3's matrix, the source code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from grader.documents import Caption, Document, Region, Role
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Table
from grader.finding import Finding

from . import papers
from .claims import NET3
from .data import CLASSES
from .layer_claims import LayerCount, layer_counts
from .matrices import CONFUSION, confusion_matrices, is_net3
from .papers import labelled_figures, labelled_tables
from .structure import Structure, structure

LEAST_CODE = 15  # lines
SIZEABLE = (90.0, 60.0)  # points: smaller pictures are no figures
CLUSTER = 40.0  # points between pictures of one figure
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
    problems = [*_layer_problems(said, network), *_numbering(document), *_without_caption(document)]
    if not _has_net3(document):
        problems.append("no confusion matrix of Net3 from homework 4")
    if (missing := _code_problem(document, network)) is not None:
        problems.append(missing)
    exhibits = (_layers_table(said, network), *_captions_table(document.captions))
    if problems:
        return Finding.failed(
            "expected the number of learnable layers as counted here, numbered figures and tables with captions, "
            f"Net3's confusion matrix and the source code; found {len(problems)} problem{'s' * (len(problems) > 1)}: "
            f"{problems[0]}",
            _hint(problems),
            details=tuple(problems[1:]),
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
        yield (f"the report speaks of {numbers} layers, counted here were {len(network.parameters)} parameter tensors "
               f"in {len(network.owners)} layers")  # fmt: skip


def _numbering(document: Document) -> Iterator[str]:
    for kind in ("figure", "table"):
        captions = [caption for caption in document.captions if caption.kind == kind]
        kept = [_parts(caption.number) for place, caption in enumerate(captions)
                if place == 0 or not _is_more_of(caption, captions[place - 1], document.captions)]  # fmt: skip
        if kept and not _in_order(kept):
            listed = ", ".join(caption.number for caption in captions[:12])
            yield f"the {kind}s are not numbered in order: {listed}"
        bare = [caption.number for caption in captions if len(re.sub(r"\W", "", caption.text)) < len(kind) + 6]
        if bare:
            yield f"{kind} {', '.join(bare[:5])} has a number and no caption"


def _is_more_of(caption: Caption, before: Caption, every: Sequence[Caption]) -> bool:
    """Whether a caption names the same figure once more: its parts, or its title and what stands below."""
    if caption.number != before.number:
        return False
    places = [place for place, one in enumerate(every) if one is caption or one is before]
    return places[-1] - places[0] == 1 and caption.page - before.page <= 1


def _parts(number: str) -> tuple[int, ...]:
    roman = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
    if number in roman:
        return (roman[number],)
    return tuple(int(part) for part in re.findall(r"\d+", number)) or (0,)


def _in_order(numbers: Sequence[tuple[int, ...]]) -> bool:
    """1, 2, 3, …; numbers with the section in them need only rise."""
    if all(len(number) == 1 for number in numbers):
        return [number[0] for number in numbers] == list(range(1, len(numbers) + 1))
    return all(before < after for before, after in pairwise(numbers))


def _without_caption(document: Document) -> Iterator[str]:
    if not document.captions:
        if document.figures or any(_is_matrix_shaped(table.shape) for table in document.number_tables):
            yield "figures and tables have neither numbers nor captions"
        return
    yield from _pictures_without_caption(document)
    for item in labelled_tables(document):
        if item.table is not None and _is_matrix_shaped(item.table.shape) and item.caption is None:
            yield f"page {item.page}: a matrix without a caption"


def _pictures_without_caption(document: Document) -> Iterator[str]:
    """Pages with more figures than captions, if the whole report has more too: pictures may be parts of one figure."""
    problems, figures = [], 0
    for page in document.pages:
        captions = [caption for caption in document.captions if caption.page == page.number]
        following = [caption for caption in document.captions if caption.page == page.number + 1
                     and caption.box.top < 0.2 * page.height]  # fmt: skip
        clusters = _clusters([region for region in document.figures if region.page == page.number], captions)
        if _shows_code(document, page.number):
            continue
        figures += len(clusters)
        if len(clusters) > len(captions) + len(following[:1]):
            problems.append(f"page {page.number}: {len(clusters)} figures, {len(captions)} captions")
    if figures > sum(caption.kind == "figure" for caption in document.captions):
        yield from problems


def _is_matrix_shaped(shape: tuple[int, int]) -> bool:
    return set(shape) <= {CLASSES, CLASSES + 1}


def _shows_code(document: Document, page: int) -> bool:
    """Whether a page of pictures lies under a heading that announces source code."""
    above = [line.text for line in document.headings if line.page <= page]
    return bool(above) and re.search(r"source|code|appendix|listing", above[-1], re.IGNORECASE) is not None


def _clusters(regions: Sequence[Region], captions: Sequence[Caption]) -> list[list[Region]]:
    """Sizeable pictures, those close together with no caption between them taken as one figure."""
    large = [part for part in regions if part.box.width >= SIZEABLE[0] and part.box.height >= SIZEABLE[1]]
    clusters: list[list[Region]] = []
    for region in sorted(large, key=lambda part: part.box.top):
        before = max((part.box.bottom for part in clusters[-1]), default=0.0) if clusters else 0.0
        parted = any(before - 4 <= caption.box.centre[1] <= region.box.top + 4 for caption in captions)
        if clusters and region.box.top - before < CLUSTER and not parted:
            clusters[-1].append(region)
        else:
            clusters.append([region])
    return clusters


def _has_net3(document: Document) -> bool:
    if any(shown.net3 for shown in confusion_matrices(document, CLASSES)):
        return True
    if any(CONFUSION.search(caption.text) and is_net3(caption.text) for caption in document.captions):
        return True
    return any(NET3.search(item.label) and MATRIX.search(item.label)
               for item in (*labelled_figures(document), *labelled_tables(document)))  # fmt: skip


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
    rows = [(str(one.page), str(one.number), one.text[:160], "–" if network is None else
             counted(network).get(one.number, "none of the counts made here")) for one in said[:12]]  # fmt: skip
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
