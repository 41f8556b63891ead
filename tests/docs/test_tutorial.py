"""The tutorial works as it stands, and the reference page names all that there is."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import grader
import grader.checks
from grader import probes
from grader.cli import main
from grader.inside.student import Session
from grader.validation.expected import REMARKS

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = (DOCS / "adding-an-assignment.md").read_text()
REFERENCE = (DOCS / "assignment-reference.md").read_text()


def test_an_empty_folder_becomes_an_audited_assignment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_REFERENCE", str(tmp_path / "reference"))
    for name, content in re.findall(r"^`([\w/.]+)`[^\n]*:\n\n```\w+\n(.*?)```", TUTORIAL, re.DOTALL | re.MULTILINE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (commands,) = re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL)

    for command in commands.splitlines():
        ended = CliRunner().invoke(main, command.split()[1:])
        assert ended.exit_code == 0, ended.output

    found = json.loads((tmp_path / "reference/softmax/audit.json").read_text())
    assert found["sound"]
    assert found["mutants"]["tried"] >= 1


@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name in grader.checks.__all__
            if "blocks" in getattr(getattr(grader.checks, name), "__module__", "")
        ),
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
