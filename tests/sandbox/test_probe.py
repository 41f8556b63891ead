from __future__ import annotations

import pytest

from grader.sandbox import spawn
from grader.sandbox.probe import strong_wall, verdict, with_hint
from grader.sandbox.protocol import Execution, Frame, Status


def test_a_strong_wall_can_be_built_here():
    assert strong_wall() is None


def test_an_attack_that_worked_is_named():
    frame = Frame({"reach the host's network": True, "write to the system": False})

    reason = verdict(Execution(Status.EXITED, "", (frame,)))

    assert reason is not None
    assert "a program in it could reach the host's network" in reason
    assert "write to the system" not in reason


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.NO_RESULT, Status.TIMED_OUT])
def test_no_report_is_no_wall(status: Status):
    assert verdict(Execution(status, "why")) is not None


def test_an_empty_report_of_a_program_that_exited_is_no_wall():
    assert verdict(Execution(Status.EXITED, "ran to its end")) is not None


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: No permissions to create new namespace, likely because the kernel", "docker"),
        ("unshare: unshare failed: Operation not permitted", "docker"),
        (
            "bwrap: Creating new namespace failed: nesting depth or ... exceeded (ENOSPC)",
            "max_user_namespaces",
        ),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not allowed", "/proc is masked"),
        ("bwrap: Unknown option --disable-userns", "0.8.0"),
        ("bwrap: execvp /root/python: Permission denied", "Python installation"),
        ("something nobody has seen before", "docs/security.md"),
    ],
)
def test_what_the_tools_say_becomes_a_hint(said: str, hint: str):
    assert hint in with_hint(said).split("hint:")[1]


def test_a_missing_bubblewrap_is_said_with_the_package_to_install(monkeypatch: pytest.MonkeyPatch):
    spawn.tool.cache_clear()
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name == "bwrap" else f"/usr/bin/{name}")

    reason = strong_wall()
    spawn.tool.cache_clear()

    assert reason is not None
    assert "bwrap is not installed" in reason
    assert "hint: install the package bubblewrap" in reason
