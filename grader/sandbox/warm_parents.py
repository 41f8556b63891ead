"""The warm parents of this process, each tried with an attack on its boxes before the first submission."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
from functools import cache

from grader.sandbox.attack import attack, weakness
from grader.sandbox.box import Box
from grader.sandbox.protocol import Command, Execution, Status
from grader.sandbox.start import BoxSettings
from grader.sandbox.supervise import supervise
from grader.sandbox.warm_parent import ParentKind, WarmParent

LOG = logging.getLogger("grader")
# One class has homework with and without PyTorch, each with drawings and without. Each parent holds what its modules
# take, some 150 MiB with PyTorch and 40 without.
MOST_PARENTS = 5
_MOST_FAILURES = 3


class WarmParents:
    """Starts boxes as copies where that works and holds. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parents: dict[ParentKind, WarmParent] = {}
        self._leaving: list[WarmParent] = []
        self._failures: dict[ParentKind, list[str]] = {}

    def start_box(self, settings: BoxSettings) -> Box | None:
        """A box that is ready, or None where one has to be started in another way (see `refusal`)."""
        kind = ParentKind.of(settings)
        with self._lock:
            parent = self._parent(kind)
        if parent is None:
            return None
        try:
            return parent.start_box(settings)
        except OSError as error:
            LOG.warning("a box is started without its warm parent: %s", error)
            with self._lock:
                self._failed(kind, str(error))
            return None

    def refusal(self, settings: BoxSettings) -> str | None:
        """Why boxes with these settings are not made as copies; None where they are."""
        kind = ParentKind.of(settings)
        if settings.device != "cpu":
            return "a copy cannot use a GPU"
        with self._lock:
            return None if self._parent(kind) is not None else self._failures[kind][-1]

    def close(self) -> None:
        """Let all parents end, and wait for them."""
        with self._lock:
            for kind in list(self._parents):
                self._dismiss(kind)
            for parent in self._leaving:
                parent.wait()
            self._leaving.clear()

    def _parent(self, kind: ParentKind) -> WarmParent | None:
        """A living parent, the last one used last in the list; None after too many failures."""
        parent = self._parents.pop(kind, None)
        if parent is not None and not parent.is_alive():
            self._failed(kind, "the warm parent has died")
            parent.close()
            parent = None
        if parent is None and len(self._failures.get(kind, ())) < _MOST_FAILURES:
            parent = self._started(kind)
        if parent is not None:
            self._parents[kind] = parent
        return parent

    def _started(self, kind: ParentKind) -> WarmParent | None:
        while len(self._parents) >= MOST_PARENTS:
            self._dismiss(next(iter(self._parents)))
        try:
            parent = WarmParent(kind)
        except OSError as error:
            self._failures[kind] = [str(error)] * _MOST_FAILURES
            return None
        if reason := weakness(attack(_Probed(parent, kind))):
            parent.close()
            self._leaving.append(parent)
            self._failures[kind] = [reason] * _MOST_FAILURES
            LOG.info("boxes are started one by one: %s", reason)
            return None
        return parent

    def _failed(self, kind: ParentKind, reason: str) -> None:
        self._failures.setdefault(kind, []).append(reason)

    def _dismiss(self, kind: ParentKind) -> None:
        parent = self._parents.pop(kind)
        parent.close()
        self._leaving = [*(one for one in self._leaving if one.is_alive()), parent]


class _Probed:
    """A sandbox of one warm parent's copies, for the attack."""

    def __init__(self, parent: WarmParent, kind: ParentKind) -> None:
        self.parent, self.kind = parent, kind

    def run(self, command: Command) -> Execution:
        settings = BoxSettings(self.kind.warm, self.kind.threads, "cpu", command.limits.scratch_mib, self.kind.fonts)
        try:
            with self.parent.start_box(settings) as box:
                return supervise(box, command)
        except OSError as error:
            return Execution(Status.SANDBOX_FAILED, str(error))


def warm_parents() -> WarmParents:
    """Those of this process; a forked process has none of its parent's."""
    return _of_process(os.getpid())


@cache
def _of_process(_pid: int) -> WarmParents:
    parents = WarmParents()
    atexit.register(_close, parents)
    return parents


def _close(parents: WarmParents) -> None:
    with contextlib.suppress(OSError):
        parents.close()
