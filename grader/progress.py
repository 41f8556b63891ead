"""What a TA sees while a batch runs: one line per running submission, then a table. All on stderr but the table."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table

from grader.grading import Grade
from grader.intake.names import shown


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
        self.done += 1
        self.console.print(f"{self.done}/{self.total} {escape(shown(name))}: {points_of(grade)}")


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
        self.console.print(f"  {escape(shown(name))}: {points_of(grade)}")

    def __rich__(self) -> RenderableType:
        """The moving part of the screen."""
        grid = Table.grid(padding=(0, 2))
        with self.lock:
            for name, (since, words) in sorted(self.running.items()):
                grid.add_row(self.spinner, escape(shown(name, 40)), words, f"{time.monotonic() - since:.0f} s")
            bar = Table.grid(padding=(0, 2))
            bar.add_row(
                self.words, ProgressBar(max(1, self.total), self.done, width=40), f"{self.done} of {self.total}"
            )
        return Group(grid, bar)


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
        return f"{_number(grade.points)} of {_number(grade.points_possible)}"
    waiting = sum(mark.points is None for mark in grade.marks)
    return f"{_number(grade.points_so_far)} so far, {waiting} of {len(grade.marks)} criteria need a person"


def _number(points: object) -> str:
    return f"{float(str(points)):g}"


STYLE = {"passed": "green", "partial": "yellow", "failed": "red", "ungraded": "magenta"}
SIGN = {"passed": "✓", "partial": "△", "failed": "✗", "ungraded": "?"}


def closing_table(grades: Sequence[Grade], folders: Sequence[str]) -> Table:
    """Everybody's points by criterion."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("student")
    table.add_column("points", justify="right")
    for mark in grades[0].marks if grades else ():
        table.add_column(mark.criterion, justify="right")
    for grade, folder in zip(grades, folders, strict=True):
        cells = [f"[{STYLE[m.finding.outcome]}]{SIGN[m.finding.outcome]} {_cell(m.points)}[/]" for m in grade.marks]
        total = _number(grade.points) if grade.points is not None else f"({_number(grade.points_so_far)})"
        table.add_row(escape(shown(folder, 30)), total, *cells)
    return table


def _cell(points: object) -> str:
    return "–" if points is None else _number(points)
