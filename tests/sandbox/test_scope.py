"""Starting the command again in a scope of the user's systemd."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.sandbox import scope

FAKE = """#!/bin/sh
[ "$*" = "{}--scope --quiet --collect --property=Delegate=yes -- true" ] || exit 1
exec true
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the process was replaced by; here it goes on."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execvp", lambda _, command: commands.append(command))
    monkeypatch.setattr(scope, "memory_groups", lambda: None)
    monkeypatch.setattr(scope, "works", lambda: True)
    monkeypatch.setattr(sys, "argv", ["/venv/bin/grader", "grade", "work"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "/venv/bin/grader", "grade", "work"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("GRADER_IN_SCOPE", raising=False)
    return commands


def test_the_command_is_started_again_in_a_scope_once(started: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_IN_SCOPE", "")
    scope.enter()
    scope.enter()

    assert started == [
        [
            "systemd-run",
            "--user",
            "--scope",
            "--quiet",
            "--collect",
            "--property=Delegate=yes",
            "--",
            sys.executable,
            "/venv/bin/grader",
            "grade",
            "work",
        ],
    ]


@pytest.mark.parametrize("program", ["/venv/bin/pytest", "/venv/site-packages/pytest/__main__.py", "-c"])
def test_no_other_program_is_started_again(started: list[list[str]], monkeypatch: pytest.MonkeyPatch, program: str):
    monkeypatch.setattr(sys, "argv", [program])
    scope.enter()

    assert started == []


def test_nothing_happens_where_groups_can_be_made_anyway(started: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scope, "memory_groups", object)
    scope.enter()

    assert started == []


def test_nothing_happens_where_no_systemd_answers(started: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scope, "works", lambda: False)
    scope.enter()

    assert started == []


@pytest.mark.parametrize(("uid", "option"), [(1000, "--user "), (0, "")], ids=["a user", "root"])
@pytest.mark.parametrize("answers", [True, False])
def test_systemd_is_asked_for_a_scope(
    uid: int, option: str, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fake = tmp_path / "systemd-run"
    fake.write_text(FAKE.format(option) if answers else "#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    assert scope.works() is answers


def test_without_systemd_there_is_no_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not scope.works()
