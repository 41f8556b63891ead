"""`final_value`, `steps_reached`, `seeds_present`: what runs come to, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from grader.checks.blocks.run_logs import RunLogs
from grader.checks.logged import doubts
from grader.checks.logged.training_run import STEPS, TrainingRun
from grader.checks.logged.truths import Range
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.exhibit import Level, LineFigure, Panel, Series
from grader.finding import Finding
from grader.rubric import Block


def final_value(
    logs: RunLogs,
    what: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    share: float = 0.1,
    half_at: float | None = None,
    close: Literal["student", "person", "no"] = "student",
) -> Block:
    """What runs end with: the mean over all runs of the mean of each one's last part (`share` of its points, at least
    five), with the deviation between runs. `what` is `"return"`, `"loss"`, `"evaluation return"`, …

    Accepted: any format and names of columns, several seeds or one, restarts. Caught: runs that end too low (or too
    high, for `at_most`), NaN at the end. Half of the points come at `half_at`, linear between there and the whole.
    Where the limit lies within one standard error of the mean over seeds, `close` decides: the student's favour, a
    person, or nobody.

    A log is what a student says that happened: `consistent_runs` and `claims_hold` say whether that can be. The figure
    shows every run. Raises AssignmentError without a limit.
    """
    if (at_least is None) == (at_most is None):
        raise AssignmentError("final_value: expected at_least or at_most")
    sign = 1.0 if at_most is None else -1.0
    limit = at_least if at_least is not None else at_most
    assert limit is not None  # noqa: S101 - one of the two is there

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        tails = {run.name: run.curves[what].tail(share) for run in runs}
        figure = _figure(what, runs, limit)
        diverged = [run.name for run in runs if not np.isfinite(run.curves[what].values[-1])]
        if diverged:
            words = f"the {what} of {', '.join(diverged)} is no number at the end"
            return Finding.failed(words, "lower the learning rate, or clip gradients", exhibits=(figure,))
        ends = np.array([tail.mean() for tail in tails.values()])
        mean, error = float(ends.mean()), _error(ends)
        each = (f"{name}: {tail.mean():.4g} over its last {len(tail)} points" for name, tail in tails.items())
        details = (f"{what} at the end: {mean:.6g}", *each)
        wanted = f"{'at least' if sign > 0 else 'at most'} {limit:g}"
        found = f"expected a {what} of {wanted} at the end, found {mean:.4g}{_spread(ends)}"
        if sign * (mean - limit) >= 0:
            return Finding.passed(found.replace("expected", "asked for"), details=details, exhibits=(figure,))
        if sign * (mean - limit) + error >= 0 and close != "no":
            within = f"{found}: {limit:g} lies within one standard error ({error:.2g})"
            if close == "student":
                return Finding.passed(f"{within}, which counts as reached", details=details, exhibits=(figure,))
            return Finding.ungraded(within, "a person decides", details=details, exhibits=(figure,))
        hint = "train longer, or mend the update: the figure shows where it stays"
        credit = _credit(mean, limit, half_at, sign)
        if credit:
            return Finding.partial(credit, found, hint, details=details, exhibits=(figure,))
        return Finding.failed(found, hint, details=details, exhibits=(figure,))

    return Block(check, reads=(logs.reading,))


def _error(ends: np.ndarray) -> float:
    return float(ends.std(ddof=1) / np.sqrt(len(ends))) if len(ends) > 1 else 0.0


def _spread(ends: np.ndarray) -> str:
    return f" ± {ends.std(ddof=1):.2g} (deviation between {len(ends)} runs)" if len(ends) > 1 else " (one run)"


def _credit(mean: float, limit: float, half_at: float | None, sign: float) -> Fraction:
    """Half at `half_at`, linear from there to the whole at the limit."""
    if half_at is None or sign * (mean - half_at) < 0:
        return Fraction(0)
    share = (mean - half_at) / (limit - half_at)
    return Fraction(round(500 + 500 * share), 1000) if share < 1 else Fraction(0)


def _figure(what: str, runs: Sequence[TrainingRun], limit: float | None = None) -> LineFigure:
    curves = [(run, run.curves[what]) for run in runs if what in run.curves]
    unit = curves[0][1].unit if curves else STEPS
    series = tuple(Series(run.name, _floats(curve.positions), _floats(curve.values)) for run, curve in curves)
    levels = () if limit is None else (Level(f"asked for: {limit:g}", limit),)
    caption = f"The {what} as the logs have it, {len(series)} run{'s' * (len(series) != 1)}."
    alt = "; ".join(f"{run.name} ends at {curve.values[-1]:.4g}" for run, curve in curves[:8])
    panel = Panel("", series, levels=levels)
    key = f"runs_{what.replace(' ', '_')}"
    return LineFigure(key, f"{what.capitalize()} of the runs", caption, alt, unit, what, (panel,))


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, values))


def steps_reached(logs: RunLogs, least: float, *, unit: str = STEPS, what: str | None = None) -> Block:
    """Every run went so far: at least `least` steps (or `unit` `"episodes"`, `"epochs"`, `"updates"`).

    Accepted: a last entry up to one interval of logging before, lengths of episodes in place of a column of steps,
    restarts. Caught: runs that were stopped early, logs without any count.
    """

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        reached = {run.name: run.reached(unit) for run in runs}
        gaps = {run.name: run.gap(unit) for run in runs}
        unknown = [name for name, found in reached.items() if found is None]
        if unknown:
            units = ", ".join(sorted({curve.unit for run in runs for curve in run.curves.values()}))
            return Finding.failed(
                f"expected {unit} in the log of {', '.join(unknown[:5])}, found {units}",
                f"log the number of {unit} beside each value",
            )
        short = [name for name, found in reached.items() if (found or 0) + max(gaps[name], 1) < least]
        listed = tuple(f"{name}: {found:,.0f} {unit}" for name, found in reached.items())
        if not short:
            return Finding.passed(f"all {len(runs)} runs went for {least:,.0f} {unit}", details=listed)
        words = f"expected {least:,.0f} {unit} of every run, found {len(short)} of {len(runs)} shorter: {short[0]}"
        return Finding.failed(f"{words} has {reached[short[0]]:,.0f}", "run it to the end", details=listed)

    return Block(check, reads=(logs.reading,))


def seeds_present(logs: RunLogs, least: int = 3, *, seeds: Sequence[int] = (), what: str | None = None) -> Block:
    """So many different runs, or those of these `seeds`. Runs count once, in however many files and formats they lie.

    Accepted: seeds in the name of a file or folder, in a column, among the settings, or runs without any. Caught: too
    few, the wrong ones, and copies: the same curve under two seeds, shifted, scaled, cut, or with noise on it.
    """

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        copies = tuple(doubts.between(runs))
        names = ", ".join(run.name for run in runs[:12])
        if copies:
            words = f"expected {least} runs of their own, found copies among {len(runs)}: {copies[0]}"
            return Finding.failed(words, "run each seed by itself", details=copies)
        lacking = [seed for seed in seeds if seed not in {run.seed for run in runs}]
        if lacking:
            listed = ", ".join(map(str, lacking))
            return Finding.failed(f"expected runs with the seeds {', '.join(map(str, seeds))}, missing {listed}")
        if len(runs) < least:
            return Finding.failed(f"expected at least {least} runs, found {len(runs)}: {names}", "run further seeds")
        return Finding.passed(f"{len(runs)} runs: {names}")

    return Block(check, reads=(logs.reading,))


def within(measured: Range, runs: Sequence[TrainingRun], what: str) -> str | None:
    """Why what a policy or network gave here cannot be what the logs end with; None where it can."""
    ends = [float(run.curves[what].tail().mean()) for run in runs if what in run.curves]
    if not ends or measured[1] >= min(ends) - 0.1 * abs(min(ends)):
        return None
    return f"the logs end with a {what} of {min(ends):.4g} or more; what was handed in gives {measured[1]:.4g} at most"
