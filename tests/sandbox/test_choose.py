"""Which wall is taken: the one that was asked for, or none and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import first_on_path

from grader.commands import options
from grader.sandbox import choose as choosing
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.choose import CHOICES, NoWall, choose
from grader.sandbox.container import ContainerSandbox
from grader.sandbox.unprotected import NoSandbox

BROKEN = "bwrap: No permissions\nhint: mend it"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no sandbox can be built."""
    monkeypatch.setattr("grader.sandbox.probe.strong_wall", lambda *_: BROKEN)


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch, engines: Path) -> None:
    """A machine on which every wall holds."""
    monkeypatch.setattr("grader.sandbox.probe.strong_wall", lambda *_: None)
    monkeypatch.setenv("PATH", first_on_path(engines))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("auto", BubblewrapSandbox),
        ("bubblewrap", BubblewrapSandbox),
        ("podman", ContainerSandbox),
        ("docker", ContainerSandbox),
        ("none", NoSandbox),
    ],
)
def test_every_choice_is_the_sandbox_of_its_name(holding: None, name: str, kind: type):
    sandbox = choose(name, ("json",))

    assert type(sandbox) is kind
    assert sandbox.warm == ("json",)  # type: ignore[attr-defined]


def test_the_command_line_knows_the_same_choices():
    assert options.CHOICES == CHOICES
    assert (options.AUTO, options.UNPROTECTED) == (choosing.AUTO, choosing.UNPROTECTED)


@pytest.mark.parametrize("name", ["auto", "bubblewrap"])
def test_without_a_strong_wall_nothing_weaker_is_taken(broken: None, engines: Path, name: str, monkeypatch):
    monkeypatch.setenv("PATH", first_on_path(engines))

    with pytest.raises(NoWall) as refused:
        choose(name, ())

    lines = str(refused.value).splitlines()
    assert lines[:2] == ["the sandbox cannot be built: bwrap: No permissions", "hint: mend it"]
    assert "`grader doctor` tells all of it" in lines[2]
    assert "--sandbox podman uses containers instead" in lines[2]
    assert "none" not in str(refused.value)


@pytest.mark.parametrize("name", ["podman", "docker"])
def test_a_container_that_does_not_hold_is_refused(broken: None, engines: Path, name: str, monkeypatch):
    monkeypatch.setenv("PATH", first_on_path(engines))

    with pytest.raises(NoWall, match=f"(?s)No permissions.*grader doctor --sandbox {name}"):
        choose(name, ())


def test_an_engine_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(NoWall, match="podman is not installed\nhint: install the package podman"):
        choose("podman", ())


def test_a_container_is_attacked_before_it_is_taken(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))

    assert choose("podman", ()) == ContainerSandbox("podman", ())


def test_a_container_with_a_network_is_refused(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))
    arguments = ContainerSandbox.arguments

    def careless(*given: object) -> list[str]:
        found = arguments(*given)  # type: ignore[arg-type]
        at = found.index("--network")
        return [*found[:at], *found[at + 2 :]]

    monkeypatch.setattr(ContainerSandbox, "arguments", careless)

    with pytest.raises(NoWall, match="a program in it could reach the host's network"):
        choose("podman", ())
