"""Pages that are made from the code are those of this code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from grader.commands import options
from makedocs import pictures, reference

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def pages():
    return reference.pages()


def test_made_pages_are_up_to_date(pages):
    old = [
        name for name, content in pages.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != content
    ]

    assert old == [], "run: python -m makedocs.reference"


def test_no_made_page_is_left_of_an_assignment_that_is_gone(pages):
    assert {f"assignments/{path.name}" for path in (DOCS / "assignments").glob("*.md")} <= pages.keys()


def test_every_variable_that_the_code_reads_is_on_the_page():
    names = set()
    for path in (ROOT / "grader").rglob("*.py"):
        names |= set(re.findall(r"environ[^\n]*[\"'](GRADER_[A-Z_]+|XDG_[A-Z_]+)[\"']", path.read_text()))

    assert (
        names - {"GRADER_SELF_ATTACK"} <= reference.ENVIRONMENT.keys()
    )  # that one is set for the sandbox's own attack
    assert len(names) >= 3


def test_every_exit_status_is_on_the_page():
    values = (options.GRADED, options.NEEDS_A_PERSON, options.WRONG_USAGE, options.INTERRUPTED)

    assert set(map(str, values)) == reference.EXIT.keys()


def test_every_command_and_its_options_are_on_the_page(pages):
    page = pages["reference/commands.md"]

    for name in ("grade", "erase", "marks import", "audit"):
        assert f" grader {name}\n" in page
    assert "--dry-run" in page


def test_the_page_of_error_rates_shows_nothing_of_a_solution(pages):
    audit = json.loads((ROOT / "reference/numpy_layers/audit.json").read_text())
    shown = pages["measured.md"]

    assert f"{audit['caught']['count']} of {audit['caught']['of']}" in shown
    assert not [one for one in (*audit["survivors"], *audit["same_behaviour"]) if one["diff"] in shown]
    assert "---\n+++" not in shown


def test_an_assignments_page_has_handout_criteria_accepted_work_and_messages(pages):
    page = pages["assignments/numpy_layers.md"]

    for words in ("## The handout", "| `softmax_loss` |", "loops everywhere", "dout is multiplied in place"):
        assert words in page
    assert "differs from the reference" in page


def test_the_comparison_shows_the_assignment_of_the_tutorial():
    compared = re.search(
        r"^SOFTMAX = .*?^\)\nASSIGNMENT.*?^\)$", (DOCS / "coming-from.md").read_text(), re.DOTALL | re.MULTILINE
    )

    assert compared
    assert compared[0] in (DOCS / "start" / "instructor.md").read_text()


def test_every_picture_is_made_by_the_build():
    assert {path.name for path in (DOCS / "pictures").iterdir()} == set(pictures.PICTURES)
