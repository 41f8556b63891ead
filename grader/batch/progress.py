"""What a TA sees while a batch runs: a line for each running submission. All on stderr."""

from __future__ import annotations

import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from grader.words import counted, plain, printable

LOG_CHARS = 400
SHOWN = 3  # running submissions on one line
SETTLED = 5.0  # seconds before a pace can be told
PATIENCE, MOST_SILENCE = 2.0, 32.0  # seconds without a line


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


class Silent:
    """Progress that is shown to nobody."""

    def begin(self, total: int, kept: int) -> None:
        """Shows nothing."""

    def started(self, name: str) -> None:
        """Shows nothing."""

    def stage(self, name: str, words: str) -> None:
        """Shows nothing."""

    def finished(self, name: str, grade: Grade) -> None:
        """Shows nothing."""


class Lines:
    """One line per finished submission, for logs and pipes; with `verbose` one for each step.

    While nothing is finished, `still` says what goes on.
    """

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self.console, self.verbose = console, verbose
        self.lock = threading.Lock()
        self.pace = Pace()
        self.running: dict[str, str] = {}
        self.words = "starting"
        self.told = 0  # lines so far

    def _print(self, line: str) -> None:
        self.told += 1
        self.console.print(line)

    def begin(self, total: int, kept: int) -> None:
        """Say how much there is to do."""
        self.pace, self.words = Pace(total, kept), "grading"
        self._print(counted(total, "submission") + (f", {kept} of them graded already" if kept else ""))

    def started(self, name: str) -> None:
        """Without `verbose` nothing: lines are for what is finished."""
        self.stage(name, "starting")

    def stage(self, name: str, words: str) -> None:
        """What concerns the whole batch; with `verbose` also what is done to one submission."""
        with self.lock:
            if name:
                self.running[name] = words
            else:
                self.words = words
            if not name or self.verbose:
                self._print(f"{escape(printable(name))}: {words}" if name else words)

    def finished(self, name: str, grade: Grade) -> None:
        """One line."""
        with self.lock:
            self.running.pop(name, None)
            self.pace.done += 1
            left = f" ({self.pace.left()})" if self.pace.left() else ""
            self._print(f"{self.pace.done}/{self.pace.total} {escape(printable(name))}: {points_of(grade)}{left}")

    def still(self) -> None:
        """A line for whoever has heard nothing for a while."""
        with self.lock:
            names = [f"{escape(printable(name, 40))} ({words})" for name, words in sorted(self.running.items())]
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            busy = f": {', '.join(names[:SHOWN])}{more}" if names else ""
            self.console.print(f"still {'grading' if names else self.words}{busy}, {clock(self.pace.seconds)}")


@dataclass
class Pace:
    """How far a batch is, and how long the rest takes at the pace so far; `kept` were done before it began."""

    total: int = 0
    kept: int = 0
    since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.done = self.kept

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.since

    def left(self) -> str:
        """`about 3 min left`; empty until some are done and some seconds have gone."""
        here = self.done - self.kept
        if here < 1 or self.done >= self.total or self.seconds < SETTLED:
            return ""
        return f"about {clock(self.seconds / here * (self.total - self.done))} left"


def clock(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


def since_long(seconds: float) -> str:
    """A clock for what takes more than a moment: it shows that something goes on."""
    return f", {clock(seconds)}" if seconds >= PATIENCE else ""


class LiveLines:
    """A bar for the batch with an estimate, and a line with a clock for each running submission."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.lock = threading.Lock()
        self.running: dict[str, tuple[float, str]] = {}
        self.pace = Pace()
        self.words = "starting"
        self.spinner = Spinner("dots")

    def begin(self, total: int, kept: int) -> None:
        """Show the bar."""
        self.pace, self.words = Pace(total, kept), "grading"

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
            self.pace.done += 1
        self.console.print(f"  {escape(printable(name))}: {points_of(grade)}")

    def __rich__(self) -> RenderableType:
        """The moving part of the screen."""
        grid = Table.grid(padding=(0, 2))
        with self.lock:
            for name, (since, words) in sorted(self.running.items()):
                grid.add_row(self.spinner, escape(printable(name, 40)), words, f"{time.monotonic() - since:.0f} s")
            pace, bar = self.pace, Table.grid(padding=(0, 2))
            if not pace.total:
                return Text(f"{self.words}{since_long(pace.seconds)}")
            done = f"{pace.done} of {pace.total}"
            left = pace.left()
            row = (done, left) if left else (done,)
            bar.add_row(self.words, ProgressBar(pace.total, pace.done, width=30), *row)
            return Group(grid, bar) if self.running else bar


@contextmanager
def showing(console: Console, *, quiet: bool = False, verbose: bool = False) -> Iterator[Progress]:
    """A live display on a terminal, plain lines elsewhere, with `quiet` nothing."""
    if quiet:
        yield Silent()
    elif not console.is_terminal or verbose:
        lines = Lines(console, verbose=verbose)
        with heard(lines):
            yield lines
    else:
        live = LiveLines(console)
        with Live(live, console=console, refresh_per_second=8, transient=True):
            yield live


@contextmanager
def heard(lines: Lines) -> Iterator[None]:
    """See to it that nothing is silent for long: after 2 s without a line there is one, then ever more rarely."""
    over = threading.Event()

    def watch() -> None:
        told, pause = lines.told, PATIENCE
        while not over.wait(pause):
            silent = lines.told == told
            told, pause = lines.told, min(2 * pause, MOST_SILENCE) if silent else PATIENCE
            if silent:
                lines.still()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextmanager
def waiting(words: str, *, quiet: bool = False) -> Iterator[None]:
    """Something that may take long and has no steps: a clock on a terminal, a line now and then elsewhere."""
    with showing(Console(stderr=True, soft_wrap=True, highlight=False), quiet=quiet) as progress:
        if isinstance(progress, LiveLines | Lines):
            progress.words = words
        yield


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
