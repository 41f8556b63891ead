"""What figures of a report on lab 3 are taken for, by the words about them: histograms of weights, a structure."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from core_examples import evidence

from grader.assess import assess
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.documents import Described
from grader.sandbox.protocol import Frame
from grader.sandbox.unprotected import NoSandbox
from grader.submission import OpenedArchive, Submission, SubmittedFile

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rules():
    load_assignment("eie4122_lab3", ROOT / "reference")
    return {name: importlib.import_module(f"reference_eie4122_lab3.{name}") for name in ("histograms", "structure")}


def figure(own: str, told: str = "", heading: str = "", title: str = "") -> Described:
    return Described(1, "Figure 1", own, told, heading, title)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("Figure 1: Histogram of the weights in the bottom layer of FFNet", ""),
        ("Figure 1: Weights and gradients of the bottom layer, histograms", ""),
        ("Figure 1: Histogram of the bottom layer of FFNet", "Figure 1 shows that its gradients vanish."),
        ("Figure 1: Histogram of the bottom layer, whose gradient vanishes", ""),
        ("Figure 1: Distribution of the kernel of the output layer", ""),
        ("Figure 1: FFNet, input layer, histogram", "Figure 1 shows how the weights are spread."),
        ("图1：FFNet底层权重直方图", ""),
        ("Figure 1 | FFNet, L1, weights over the epochs", "Figure 1 shows how the kernel is distributed."),
    ],
)
def test_these_are_histograms_of_weights(own: str, told: str, rules):
    shown = figure(own, told)

    assert rules["histograms"].HISTOGRAMS.is_shown(shown)
    assert rules["histograms"].HISTOGRAMS.of_another(shown) is None


@pytest.mark.parametrize(
    ("own", "told", "what"),
    [
        ("Figure 1: Histogram of the gradients in the bottom layer of FFNet", "", "gradients"),
        ("Figure 1: Gradient histogram, upper layer of ResNet", "", "gradients"),
        ("Figure 1: Histogram of the gradient of the weights, bottom layer", "", "gradients"),
        ("Figure 1: Histogram of the bottom layer's weight gradients", "", "gradients"),
        ("Figure 1: Gradients at the bottom layer of FFNet (histogram)", "", "gradients"),
        ("Figure 1: Histogram, bottom layer", "Figure 1 shows the distribution of the gradients there.", "gradients"),
        ("Figure 1: Distribution of the activations of the last layer", "", "activations"),
        ("Figure 1: Histogram of the biases in the first layer", "", "biases"),
        ("Figure 1: Distribution of the points of both spirals", "", "the data"),
        ("图1：FFNet底层梯度直方图", "", "gradients"),
    ],
)
def test_histograms_of_something_else_are_told_apart(own: str, told: str, what: str, rules):
    assert rules["histograms"].HISTOGRAMS.of_another(figure(own, told)) == what


@pytest.mark.parametrize(
    "shown",
    [
        figure("Figure 1: Structure of the ResNet."),
        figure("Figure 1. A block of the residual network."),
        figure("Figure 1: ResNet", "The structure of the network is given in Figure 1.\nIts weights are few."),
        figure("Figure 1: ResNet", heading="3 Architecture of the ResNet"),
        figure("Figure 1: Structure of the ResNet used for training"),
        figure("Figure 1: The residual model with its skip connections"),
        figure("", title="Structure of the ResNet"),
    ],
    ids=lambda shown: shown.own or shown.title,
)
def test_these_show_a_structure(shown: Described, rules):
    assert rules["structure"].shows_structure(shown)


@pytest.mark.parametrize(
    "shown",
    [
        figure("Figure 1. ResNet, bottom layer", "Figure 1 shows the weights at the bottom layers of the ResNet."),
        figure("Figure 1. ResNet, last block", "Figure 1 illustrates the weights of the last block."),
        figure("Figure 1: Accuracy of the ResNet architecture"),
        figure("Table 1: Summary of the accuracy of both models"),
        figure("Figure 1: Loss of the model with skip connections"),
        figure("Figure 1: Weights of the residual block", heading="Structure of the ResNet"),
        figure("Figure 1: Layers of the ResNet: how their weights are distributed"),
        figure("", title="Histogram of the ResNet structure"),
        figure("Table 1: Largest number of layers or blocks that could be trained", "Table 1 is about both networks."),
    ],
    ids=lambda shown: shown.own or shown.title,
)
def test_these_show_none(shown: Described, rules):
    assert not rules["structure"].shows_structure(shown)


def outcome(
    files: dict[str, bytes], archive: str = "", criterion: str = "pdf_only", ambiguous: str | None = None
) -> tuple[str, str]:
    """The outcome and message of a criterion for ada's files, which came out of an `archive`, or of none."""
    assignment = load_assignment("eie4122_lab3", ROOT / "reference")
    submission = Submission(
        "ada",
        "ada",
        tuple(SubmittedFile(path, content) for path, content in files.items()),
        datetime(2026, 11, 1, tzinfo=UTC),
        archives=(OpenedArchive(archive, "", 1, "0"),) if archive else (),
        ambiguous=ambiguous,
    )
    found = assess(assignment, collect(submission, replace(assignment, code="none"), NoSandbox(warm=()), seed=1))
    return found[criterion].outcome.value, found[criterion].message


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return (ROOT / "submissions" / "eie4122_lab3" / "amara" / "report.pdf").read_bytes()


