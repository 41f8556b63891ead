"""What a TA sees while a batch runs: a line for each running submission. All on stderr."""

from __future__ import annotations

import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from grader.grading import Grade
from grader.words import plain, printable

LOG_CHARS = 400


class Progress(Protocol):
    """Told of every step, from any thread."""

    def begin(self, total: int, kept: int) -> None:
        """`total` submissions, of which `kept` are graded already."""

    def started(self, name: str) -> None:
        """A submission's turn has come."""

    def stage(self, name: str, words: str) -> None:
        """What is being done to it; with an empty name, to the whole batch."""

    def finished(self, name: str, grade: Grade) -> None:
        """Its grade is recorded."""


class Lines:
    """One line per finished submission: for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.lock = threading.Lock()
        self.total = self.done = 0

    def begin(self, total: int, kept: int) -> None:
        """Say how much there is to do."""
        self.total, self.done = total, kept
        self.console.print(f"{total} submissions" + (f", {kept} of them graded already" if kept else ""))

    def started(self, name: str) -> None:
        """Nothing: lines are for what is finished."""

    def stage(self, name: str, words: str) -> None:
        """Only what concerns the whole batch."""
        if not name:
            self.console.print(words)

    def finished(self, name: str, grade: Grade) -> None:
        """One line."""
        with self.lock:
            self.done += 1
            self.console.print(f"{self.done}/{self.total} {escape(printable(name))}: {points_of(grade)}")


class LiveLines:
    """A bar for the batch and a line with a clock for each running submission."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.lock = threading.Lock()
        self.running: dict[str, tuple[float, str]] = {}
        self.total = self.done = 0
        self.words = "starting"
        self.spinner = Spinner("dots")

    def begin(self, total: int, kept: int) -> None:
        """Show the bar."""
        self.total, self.done, self.words = total, kept, "grading"

    def started(self, name: str) -> None:
        """A line more."""
        with self.lock:
            self.running[name] = (time.monotonic(), "starting")

    def stage(self, name: str, words: str) -> None:
        """Other words on its line."""
        with self.lock:
            if not name:
                self.words = words
            elif name in self.running:
                self.running[name] = (self.running[name][0], words)

    def finished(self, name: str, grade: Grade) -> None:
        """A line less, and one that stays."""
        with self.lock:
            self.running.pop(name, None)
            self.done += 1
        self.console.print(f"  {escape(printable(name))}: {points_of(grade)}")

    def __rich__(self) -> RenderableType:
        """The moving part of the screen."""
        grid = Table.grid(padding=(0, 2))
        with self.lock:
            for name, (since, words) in sorted(self.running.items()):
                grid.add_row(self.spinner, escape(printable(name, 40)), words, f"{time.monotonic() - since:.0f} s")
            if not self.total:
                return Text(self.words)
            bar = Table.grid(padding=(0, 2))
            bar.add_row(self.words, ProgressBar(self.total, self.done, width=40), f"{self.done} of {self.total}")
            return Group(grid, bar) if self.running else bar


@contextmanager
def showing(console: Console) -> Iterator[Progress]:
    """A live display on a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        yield Lines(console)
        return
    lines = LiveLines(console)
    with Live(lines, console=console, refresh_per_second=8, transient=True):
        yield lines


def points_of(grade: Grade) -> str:
    """`8 of 10`, or how much is still open."""
    if grade.points is not None:
        return f"{plain(grade.points)} of {plain(grade.points_possible)}"
    waiting = sum(mark.points is None for mark in grade.marks)
    return f"{plain(grade.points_so_far)} so far, {waiting} of {len(grade.marks)} criteria need a person"


class Printable(logging.Formatter):
    """Log lines in which what does not print is escaped: a traceback may quote a student's text."""

    def format(self, record: logging.LogRecord) -> str:
        """The message and the traceback, each line capped."""
        return "\n".join(printable(line, LOG_CHARS) for line in super().format(record).splitlines())


def terminal() -> Console:
    """Stderr, where everything but results goes; the grader's own failures are logged there."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    handler = RichHandler(console=console, show_path=False)
    handler.setFormatter(Printable("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if not sys.warnoptions:  # a warning may quote what a student chose; developers ask for them with -W
        warnings.simplefilter("ignore")
    return console
