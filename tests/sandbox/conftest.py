from __future__ import annotations

from collections.abc import Iterator

import pytest
from boxes import namespace_of, processes_in

from grader.sandbox.box import Box
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Sandbox

# One entry per implementation: each has to pass the contract.
IMPLEMENTATIONS = {"bubblewrap": BubblewrapSandbox(warm=(), copies=False), "copies": BubblewrapSandbox(warm=())}


@pytest.fixture(params=list(IMPLEMENTATIONS))
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return IMPLEMENTATIONS[request.param]


@pytest.fixture(autouse=True)
def namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The pid namespaces of the boxes a test started; none may hold a process when the test ends."""
    seen: list[str] = []
    first: list[int] = []
    adopt = Box.adopt

    def noted(box: Box, pid: int, *others: int) -> None:
        adopt(box, pid, *others)
        seen.append(namespace_of(pid))
        first.append(pid)

    monkeypatch.setattr(Box, "adopt", noted)
    yield seen
    # A namespace lives as long as its first process; its number may then become that of another one.
    living = [namespace for pid, namespace in zip(first, seen, strict=True) if pid in processes_in(namespace)]
    assert [pid for namespace in living for pid in processes_in(namespace)] == []
