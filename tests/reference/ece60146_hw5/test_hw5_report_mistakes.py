"""The commonest real mistakes in reports and archives of homework 5 are named, by message and hint; right ones pass."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from core_examples import SEED, evidence, record
from homework_5 import part, read
from hw5_samples import paper
from printed import printed

from grader.checks.chosen.as_accurate import hint_on, problems_of_claims
from grader.checks.handed_archive import ArchiveOfPrograms
from grader.evidence import Evidence, FileRecord
from grader.submission import OpenedArchive

CODE = "import torch\nfrom torch import nn\n\n\nclass HW5Net(nn.Module):\n" + "    x = 1\n" * 16
RIGHT = {"layers": "It has 92 learnable layers in all.", "code": CODE}
TABLE = "<table><caption>Table"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The document of a report whose HTML was changed."""
    folder = tmp_path_factory.mktemp("mistakes")

    def document(*changes: tuple[str, str], **of_paper):
        text = paper.written(paper.Paper(**{**RIGHT, **of_paper}))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return read(printed(text), folder)

    return document


@pytest.fixture
def judged(written):
    """The finding about such a report; the network has 92 parameter tensors in 46 layers."""
    network = SimpleNamespace(
        name="HW5Net",
        parameters=range(92),
        owners=[("", "", ())] * 46,
        reached_layers=46,
        how="",
        reached=frozenset(),
        also_made={"HW5Net(depth=16) in hw5.py, line 9": 52},
        with_standins=False,
    )

    def of(criterion_id, *changes, standins=False, **of_paper):
        network.with_standins = standins
        document = written(*changes, **of_paper)
        tasks = part("tasks")
        wanted = replace(tasks.matrices(tasks.trained(part("settings").BUDGET)), report=lambda _: document)
        if criterion_id == "accuracy":
            problems = problems_of_claims(wanted.claimed(document))
            return SimpleNamespace(message="; ".join(problems), details=(), hint=hint_on(problems))
        if criterion_id == "report":
            return part("report").judged(document, network)
        return replace(wanted, recomputed=lambda _: ()).check(evidence())

    return of


def criterion(criterion_id):
    return next(one for one in part("assignment").ASSIGNMENT.rubric if one.id == criterion_id)


def told(found):
    return " / ".join((found.message, *found.details, f"hint: {found.hint}"))


def transposed(found):
    return tuple(zip(*found, strict=True))


def halved(found):
    return tuple(tuple(float(int(value / 2)) for value in row) for row in found)


HIGH, LOW = paper.HIGH, paper.LOW
MATRICES = {
    "one learning rate only": ({"matrices": (HIGH,), "net3": None}, (), "1 of at least 2", "for each learning rate"),
    "none": ({"matrices": (), "net3": None}, (), "0 of at least 2", "show one matrix for each learning rate"),
    "transposed": (
        {"matrices": (transposed(HIGH), LOW)},
        (),
        "each column adds up to 400",
        "put the actual classes into the rows",
    ),
    "of other images": (
        {"matrices": (halved(HIGH), LOW)},
        (),
        "expected rows that add up to the 400 test images of each class",
        "count every test image once",
    ),
    "of the images for training": (
        {"matrices": (paper.counts(1, 0.9, 1600), LOW), "said": ("90 %", "57.1 %")},
        (),
        "expected rows that add up to the 400 test images of each class",
        "count every test image once",
    ),
    "four classes": (
        {"matrices": (tuple(row[:4] for row in HIGH[:4]), LOW), "said": ("63 %", "57 %")},
        (),
        "expected 5 × 5 numbers, found 4 × 4",
        "5 × 5",
    ),
    "another accuracy": (
        {"said": ("91.00%", f"{100 * paper.accuracy(LOW):.2f}%")},
        (),
        "the report claims 91",
        "compute the accuracy from the matrix",
    ),
    "the same rate twice": (
        {},
        (("rate 1e-4.</caption>", "rate 1e-3.</caption>"),),
        "none for learning rate 0.0001",
        "in each caption which one it is",
    ),
}
REPORTS = {
    "no number of layers": ({"layers": ""}, (), "number of learnable layers is not mentioned", "state the number"),
    "another number of layers": (
        {"layers": "It has 60 learnable layers in all."},
        (),
        "speaks of 60 layers, counted here were 92 parameter tensors in 46 layers, and 52 tensors as the scripts also",
        "state the number that len(list(net.parameters())) gives",
    ),
    "no captions": ({"numbered": False}, (), "neither numbers nor captions", "number all figures and tables"),
    "numbers out of order": (
        {"loss": "two figures", "numbers": (2, 1)},
        (),
        "the figures are not numbered in order",
        "in the order in which they come",
    ),
    "a table number left out": (
        {},
        (("Table 2:", "Table 4:"), ("Table 3:", "Table 5:")),
        "the tables are not numbered in order: Table 4 comes after Table 1",
        "in the order in which they come",
    ),
    "a number twice": (
        {},
        (("Table 2:", "Table 1:"), ("Table 3:", "Table 2:")),
        "the number 1 is given to 2 tables",
        "in the order in which they come",
    ),
    "no matrix of Net3": (
        {"net3": None},
        (("Net3 reached an accuracy", "The old one had an accuracy"),),
        "nothing is called the confusion matrix of Net3",
        "attach the confusion matrix of Net3",
    ),
    "no source code": ({"code": ""}, (), "the source code is not included (0 lines", "include the source code as text"),
    "a caption without words": (
        {},
        (("Figure 1: Training loss for the learning rates 1e-3 and 1e-4.", "Figure 1:"),),
        "figure 1 has a number and no caption",
        "give each a caption",
    ),
    "a matrix without caption": (
        {},
        (("<caption>Table 3: Confusion matrix of Net3 from homework 4.</caption>", ""),),
        "a matrix without a caption",
        "give each a caption",
    ),
}
CLAIMS = {
    "no accuracy": ({"said": ("good", "bad"), "net3": None}, (), "the report claims no accuracy", "for each learning"),
    "another accuracy": (
        {"said": ("91.00%", f"{100 * paper.accuracy(LOW):.2f}%")},
        (),
        "trace over total is",
        "computed from its confusion matrix",
    ),
}
TABLES = {"confusion_matrix": MATRICES, "report": REPORTS, "accuracy": CLAIMS}
EVERY = [(criterion, kind) for criterion, table in TABLES.items() for kind in table]


