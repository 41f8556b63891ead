"""Criterion `report`: number of layers, numbered figures and tables with captions, Net3's matrix, the source code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader import Evidence, Finding, MissingEvidence, counted
from grader.checks import (
    Document,
    NetworkStructure,
    captions_table,
    confusion_matrices,
    labelled_figures,
    labelled_tables,
    layer_counts,
    layers_table,
    missing_captions,
    missing_code,
    numbering_problems,
    numbers_in_pictures,
    unsettled_layer_counts,
    wrong_layer_counts,
)

from . import tasks
from .data import CLASSES
from .words import ABOUT, NET3

TODO = (
    ("layers", "state the number that len(list(net.parameters())) gives"),
    ("caption", "number all figures and tables from 1 on and give each a caption"),
    ("in order", "number figures and tables from 1 on, in the order in which they come"),
    ("Net3", "attach the confusion matrix of Net3 from homework 4"),
    ("source code", "include the source code as text"),
)
MATRIX = re.compile(r"confusion|matrix", re.IGNORECASE)
CONFUSION = re.compile(r"confusion", re.IGNORECASE)


def check(evidence: Evidence) -> Finding:
    """Look for each thing that the handout asks the report for."""
    return judged(tasks.report(evidence), _network(evidence))


def judged(document: Document, network: NetworkStructure | None) -> Finding:
    """The finding about a report on a network, if there is one."""
    said = layer_counts(document, ABOUT)
    pictured = numbers_in_pictures(document)
    problems = list(wrong_layer_counts(said, network))
    if not pictured:
        problems += [*numbering_problems(document), *missing_captions(document, CLASSES)]
    if not has_net3(document):
        problems.append("nothing is called the confusion matrix of Net3 from homework 4")
    if (missing := missing_code(document, network.name if network else "")) is not None:
        problems.append(missing)
    exhibits = (layers_table(said, network), *captions_table(document.captions))
    if problems:
        return Finding.wrong(
            "expected the number of learnable layers as counted here, numbered figures and tables with captions, "
            f"Net3's confusion matrix and the source code; found {counted(len(problems), 'problem')}",
            problems,
            _hint(problems),
            exhibits=exhibits,
        )
    if unsettled := unsettled_layer_counts(said, network):
        return Finding.ungraded(unsettled, "look which SkipBlock the student's version has", exhibits=exhibits)
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


def _network(evidence: Evidence) -> NetworkStructure | None:
    """The network, if there is one: its absence is no fault of the report."""
    try:
        return tasks.NETWORK.structure(evidence)
    except MissingEvidence:
        return None


def has_net3(document: Document) -> bool:
    """Whether the confusion matrix of homework 4's network is there, or something that is called so."""
    if any(shown.earlier for shown in confusion_matrices(document, CLASSES, ABOUT)):
        return True
    if any(CONFUSION.search(caption.text) and ABOUT.is_earlier(caption.text) for caption in document.captions):
        return True
    return any(
        NET3.search(label) and MATRIX.search(label)
        for label in map(ABOUT.label, (*labelled_figures(document), *labelled_tables(document)))
    )
