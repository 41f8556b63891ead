"""The commonest real mistakes in reports of lab 3: message and hint name each, and right reports pass."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import texts
from core_examples import submission
from homework_5 import read
from pages import Figure, Report, html
from printed import printed
from samples import FIELDS, edited, right

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.checks import figures_numbered, figures_of_each, words_counted
from grader.collect.collect import collect
from grader.sandbox.unprotected import NoSandbox

ROOT = Path(__file__).parents[3]
UNNAMED = dict.fromkeys(FIELDS, "One figure")


@cache
def assignment():
    return load_assignment("eie4122_lab3", ROOT / "reference")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The finding of a criterion about a report, read without a box."""
    import importlib

    folder, known = tmp_path_factory.mktemp("reports"), {}
    assignment()
    parts = {name: importlib.import_module(f"reference_eie4122_lab3.{name}") for name in ("histograms", "structure")}

    def of(criterion_id, report):
        text = html(report)
        document = known.setdefault(text, read(printed(text), folder) if text not in known else None)
        checks = {
            "word_count": words_counted(1000, 2000, lambda _: document),
            "histograms": figures_of_each(lambda _: document, parts["histograms"].WANTED),
            "structure": lambda _: parts["structure"].judged(document),
        }
        return checks.get(criterion_id, figures_numbered(lambda _: document))(None)

    return of


def said(found):
    return " / ".join((found.message, *found.details, f"hint: {found.hint}"))


CURVES = "Training loss", "Training and validation accuracy", "Loss curves", "Decision boundary"


def curves(at):
    """What the caption of a figure at a place says that shows no histogram."""
    return f"{CURVES[at - 1]} of {'FFNet' if at < 3 else 'ResNet'}"


def captions(change, **more):
    """A right report whose figures are changed by their place, or left out where `change` gives None."""
    count = iter(range(1, 9))

    def edit(part):
        return change(next(count), part) if isinstance(part, Figure) else part

    return edited(edit, **more)


def numbered(*numbers):
    def change(at, one):
        return replace(one, caption=one.caption.replace(f"Figure {at}", f"Figure {numbers[at - 1]}"))

    return captions(change)


def fifth(caption, fields=UNNAMED):
    """A right report whose last figure has another caption."""
    return captions(lambda at, one: replace(one, caption=caption) if at == 5 else one, fields=fields)


WORDS = {
    "too short": (Report("Lab 3", (texts.INTRODUCTION, texts.DATA)), "expected 1000 to 2000 words", "say more"),
    "too long": (right(parts=[*right().parts, *[texts.MORE] * 14]), "expected 1000 to 2000 words", "leave out"),
    "filled with what nobody sees": (
        Report("Lab 3", (texts.INTRODUCTION, f"<p class=hidden>{texts.MORE * 9}</p>")),
        "words cannot be seen on the page",
        "say more",
    ),
    "filled with code": (
        Report("Lab 3", (texts.INTRODUCTION, *[f"| {texts.CODE}"] * 8)),
        "expected 1000 to 2000 words of prose",
        "say more",
    ),
}
HISTOGRAMS = {
    "none": (captions(lambda at, one: one if at == 5 else None), "found none that is captioned", "from TensorBoard"),
    "of gradients": (
        captions(lambda at, one: replace(one, caption=one.caption.lower().replace("weight", "gradient"))),
        "found histograms of gradients",
        "how the weights of the layers are spread",
    ),
    "of gradients by their tags": (
        captions(lambda at, one: replace(one, caption=re.sub("[Ww]eights?", "kernel_0_grads", one.caption))),
        "found histograms of gradients (Figure 1, Figure 2, Figure 3, Figure 4)",
        "how the weights of the layers are spread",
    ),
    "of activations": (
        captions(lambda at, one: replace(one, caption=f"Figure {at}: Histogram of the activations of layer {at}")),
        "found histograms of activations",
        "how the weights of the layers are spread",
    ),
    "of one network": (
        captions(lambda at, one: None if at in (3, 4) else one),
        "found 2 of 4: not the bottom layer of ResNet, the upper layer of ResNet",
        "show them",
    ),
    "of the bottom alone": (
        captions(lambda at, one: None if at in (2, 4) else one),
        "not the upper layer of FFNet, the upper layer of ResNet",
        "show them",
    ),
    "captions and no figures": (
        right(kind="none"),
        "found 4 captions of such figures and no figure",
        "put the figures",
    ),
    "curves under their heading": (
        captions(lambda at, one: replace(one, caption=f"Figure {at}: {curves(at)}", kind="curve") if at < 5 else one),
        "found none that is captioned or named so",
        "from TensorBoard",
    ),
    "loss curves in their place": (
        captions(lambda at, one: replace(one, caption=f"Figure {at}: Loss of run {at}", kind="curve"), fields=UNNAMED),
        "found none that is captioned or named so",
        "from TensorBoard",
    ),
}
STRUCTURES = {
    "none": (
        captions(lambda at, one: None if at == 5 else one, fields=UNNAMED),
        "found none",
        "draw the network with its blocks",
    ),
    "of FFNet": (
        fifth("Figure 5: Structure of FFNet"),
        "found that of FFNet (Figure 5)",
        "resnet.summary()",
    ),
    "accuracies in its place": (
        fifth("Figure 5: Accuracy of ResNet"),
        "found none",
        "resnet.summary()",
    ),
}
NUMBERS = {
    "none": (Report("Lab 3", (texts.INTRODUCTION,)), "found no figure", "a caption with its number"),
    "no numbers": (
        captions(lambda at, one: replace(one, caption=one.caption.split(": ")[1]), fields=UNNAMED),
        "figures without a number",
        "a caption with its number",
    ),
    "a single one without": (
        Report("Lab 3", (texts.INTRODUCTION, Figure("A histogram"))),
        "found 1 figure without a number",
        "a caption with its number",
    ),
    "out of order": (numbered(2, 1, 3, 4, 5), "Figure 2 comes first", "in the order of the page"),
    "one left out": (numbered(1, 2, 4, 5, 6), "Figure 4 comes after Figure 2", "in the order of the page"),
    "one given twice": (numbered(1, 2, 2, 3, 4), "the number 2 is given to 2 figures", "a number of its own"),
    "from 0 on": (numbered(0, 1, 2, 3, 4), "Figure 0 comes first", "1, 2, 3"),
    "never named": (right(fields=UNNAMED), "Figure 1 is not referred to in the text", "name each number in a sentence"),
    "one never named": (
        right(fields={**FIELDS, "FIG_RES_UPPER": "One figure"}),
        "Figure 4 is not referred to in the text",
        "name each number in a sentence",
    ),
    "one without": (
        fifth("", {**FIELDS, "FIG_STRUCTURE": "One figure"}),
        "has no caption with a number",
        "a caption with its number",
    ),
}
TABLES = {"word_count": WORDS, "histograms": HISTOGRAMS, "structure": STRUCTURES, "figures_numbered": NUMBERS}
EVERY = [(criterion, kind) for criterion, table in TABLES.items() for kind in table]


