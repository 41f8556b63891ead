"""The pictures of the documents, made from the samples by the product itself.

`python -m makedocs.pictures` makes them all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
import pypdfium2
from PIL import Image

from makedocs.console import blocks
from makedocs.settings import students_kit

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SCALE = 1.4  # pixels per point: an A4 page is 833 pixels wide
COLOURS = 128
CLASS = ("ada", "bruno", "chloe", "dario", "elena", "hugo", "jonas", "leon", "samir", "zora")  # none loops for ever


def _grader(folder: Path, *words: str) -> None:
    """Run a command; one that needs a person is as good as any."""
    program = Path(sys.executable).with_name("grader")
    subprocess.run([program, *words], cwd=folder, check=False, capture_output=True)


def _graded(space: Path) -> Path:
    """The sample class of `numpy_layers`, graded once; its seed is given, so that the pictures stay the same."""
    results = space / "results"
    if not results.exists():
        samples = str(ROOT / "submissions" / "numpy_layers")
        named = [word for student in CLASS for word in ("--student", student)]
        _grader(space, "grade", samples, "--assignment", "numpy_layers", "--out", str(results), "--seed", "1", *named)
    return results


def feedback(space: Path) -> Path:
    """A student's report."""
    return _graded(space) / "hugo" / "feedback.pdf"


def class_report(space: Path) -> Path:
    """The class's report."""
    return _graded(space) / "class.pdf"


def deliverable(space: Path) -> Path:
    """The PDF of a student's own report, from the text on the student's page."""
    students_kit(space)
    page = (ROOT / "docs" / "start" / "student.md").read_text()
    [report] = [block.files["kit/report.md"] for block in blocks(page) if "kit/report.md" in block.files]
    (space / "kit" / "report.md").write_text(report)
    _grader(space / "kit", "deliverable")
    return space / "kit" / "report.pdf"


# By file: what makes the PDF whose first page it shows, and how much of the page.
PICTURES: Mapping[str, tuple[Callable[[Path], Path], float]] = {
    "feedback.png": (feedback, 1.0),
    "class.png": (class_report, 1.0),
    "deliverable.png": (deliverable, 0.5),
}


def first_page(pdf: Path, share: float) -> Image.Image:
    """The upper `share` of a PDF's first page, in few colours."""
    with pypdfium2.PdfDocument(pdf) as document:
        page: Image.Image = document[0].render(scale=SCALE).to_pil().convert("RGB")
    return page.crop((0, 0, page.width, round(page.height * share))).quantize(COLOURS)


def write(names: Sequence[str]) -> None:
    """Make these pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as space:
        for name in names:
            make, share = PICTURES[name]
            first_page(make(Path(space)), share).save(FOLDER / name, optimize=True)
            click.echo(f"docs/pictures/{name}")


if __name__ == "__main__":
    write(sys.argv[1:] or tuple(PICTURES))
