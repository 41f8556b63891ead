"""The starter kits are known by content: what was left as it was given is not attempted, in every criterion."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_examples import evidence, submission

from grader.assess import assess
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.collect.templates import is_untouched
from grader.finding import Outcome

REFERENCE = Path(__file__).parents[2] / "reference"
KITS = sorted(path for pattern in ("*.py", "*.ipynb") for path in REFERENCE.glob(f"*/starter/{pattern}"))
ASSIGNMENTS = ("dlc_practical_6", "ece60146_hw5", "eie4122_lab3", "epfl_ex09", "mlp_cw2")


@pytest.mark.parametrize("kit", KITS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_starter_file_is_untouched_whatever_its_name_and_comments(kit):
    content = kit.read_bytes()
    if kit.suffix == ".py":
        content = b"# Ada Lovelace\n" + content.replace(b"\n", b"\r\n")

    assert is_untouched(f"mine{kit.suffix}", content, kit.parent)


@pytest.mark.parametrize("kit", [kit for kit in KITS if kit.suffix == ".py"], ids=lambda path: path.parts[-3])
def test_one_line_of_work_is_enough_to_be_an_attempt(kit):
    assert not is_untouched(kit.name, kit.read_bytes() + b"\nanswer = 1\n", kit.parent)


@pytest.mark.parametrize("assignment_id", ASSIGNMENTS)
def test_nothing_of_an_untouched_template_is_told_as_a_mistake(assignment_id):
    assignment = load_assignment(assignment_id, REFERENCE)
    nothing = evidence(entry="main.py", notes=("main.py is the course's template, untouched",))

    failed = {
        name: finding.message
        for name, finding in assess(assignment, nothing).items()
        if finding.outcome is Outcome.FAILED and name not in assignment.report_rules
    }

    assert failed or assignment_id == "eie4122_lab3"
    assert all(message.startswith("Not attempted: ") for message in failed.values()), failed


@pytest.mark.parametrize("assignment_id", ["dlc_practical_6", "epfl_ex09"])
def test_an_empty_file_is_said_to_be_empty(assignment_id):
    assignment = load_assignment(assignment_id, REFERENCE)
    found = collect(submission({"ex09.py": ""}), assignment, NoSandbox(), seed=1)

    said = [finding.message for finding in assess(assignment, found).values() if finding.outcome is Outcome.FAILED]

    assert said
    assert set(said) == {"Not attempted: ex09.py is empty"}


class NoSandbox:
    """Nothing is run in it."""

    wall = "none"