@pytest.mark.parametrize("archive", ["", "ada.zip", "Ada.tar.gz"])
def test_one_pdf_is_right_and_may_come_in_an_archive_with_the_students_name(archive: str, pdf: bytes):
    assert outcome({"report.pdf": pdf}, archive)[0] == "passed"


@pytest.mark.parametrize("archive", ["report.zip", "lab3.tar.gz", "submission.rar"])
def test_a_pdf_in_an_archive_of_the_students_own_is_none(archive: str, pdf: bytes):
    outcome_, message = outcome({"report.pdf": pdf}, archive)

    assert outcome_ == "failed"
    assert message == f"expected one PDF and nothing else, found {archive}: an archive with the report in it"


@pytest.mark.parametrize("name", ["._report.pdf", "__MACOSX/._report.pdf"])
def test_what_a_mac_leaves_beside_a_pdf_is_no_second_one(name: str, pdf: bytes):
    assert outcome({"report.pdf": pdf, name: b"\0\5\x16\7"})[0] == "passed"


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("criterion", ["pdf_only", "word_count", "structure"])
def test_the_text_of_the_template_is_not_attempted(criterion: str, ends: bytes):
    text = (ROOT / "reference" / "eie4122_lab3" / "starter" / "report.md").read_bytes().replace(b"\n", ends)

    assert outcome({"report.md": text}, criterion=criterion) == (
        "failed",
        "Not attempted: report.md is the course's template, untouched",
    )


@pytest.mark.parametrize("criterion", ["pdf_only", "word_count"])
def test_a_web_page_in_the_place_of_the_report_is_a_persons(criterion: str):
    left = "expected the work, found only placeholders: `report.pdf`"

    assert outcome({}, criterion=criterion, ambiguous=left) == ("ungraded", left)


@pytest.mark.parametrize("place", ["close to the loss", "nearest to the end", "near the output"])
def test_layers_may_be_called_by_what_they_are_near(place: str, rules):
    shown = figure("Figure 1", f"Figure 1 shows how the weights of the layers {place} of FFNet are distributed.")

    assert rules["histograms"].WANTED.shown_by(shown) == {("FFNet", "upper")}


def test_a_notebook_that_could_not_be_asked_takes_nothing_else_from_whoever_grades(rules):
    assert rules
    notebook = importlib.import_module("reference_eie4122_lab3.notebook")
    header = {"kind": "ask", "probe": notebook.MODELS.probe.id, "case": "all", "error": "KeyError: 'x'"}

    found = evidence(Frame(header), entry="lab3.ipynb")

    assert notebook.MODELS.details(found) == ("lab3.ipynb: KeyError: 'x'",)
    assert notebook.MODELS.exhibits(found) == ()
