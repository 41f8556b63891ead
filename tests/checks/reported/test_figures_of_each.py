"""Figures of each combination, in another course's words: attention maps of two heads at two layers."""

from __future__ import annotations

import re

import pytest

from grader.checks.reported.figures_of_each import FigureKind, FiguresOfEach, FigureWords
from grader.documents import Described

MAPS = FiguresOfEach(
    kind=FigureKind(
        called=(r"\bmaps?\b", r"heat ?map"),
        shape=r"(?:heat ?)?maps?",
        of=(r"attention",),
        others={"positions": r"position(?:al)?(?: encoding)?s?"},
        not_meant=re.compile(r"attention of readers"),
        instead="positions",
    ),
    groups={
        "head": {"head 1": (r"head 1\b", r"first head"), "head 2": (r"head 2\b",)},
        "layer": {"low": (r"layer 1\b",), "high": (r"layer 6\b", r"last layer")},
    },
    all_of={"head": (r"both heads",), "layer": (r"(?:all|both) layers",)},
    words=FigureWords(
        figures="maps",
        of="the attention",
        called="attention maps",
        wanted="attention maps of two heads at two layers",
        missing=" at ".join,
        say_what="show them",
        not_of_others="show the attention",
        show_them="plot them with imshow",
    ),
)


def figure(own: str, told: str = "", heading: str = "") -> Described:
    return Described(1, "Figure 1", own, told, heading, "")


@pytest.mark.parametrize(
    ("own", "told", "shown"),
    [
        ("Figure 1: Attention map of head 1, last layer", "", {("head 1", "high")}),
        ("Figure 1: Heat map, both heads", "Figure 1 is of layer 1.", {("head 1", "low"), ("head 2", "low")}),
        ("Figure 1: Attention maps of both heads at all layers", "", set(MAPS.combinations)),
        ("Figure 1: Attention map", "", set()),
    ],
)
def test_a_figure_counts_for_what_is_said_of_it(own: str, told: str, shown: set[tuple[str, ...]]):
    assert MAPS.kind.is_shown(figure(own, told))
    assert MAPS.shown_by(figure(own, told)) == shown


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ("Figure 1: Map of the positional encodings", "positions"),
        ("Figure 1: Map of the attention", None),
        ("Figure 1: Map of the attention at each position", None),
    ],
)
def test_a_figure_of_something_else_is_told_apart(own: str, what: str | None):
    assert MAPS.kind.of_another(figure(own)) == what