@pytest.mark.parametrize(("criterion", "kind"), EVERY)
def test_a_usual_mistake_in_the_report_is_named(criterion, kind, judged):
    of_paper, changes, message, hint = TABLES[criterion][kind]

    found = judged(criterion, *changes, **of_paper)

    assert criterion == "accuracy" or found.outcome.value == "failed", told(found)
    assert message in told(found), told(found)
    assert hint in (found.hint or ""), told(found)


STYLES = {
    "tables": {},
    "drawings": {"style": "drawings"},
    "shares": {"style": "shares"},
    "percentages": {"style": "percentages"},
    "two figures of the loss": {"loss": "two figures"},
    "layers counted otherwise": {"layers": "The network has 46 layers that own parameters."},
    "layers at another depth that was tried": {"layers": "At depth 16 the network has 52 learnable layers."},
}


@pytest.mark.parametrize("criterion", ["confusion_matrix", "report"])
@pytest.mark.parametrize("style", STYLES)
def test_a_right_report_passes_in_any_style(criterion, style, judged):
    found = judged(criterion, **STYLES[style])

    assert found.outcome.value == "passed", told(found)


def test_layers_of_another_version_of_dlstudio_are_left_to_a_person(judged):
    found = judged("report", standins=True, layers="It has 60 learnable layers in all.")

    assert found.outcome.value == "ungraded", told(found)
    assert "60 layers, counted here were 92 parameter tensors in 46 layers, with skip blocks of the grader's own" in (
        found.message
    )


def test_of_dlstudios_blocks_a_report_has_to_state_a_number_too_and_the_one_counted_here_passes(judged):
    assert judged("report", standins=True).outcome.value == "passed"
    assert judged("report", standins=True, layers="").outcome.value == "failed"


def entry(path, kind="text", size=10):
    return FileRecord(path, size, "", kind)


def handed_in(*files, problem="", kind="zip archive"):
    archive = OpenedArchive("hw5.zip", "hw5", 100, "0", problem=problem or None, kind=kind)
    records = tuple(entry(*((one,) if isinstance(one, str) else one)) for one in files)
    return Evidence(record(files=records, archives=(archive,)), SEED)


ARCHIVES = {
    "weights": (["hw5/hw5.py", ("hw5/net.pth", "zip archive")], "hw5/net.pth in hw5.zip: weights or saved", "weights"),
    "data": (["hw5/hw5.py", ("hw5/labels.csv", "text")], "data is not wanted", "leave out the data"),
    "pictures": (["hw5/hw5.py", ("hw5/loss.png", "image")], "only .py files are accepted (image)", ".py files alone"),
    "a notebook": (["hw5/hw5.ipynb"], "no Python file", "jupyter nbconvert --to script"),
    "an archive inside": (["hw5/hw5.py", ("hw5/all.tar.gz", "gzip file")], "an archive in the archive", ".py files"),
    "nothing in it": ([], "no Python file", "pack the .py files"),
    "the report packed too": (["hw5/hw5.py", ("hw5/hw5.pdf", "PDF")], "only .py files are accepted (PDF)", "beside"),
    "compiled files": (["hw5/hw5.pyc"], "no Python file", ".py"),
    "weights beside it": (["hw5/hw5.py", ("best.pt", "zip archive")], "best.pt: weights or saved objects", "weights"),
    "a picture beside it": (["hw5/hw5.py", ("loss.png", "image")], "images are not wanted", "into the report"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_usual_mistake_in_the_archive_is_named(kind, monkeypatch):
    monkeypatch.setattr(ArchiveOfPrograms, "report_problems", lambda *_: iter(()))
    monkeypatch.setattr(ArchiveOfPrograms, "remarks", lambda *_: iter(()))
    files, message, hint = ARCHIVES[kind]

    found = criterion("archive").check(handed_in(*files))

    assert found.outcome.value == "failed", told(found)
    assert message in told(found), told(found)
    assert hint in (found.hint or ""), told(found)


@pytest.mark.parametrize(
    "files", [["hw5/hw5.py"], ["hw5/hw5.py", "hw5/net/blocks.py"], ["hw5/hw5.py", ("hw5/__init__.py", "empty")]]
)
def test_a_right_archive_passes(files, monkeypatch):
    monkeypatch.setattr(ArchiveOfPrograms, "report_problems", lambda *_: iter(()))
    monkeypatch.setattr(ArchiveOfPrograms, "remarks", lambda *_: iter(()))

    found = criterion("archive").check(handed_in(*files))

    assert found.outcome.value == "passed", told(found)
