"""The reference page names all that there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import grader
import grader.checks
from grader import Assignment, Criterion, HandIn, probes
from grader.checks.homes import HOMES
from grader.inside.student import Session
from grader.validation.expected import REMARKS

DOCS = Path(__file__).parents[2] / "docs"
ROOMS = tuple(f"grader.checks.{room}." for room in ("loops", "loaders", "questions"))
REFERENCE = (DOCS / "assignment-reference.md").read_text()


@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name in grader.checks.__all__
            if "blocks" in getattr(getattr(grader.checks, name), "__module__", "")
        ),
        "figures_numbered",
        *(name for home, names in HOMES.items() if home.startswith(ROOMS) for name in names if name[0].isupper()),
        *("training_loop", "data_loaders", "plotted_gradients", "right_answers", "batch_normalised", "adds_its_input"),
        *(name for name, one in vars(probes).items() if inspect.isclass(one) and one.__module__ == probes.__name__),
    ],
)
def test_every_block_and_probe_is_in_the_reference(name):
    assert f"| `{name}` |" in REFERENCE


def test_what_the_reference_says_of_the_session_and_of_expected_outcomes_is_there():
    told = re.findall(r"^\| `session\.(\w+)`", REFERENCE, re.MULTILINE)
    source = inspect.getsource(Session)

    assert len(told) >= 6
    assert not [name for name in told if f"self.{name}" not in source and not hasattr(Session, name)]
    assert not [name for name in REMARKS if f"`{name}" not in REFERENCE]


@pytest.mark.parametrize("kind", [Assignment, Criterion, HandIn])
def test_every_option_of_an_assignment_is_in_the_reference(kind):
    section = REFERENCE.partition("## Assignment, criterion, hand-in")[2].partition("\n## ")[0]
    options = set(inspect.signature(kind).parameters) - {"folder"}

    assert not [name for name in options if not re.search(rf"\b{name}\b", section)]
