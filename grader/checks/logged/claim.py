"""A claim of a report, and what claims are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.checks.logged.hyperparameters import Settings
from grader.checks.logged.said import Statement
from grader.checks.logged.training_run import EPISODES, EPOCHS, STEPS, UPDATES, RunCurve, TrainingRun
from grader.checks.logged.truths import Range


@dataclass(frozen=True)
class Claim:
    """A number that a report gives: for what, in which words, and why it is not what the logs give (None: it is)."""

    about: str
    words: str
    wrong: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownOfRun:
    """What claims are held against. `levels` are numbers of the assignment's own, such as a level that counts as
    solved; `measured` what a policy or network that was handed in gave here (lowest and highest), by noun.
    """

    runs: Sequence[TrainingRun]
    settings: Settings
    levels: Sequence[float] = ()
    measured: Mapping[str, Range] | None = None


def claim(about: str, statement: Statement, wrong: str | None) -> Claim:
    """The claim of a statement, which is shown in short."""
    text = statement.text
    return Claim(about, text if len(text) <= 160 else f"{text[:157]}…", wrong)


def curves_of(runs: Sequence[TrainingRun], noun: str) -> list[RunCurve]:
    """All curves that hold a return, a loss or an accuracy, in training and in evaluation."""
    return [curve for run in runs for what, curve in run.curves.items() if what.rpartition(" ")[2] == noun]


def unit_of(word: str) -> str:
    """What a curve is counted in, by the word for it."""
    stem = word.lower().rstrip("s")
    return {"episode": EPISODES, "epoch": EPOCHS, "iteration": UPDATES, "update": UPDATES}.get(stem, STEPS)
