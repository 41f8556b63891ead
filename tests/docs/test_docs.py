"""The documents say what is true: their example works, their commands and links exist."""

import re
from pathlib import Path

import numpy as np
import pytest

from grader.assess import assess, grade_evidence
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.intake import find_submissions
from grader.sandbox.bubblewrap import BubblewrapSandbox

ROOT = Path(__file__).parents[2]
NET = """
from torch import nn

class TinyNet(nn.Module):
    def __init__(self):
        super().__init__()
        body = [nn.Conv2d(3, 8, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()]
        self.layers = nn.Sequential(*body, nn.Linear(32, 10))

    def forward(self, x):
        return self.layers(x)
"""


@pytest.fixture
def example(tmp_path):
    text = (ROOT / "docs/adding-an-assignment.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    folder = tmp_path / "reference" / "small_net"
    folder.mkdir(parents=True)
    (folder / "assignment.py").write_text(code)
    return load_assignment("small_net", tmp_path / "reference")


def test_the_worked_example_grades_a_submission(example, tmp_path):
    (tmp_path / "work" / "ada").mkdir(parents=True)
    (tmp_path / "work" / "ada" / "net.py").write_text(NET)
    (submission,) = find_submissions(tmp_path / "work").submissions

    evidence = collect(submission, example, BubblewrapSandbox(), seed=3)
    grade = grade_evidence(example, evidence, assess(example, evidence))

    assert {mark.criterion: mark.finding.outcome.value for mark in grade.marks} == {
        "logits": "passed",
        "size": "passed",
        "comments": "ungraded",
    }
    assert grade.points is None
    assert grade.points_so_far == 5


def test_the_worked_example_fits_a_page(example):
    code = (example.folder / "assignment.py").read_text()

    assert code.count("\n") < 60
    assert np.array_equal(example.data(1)["images"], example.data(1)["images"])


@pytest.mark.parametrize(
    "name", ["README.md", "docs/adding-an-assignment.md", "docs/security.md", "docs/container.md", "CHANGELOG.md"]
)
def test_links_lead_somewhere(name):
    document = ROOT / name
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    wanted = set(re.findall(r"^\$ make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))

    assert wanted == {"grade", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in wanted)


def test_the_examples_of_late_policies_and_extensions_are_read(tmp_path):
    from grader.deadlines.extensions import EVERYONE, read_extensions
    from grader.policies import AttemptPolicy, LatePolicy

    text = (ROOT / "docs/lms.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    written: dict[str, object] = {}
    exec(code, written)  # noqa: S102 - our own document
    (table,) = re.findall(r"```\n(student,.*?)```", text, re.DOTALL)
    (tmp_path / "extensions.csv").write_text(table)

    rows = read_extensions(tmp_path / "extensions.csv", written["due"].tzinfo)

    assert written["late_policy"] == LatePolicy(10, 5)
    assert written["attempts"] == AttemptPolicy("latest", 1)
    assert [row.student for row in rows] == [EVERYONE, "jdoe", "Roe, Bob", "12345", "lei@x.edu", "67890"]
    assert rows[0].until == written["due"]