@pytest.mark.parametrize(("criterion", "kind"), EVERY)
def test_a_usual_mistake_in_the_report_is_named(criterion, kind, judged):
    report, message, hint = TABLES[criterion][kind]

    found = judged(criterion, report)

    assert found.outcome.value in ("failed", "partial"), said(found)
    assert message in said(found), said(found)
    assert hint in (found.hint or ""), said(found)


STYLES = {
    "plain": right(),
    "two columns": right("columns", "Fig. {}. {}."),
    "weights and gradients by their tags": captions(
        lambda at, one: replace(one, caption=re.sub("[Ww]eights?", "kernel_0 and kernel_0_grads", one.caption))
    ),
    "captions above drawings": right("plain", "Figure {} – {}", above=True, kind="drawing"),
}


@pytest.mark.parametrize("criterion", TABLES)
@pytest.mark.parametrize("style", STYLES)
def test_a_right_report_passes_in_any_style(criterion, style, judged):
    found = judged(criterion, STYLES[style])

    assert found.outcome.value == "passed", said(found)


def test_captions_within_pictures_are_left_to_a_person(judged):
    scanned = captions(lambda at, one: replace(one, caption=""))
    partly = captions(lambda at, one: replace(one, caption="") if at in (2, 4) else one)

    for report, numbers in ((scanned, "1, 2, 3, 4, 5"), (partly, "2, 4")):
        found = judged("figures_numbered", report)

        assert found.outcome.value == "ungraded", said(found)
        assert f"the text refers to figure {numbers}" in found.message


FILES = {
    "a Word document": ({"report.docx": b"PK\3\4"}, "report.docx: is no PDF", "exported as PDF"),
    "a text": ({"report.md": b"# Lab 3\n\nText of my own.\n"}, "report.md: is no PDF", "exported as PDF"),
    "a picture": ({"page.jpg": b"\xff\xd8\xff\xe0"}, "page.jpg: is no PDF", "exported as PDF"),
    "a web page called PDF": ({"report.pdf": b"<!DOCTYPE html><html></html>"}, "report.pdf: ", "exported as PDF"),
    "an empty file": ({"report.pdf": b""}, "report.pdf: ", "exported as PDF"),
    "nothing but the notebook": ({"lab3.ipynb": b"{}"}, "found ", "exported as PDF"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_usual_mistake_in_what_is_handed_in_is_named(kind):
    files, message, hint = FILES[kind]
    evidence = collect(submission(files), replace(assignment(), code="none"), NoSandbox(warm=()), seed=1)

    found = assess_one(next(one for one in assignment().rubric if one.id == "pdf_only"), evidence)

    assert found.outcome.value == "failed", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)
