"""Fixtures for everything that runs in boxes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import namespace_of, processes_in
from engines import first_on_path, install_fake_engines
from implementations import ENGINE, IMPLEMENTATIONS, REAL

from grader.sandbox.box import Box
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.piped import PipedBox
from grader.sandbox.protocol import Sandbox
from grader.sandbox.usage import Measuring
from grader.sandbox.warm_parents import WarmParents


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with stand-ins for podman and docker."""
    folder = tmp_path_factory.mktemp("engines")
    folder.chmod(0o755)
    install_fake_engines(folder)
    return folder


WALLS = [
    *(name for name in IMPLEMENTATIONS if name != ENGINE),
    pytest.param(ENGINE, marks=pytest.mark.costly),
    *(pytest.param(name, marks=pytest.mark.real_engine(name.split()[1])) for name in REAL),
]


@pytest.fixture(params=WALLS)
def sandbox(request: pytest.FixtureRequest, engines: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    if request.param in REAL:
        return REAL[request.param]
    monkeypatch.setenv("PATH", first_on_path(engines))
    return IMPLEMENTATIONS[request.param]


@pytest.fixture
def own_parents() -> Iterator[WarmParents]:
    """Warm parents that no other test uses."""
    own = WarmParents()
    yield own
    own.close()


@pytest.fixture
def separate(own_parents: WarmParents, monkeypatch: pytest.MonkeyPatch) -> BubblewrapSandbox:
    """A sandbox with warm parents of its own: what they are refused for holds for no other test."""
    monkeypatch.setattr("grader.sandbox.bubblewrap.warm_parents", lambda: own_parents)
    return BubblewrapSandbox(warm=())


@pytest.fixture(autouse=True)
def namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The pid namespaces of the boxes a test started; none may hold a process when the test ends."""
    seen: list[str] = []
    # An open namespace keeps its number: else a box of somebody else could get it.
    held: list[int] = []
    adopt, meter = Box.adopt, PipedBox.meter

    def note(pid: int) -> None:
        held.append(os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC))
        seen.append(namespace_of(pid))

    def noted(box: Box, pid: int, *others: int) -> None:
        adopt(box, pid, *others)
        note(pid)

    def metered(box: PipedBox) -> Measuring:
        found = meter(box)
        # Containers of a daemon belong to others: their namespaces are not ours to look at.
        with contextlib.suppress(PermissionError):
            if box.first_pid is not None and namespace_of(box.first_pid) != OURS:
                note(box.first_pid)
        return found

    monkeypatch.setattr(Box, "adopt", noted)
    monkeypatch.setattr(PipedBox, "meter", metered)
    yield seen
    left = [pid for namespace in seen for pid in processes_in(namespace)]
    for descriptor in held:
        os.close(descriptor)
    assert left == []


OURS = str(Path("/proc/self/ns/pid").readlink())
