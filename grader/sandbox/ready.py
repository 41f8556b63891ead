"""Boxes started ahead of their commands: importing torch then costs no submission any time.

Each box is used once. Of boxes made alike no more are started than pieces of work were announced, and never
more of them wait than commands run at once. For a GPU, which one command has at a time, some more wait: a box takes
longer to start than a short program takes to run.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from grader.sandbox.box import Box
from grader.sandbox.start import BoxSettings, start_box

AHEAD_ON_GPU = 3  # each holds a context of some 400 MiB of the GPU's memory


class ReadyBoxes:
    """Spares by their settings. Several threads may take boxes at once."""

    def __init__(self, start: Callable[[BoxSettings], Box] = start_box, ahead: int | None = None) -> None:
        self._start = start
        self._ahead = min(AHEAD_ON_GPU, len(os.sched_getaffinity(0)) - 1) if ahead is None else ahead
        self._lock = threading.Lock()
        self._spares: list[tuple[BoxSettings, Future[Box]]] = []
        self._announced = 0
        self._taken: Counter[BoxSettings] = Counter()
        self._running = 0
        self._starter: ThreadPoolExecutor | None = None

    @contextlib.contextmanager
    def expecting(self, commands: int) -> Iterator[None]:
        """While this lasts, spares are started for `commands` commands; those left over are killed."""
        with self._lock:
            self._announced = commands
            self._taken.clear()
            self._starter = ThreadPoolExecutor(max_workers=1 + self._ahead, thread_name_prefix="box-starter")
        try:
            yield
        finally:
            self._close()

    @contextlib.contextmanager
    def box(self, settings: BoxSettings) -> Iterator[Box]:
        """A box made as `settings` say, ready or new, killed at the end. Raises `OSError` if none can be made."""
        spare = self._take(settings)
        try:
            with _living(spare) or self._start(settings) as box:
                yield box
        finally:
            with self._lock:
                self._running -= 1

    def _take(self, settings: BoxSettings) -> Future[Box] | None:
        with self._lock:
            self._running += 1
            self._taken[settings] += 1
            fitting = [spare for spare in self._spares if spare[0] == settings]
            if fitting:
                self._spares.remove(fitting[0])
            if self._starter is not None:
                most = self._running + (self._ahead if settings.device == "cuda" else 0)
                for _ in range(len(fitting[1:]), min(self._announced - self._taken[settings], most)):
                    self._spares.append((settings, self._starter.submit(self._start, settings)))
            return fitting[0][1] if fitting else None

    def _close(self) -> None:
        with self._lock:
            starter, self._starter = self._starter, None
            spares, self._spares = self._spares, []
        if starter is not None:
            starter.shutdown(wait=True, cancel_futures=True)
        with contextlib.ExitStack() as left_over:
            for _, spare in spares:
                if (box := _living(spare)) is not None:
                    left_over.callback(box.close)


def _living(spare: Future[Box] | None) -> Box | None:
    """The box, once it is ready; None if it could not be started or has died while it waited."""
    if spare is None or spare.cancelled():
        return None
    try:
        box = spare.result()
    except Exception:  # noqa: BLE001 - a new one is started and will say what is wrong
        return None
    if box.has_died():
        box.close()
        return None
    return box
