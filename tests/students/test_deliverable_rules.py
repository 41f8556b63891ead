"""A report made by `grader deliverable` passes all rules for reports that its course judges by the PDF alone."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from core_examples import submission
from PIL import Image

from grader.catalog import load_assignment
from grader.finding import Finding
from grader.students.deliverable.page import make_report
from grader.students.report_rules import check_report

ROOT = Path(__file__).parents[2]
TEXTS = tomllib.loads((ROOT / "tests" / "lab3_reports" / "paragraphs.toml").read_text())
CLASSES = ("boat", "cake", "couch", "dog", "motorcycle")
PROGRAM = '"""The network of homework 5."""\n\nimport torch\nfrom torch import nn\n\n\n' + "\n\n".join(
    f"class Block{n}(nn.Module):\n    def __init__(self, width=8):\n        super().__init__()\n"
    f"        self.conv = nn.Conv2d(width, width, 3, padding=1)\n\n"
    f"    def forward(self, x):\n        return torch.relu(self.conv(x)) + x"
    for n in range(12)
)


def matrix(right: int, other: int) -> list[list[int]]:
    """Counts of 400 images of each class."""
    counts = np.full((5, 5), other)
    np.fill_diagonal(counts, right)
    counts[:, 0] += 400 - counts.sum(axis=1)
    return counts.tolist()


def findings(assignment_id: str, text: str, files: dict[str, bytes | str]) -> dict[str, Finding]:
    made = make_report(text, submission(files))
    checked = check_report(load_assignment(assignment_id, ROOT / "reference"), "report.pdf", made.pdf)
    return {one.criterion.id: one.finding for one in checked}


def starter(assignment_id: str, *changes: tuple[str, str]) -> str:
    text = (ROOT / "reference" / assignment_id / "starter" / "report.md").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def homework_5():
    high, low, net3 = matrix(260, 35), matrix(228, 43), matrix(208, 48)
    run = {
        "learnable_layers": 92,
        "loss": {"lr 0.001": [1.6, 1.1, 0.7], "lr 0.0001": [1.6, 1.4, 1.2]},
        "confusion": {"classes": CLASSES, "lr 0.001": high, "lr 0.0001": low},
    }
    accuracies = [f"{np.trace(counts) / 20:.2f} %" for counts in (high, low)]
    text = starter(
        "ece60146_hw5",
        ("| 0.001 | |", f"| 0.001 | {accuracies[0]} |"),
        ("| 0.0001 | |", f"| 0.0001 | {accuracies[1]} |"),
        *(
            (f"| {name} | | | | | |", f"| {name} | {' | '.join(map(str, row))} |")
            for name, row in zip(CLASSES, net3, strict=True)
        ),
    )
    return findings("ece60146_hw5", text, {"hw5.py": PROGRAM, "run.json": json.dumps(run)})


def test_homework_5_matrices_are_read(homework_5):
    found = homework_5["confusion_matrix"]

    assert found.outcome == "passed", (found.message, found.details)
    assert found.message.startswith("2 confusion matrices, well formed and in agreement")


def test_homework_5_report_has_all_that_is_asked_for(homework_5):
    found = homework_5["report"]

    assert found.outcome == "passed", (found.message, found.details)


def histogram() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (400, 240), "navy").save(buffer, "PNG")
    return buffer.getvalue()


def test_lab_3_report_passes_every_rule():
    captions = {
        "FF_BOTTOM": "Histogram of the weights in the bottom layer of FFNet.",
        "FF_UPPER": "Histogram of the weights in the upper layer of FFNet.",
        "RES_BOTTOM": "Histogram of the weights in the bottom layer of ResNet.",
        "RES_UPPER": "Histogram of the weights in the upper layer of ResNet.",
        "STRUCTURE": "Structure of the ResNet.",
    }
    body = "\n\n".join(
        f"# {title}\n\n" + "\n\n".join(TEXTS[name] for name in names)
        for title, names in {
            "Introduction": ("INTRODUCTION", "DATA"),
            "Investigations": ("FFNET_RESULT", "RESNET_RESULT"),
            "Histograms of the weights": ("HISTOGRAMS_FFNET", "HISTOGRAMS_RESNET"),
            "The networks": ("STRUCTURE",),
            "Why the ResNet can be very deep": ("WHY_RESNET",),
            "Why ReLU can help": ("WHY_RELU", "MORE"),
            "Conclusion": ("CONCLUSION",),
        }.items()
    )
    for name in captions:
        body = body.replace(f"{{FIG_{name}}}", f"@fig-{name.lower().replace('_', '-')}")
    figures = [
        f"![{caption}](shown.png){{#fig-{name.lower().replace('_', '-')}}}" for name, caption in captions.items()
    ]
    head, tail = body.split("# The networks")
    text = "---\ntitle: Lab 3\nauthor: Ada\n---\n\n" + "\n\n".join(
        [head, *figures[:4], f"# The networks{tail}", figures[4]]
    )

    found = findings("eie4122_lab3", text, {"shown.png": histogram()})

    assert {name: (one.outcome.value, one.message) for name, one in found.items() if one.outcome != "passed"} == {}
    assert set(found) == {"pdf_only", "word_count", "histograms", "structure", "figures_numbered"}


def test_the_template_of_lab_3_left_as_it_was_is_not_attempted():
    found = findings("eie4122_lab3", starter("eie4122_lab3"), {})

    assert {one.message for one in found.values()} == {"Not attempted: report.pdf is the course's template, untouched"}
    assert {one.outcome.value for one in found.values()} == {"failed"}
