"""`grader deliverable` in a kit: the PDF under the course's name, and the course's rules for reports."""

import json

import pytest
from kits import kit, run
from warm_python import WarmPython

pytestmark = pytest.mark.costly  # kits whose reports are made

MATRIX = [
    [360, 10, 10, 10, 10],
    [10, 360, 10, 10, 10],
    [10, 10, 360, 10, 10],
    [10, 10, 10, 360, 10],
    [10, 10, 10, 10, 360],
]
RUN = {
    "learnable_layers": 92,
    "loss": {"lr 0.001": [1.6, 0.4], "lr 0.0001": [1.6, 1.1]},
    "confusion": {"classes": ["boat", "cake", "couch", "dog", "motorcycle"], "lr 0.001": MATRIX, "lr 0.0001": MATRIX},
}


@pytest.fixture(scope="module")
def deliverable_in():
    """The command in a Python that has loaded what it needs."""
    with WarmPython("grader.assess", "grader.commands.deliverable", "weasyprint") as python:
        yield lambda folder, *arguments: run(folder, "deliverable", *arguments, program=("grader",), python=python)


def test_the_template_of_a_kit_becomes_a_pdf_and_its_rules_are_checked(deliverable_in, tmp_path):
    folder = kit(tmp_path / "kit", "eie4122_lab3")

    done = deliverable_in(folder)

    assert done.returncode == 1, done.stderr
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "– pdf_only  0 of 5  Not attempted: report.pdf is the course's template" in done.stdout
    assert "– word_count  0 of 10  Not attempted: report.pdf is the course's template" in done.stdout


def test_the_pdf_has_the_name_that_the_course_asks_for_and_shows_the_runs_data(deliverable_in, tmp_path):
    folder = kit(tmp_path / "kit", "ece60146_hw5")
    (folder / "run.json").write_text(json.dumps(RUN))

    done = deliverable_in(folder)

    assert (folder / "hw5.pdf").exists(), done.stderr
    assert "report  " in done.stdout
    assert "confusion_matrix  " in done.stdout


def test_what_is_missing_is_told_and_nothing_is_written(deliverable_in, tmp_path):
    folder = kit(tmp_path / "kit", "ece60146_hw5")

    done = deliverable_in(folder)

    assert done.returncode == 2
    assert "expected an entry 'learnable_layers' in run.json" in done.stderr
    assert "expected an entry 'loss' in run.json" in done.stderr
    assert not (folder / "hw5.pdf").exists()


def test_a_report_needs_no_kit(deliverable_in, tmp_path):
    (tmp_path / "report.md").write_text("# Hello\n\nWords.\n")

    done = deliverable_in(tmp_path, "--out", str(tmp_path / "mine.pdf"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")


def test_a_folder_without_a_report_says_what_to_do(deliverable_in, tmp_path):
    done = deliverable_in(tmp_path)

    assert done.returncode == 2
    assert "hint: `grader starter` has one" in done.stderr


def test_a_place_that_cannot_be_written_is_told(deliverable_in, tmp_path):
    (tmp_path / "report.md").write_text("# Nothing yet\n")

    done = deliverable_in(tmp_path, "--out", str(tmp_path / "nowhere" / "mine.pdf"))

    assert done.returncode == 2
    assert "mine.pdf: expected a file that can be written, found: No such file or directory" in done.stderr
    assert "hint: --out FILE puts it elsewhere" in done.stderr
