"""The criterion `structure`: an illustration or a summary of the ResNet."""

from __future__ import annotations

import re

from grader import Evidence, Finding
from grader.checks import Described, Document, any_of, described_figures
from grader.checks import TextRole as Role

from .histograms import HISTOGRAM, LAYERS, NETWORKS
from .report import report

STRONG = (
    r"\bstructure",
    r"architecture",
    r"\bsummary",
    r"diagram",
    r"schematic",
    r"topology",
    r"plot_model",
    r"\blayout",
    r"flow ?chart",
    "结构",
    "架构",
    "示意",
)
WEAK = (r"\bblocks?\b", r"skip.connection", r"shortcut", r"\bmodel\b", r"illustrat", r"layers of the\b")
MEASURED = (
    r"histogram",
    r"weights?\b",
    r"kernel",
    r"accuracy",
    r"\bloss\b",
    r"gradients?\b",
    r"curve",
    r"decision",
    r"boundary",
    r"training",
    r"spiral",
    r"distribution",
    r"activation function",
    r"derivative",
    r"\b(?:can|could)\b.{0,20}\bbe trained",
    r"\b(?:largest|maxim\w+|greatest) (?:number|depth)",
    "权重",
    "梯度",
    "直方图",
    "准确率",
    "损失",
)
OF_STRUCTURE = (r"(?:structure|architecture|diagram|schematic|topology|layout|illustration)s?\s+(?:of|for)\b",)
_SUMMARY = re.compile(r"layer \(type\)|output shape|connected to|param ?#", re.IGNORECASE)
_ADDITION = re.compile(r"\badd(?:_\d+)?\b|\(add\)|residual|batch_?norm", re.IGNORECASE)


def check(evidence: Evidence) -> Finding:
    """A figure or table that is said to show the structure, or the summary that Keras prints."""
    return judged(report(evidence))


def judged(document: Document) -> Finding:
    """The finding about a report."""
    if place := _printed(document):
        return Finding.passed(f"the summary of the ResNet is printed on page {place}")
    figures = [figure for figure in described_figures(document) if shows_structure(figure)]
    of_resnet = [figure for figure in figures if of(figure, "ResNet")]
    if of_resnet:
        return Finding.passed(f"{of_resnet[0].name} on page {of_resnet[0].page} shows the structure of the ResNet")
    hint = "draw the network with its blocks and skip connections, or show resnet.summary()"
    if figures and all(of(figure, "FFNet") for figure in figures):
        return Finding.failed(f"expected the structure of the ResNet, found that of FFNet ({figures[0].name})", hint)
    if figures:
        return Finding.ungraded(f"{figures[0].name} shows a structure, and does not say of which network", "look at it")
    if unclear := [figure.name for figure in described_figures(document) if _is_unclear(figure)]:
        message = f"expected the structure of the ResNet; {unclear[0]} may show it, but nothing says what it shows"
        return Finding.ungraded(message, "look at it")
    return Finding.failed("expected an illustration or a summary of the ResNet's structure, found none", hint)


def _printed(document: Document) -> int | None:
    """The page on which `resnet.summary()` stands as text."""
    shown = [line for line in document.lines if line.role in (Role.CODE, Role.TABLE, Role.FIGURE_TEXT)]
    heads = [line.page for line in shown if len(_SUMMARY.findall(line.text)) >= 2]
    added = {line.page for line in shown if _ADDITION.search(line.text)}
    return next((page for page in heads if {page, page + 1} & added), None)


def shows_structure(figure: Described) -> bool:
    """Whether it is said to show how a network is built, and nothing that was measured: by the heading right above a
    figure without a caption, by its own words, by a sentence about it, or by the heading before it."""
    if figure.title and any_of(STRONG, figure.title) and not any_of(MEASURED, figure.title):
        return True  # what stands below it may be about the next figure
    if any_of(MEASURED, figure.own):
        return any_of(OF_STRUCTURE, figure.own) and not any_of(HISTOGRAM, figure.own)
    if any_of(STRONG, figure.own):
        return True
    if _is_of_one_layer(figure):
        return False
    told = figure.told.splitlines()
    if any(any_of(STRONG, sentence) and not any_of(MEASURED, sentence) for sentence in told):
        return True
    return any_of(WEAK, figure.own) or (any_of(STRONG, figure.headings) and not any_of(MEASURED, figure.told))


def _is_of_one_layer(figure: Described) -> bool:
    """Whether its own words name a place in the network: then it shows what was found there."""
    return any(any_of(patterns, figure.own) for patterns in LAYERS.values())


def _is_unclear(figure: Described) -> bool:
    """Whether nothing says what it shows, and the ResNet may be meant."""
    words = f"{figure.own}\n{figure.told}"
    if any_of((*MEASURED, *HISTOGRAM), words) or _is_of_one_layer(figure) or figure.name.startswith("Table"):
        return False
    return of(figure, "ResNet") or not any_of([name for names in NETWORKS.values() for name in names], words)


def of(figure: Described, network: str) -> bool:
    """Whether a figure is of this network: by its own words, else by the text about it, else by the heading."""
    for words in (figure.own, figure.told, figure.headings):
        named = [name for name, patterns in NETWORKS.items() if any_of(patterns, words)]
        if named:
            return network in named
    return False
