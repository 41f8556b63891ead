"""Blocks for the logs of training runs: `final_value`, `steps_reached`, `seeds_present`, `consistent_runs`,
`claims_hold`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from grader.checks.blocks.demands import Demand
from grader.checks.logged import doubts
from grader.checks.logged.claim import Claim, KnownOfRun
from grader.checks.logged.claims import claims
from grader.checks.logged.doubts import RightLog
from grader.checks.logged.grouped_runs import runs_of
from grader.checks.logged.hyperparameters import contradictions, lengths, of_files
from grader.checks.logged.read_logs import LogFile, log_file
from grader.checks.logged.said import Statement, statements
from grader.checks.logged.training_run import STEPS, TrainingRun
from grader.checks.logged.truths import Range
from grader.documents import read_all
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Level, LineFigure, Panel, Series
from grader.finding import Finding
from grader.probes import ReadFiles
from grader.readings.fields import text
from grader.readings.opened_files import FileRead, files_read
from grader.rubric import Block

LOGS = (
    *("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*.log", "*.pkl", "*.pickle", "*tfevents*", "*.npz", "*.csv.gz"),
    *("*.jsonl.gz", "progress.txt", "*log*.txt", "*log*.json", "*history*.json", "*metrics*.json", "*curve*.json"),
    *("*result*.json", "*return*.json", "*seed*.json", "*run*.json", "*state*.json", "*config*.json", "*hparams*"),
)
TEXTS = ("*.md", "*.txt", "*.rst", "*.tex", "*.py", "*.ipynb", "*.sh", "*.yaml", "*.yml", "*.toml", "*.cfg")
HINT = "hand in the log as the run wrote it, and let the report give its numbers"


@dataclass(frozen=True, kw_only=True)
class RunLogs:
    """Which files are logs, and what their columns are called.

    `patterns` are those of files (as of `HandIn`): CSV, TSV, JSON, JSON lines, printed lines, TensorBoard event files,
    pickles, `.npz`. `named` has patterns of columns (regular expressions) by what they hold, for names that nobody
    would guess: `{"return": ("^my_metric$",)}`. `texts` are the files whose code and prose are held against the logs.
    """

    patterns: tuple[str, ...] = LOGS
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: tuple[str, ...] = TEXTS

    @property
    def reading(self) -> ReadFiles:
        """How logs are read."""
        return ReadFiles("training logs" + _told(self.patterns, LOGS), "logs", self.patterns)

    @property
    def reading_texts(self) -> ReadFiles:
        """How code and prose are read."""
        return ReadFiles("code and reports as text" + _told(self.texts, TEXTS), "texts", self.texts)

    def files(self, evidence: Evidence) -> list[LogFile]:
        """What each file holds."""
        return [_log_file(one) for one in files_read(evidence, self.reading)]

    def runs(self, evidence: Evidence, what: str | None = None) -> tuple[TrainingRun, ...]:
        """The runs, those with a curve of `what` alone if that is given.

        Raises MissingEvidence where there are none, ours where the grader could not read one of them.
        """
        files = self.files(evidence)
        found = runs_of(files, self.named)
        kept = tuple(run for run in found if self._is_result(run, what))
        if kept:
            return kept
        if ours := [one for one in files if one.ours]:
            raise MissingEvidence(f"{ours[0].path}: {ours[0].problem}", ours=True)
        unread = "; ".join(f"{one.path}: {one.problem}" for one in files if one.problem)
        wanted = f"a log with a curve of the {what}" if what else "a log of a training run"
        if unread:
            raise MissingEvidence(f"expected {wanted}; {unread[:600]}", hint="write it as CSV or JSON lines")
        columns = ", ".join(dict.fromkeys(name for run in found for name in run.curves))
        held = f"columns {columns[:300]}" if columns else ", ".join(one.path for one in files[:5]) or "no such file"
        raise MissingEvidence(f"expected {wanted}, found {held}", hint="a header such as step,return helps")

    def _is_result(self, run: TrainingRun, what: str | None) -> bool:
        if what is not None:
            return what in run.curves
        nouns = {*doubts.RESULTS, *self.named}
        return any(name.rpartition(" ")[2] in nouns or name in nouns for name in run.curves)

    def written(self, evidence: Evidence) -> tuple[Mapping[str, str], list[Statement]]:
        """Code by path, and what reports say: text files, text cells of notebooks, PDFs."""
        code: dict[str, str] = {}
        said: list[Statement] = []
        for one in files_read(evidence, self.reading_texts):
            if one.frame is None:
                continue
            code[one.path] = text(one.frame.header.get("code"), 400_000) or ""
            prose = text(one.frame.header.get("text"), 400_000) or ""
            said += statements(prose)
            if not code[one.path]:
                code[one.path] = prose
        for document in read_all(evidence)[0]:
            said += [Statement(sentence.text) for sentence in document.sentences]
            said += [found for line in document.lines for found in statements(line.text) if found.labelled]
        return code, said


def _told(patterns: tuple[str, ...], usual: tuple[str, ...]) -> str:
    return "" if patterns == usual else f" ({', '.join(patterns)[:150]})"


def _log_file(one: FileRead) -> LogFile:
    return LogFile(one.path, problem=one.problem, ours=one.ours) if one.frame is None else log_file(one.path, one.frame)


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


def consistent_runs(
    logs: RunLogs,
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    start: Mapping[str, tuple[float, float]] | None = None,
    counted: bool = False,
    what: str | None = None,
) -> Block:
    """The logs can be those of runs of this code.

    Caught: values out of `bounds` (by what a curve holds), a curve that does not `start` as an untrained network does
    (lowest and highest mean of its first points), returns that are not the lengths of their episodes (`counted`),
    episodes longer together than the run, time that goes back, steps out of order, parts that are copied, straight
    lines, damaged event files, copies among seeds, more or fewer steps than the code has, settings (learning rate,
    discount, …) in the log that are not those of the code or of any other text that was handed in.

    Accepted: smoothed curves, evaluation every so many steps, restarts that log some steps again, runs that were
    stopped early by code that does so, options given on a command line that is written down somewhere, logs without
    settings. Tolerances: `start` and `bounds` come from runs of the reference; the others are what no run can do.
    A log that was made up with care is not found: nothing but running the code again shows that.
    """
    expected = RightLog(bounds=bounds or {}, start=start or {}, counted=counted)

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        code, _ = logs.written(evidence)
        return _judged(runs, inconsistencies(runs, code, expected))

    return Block(check, reads=(logs.reading, logs.reading_texts), artefact=Demand(logs, logs.patterns))


def inconsistencies(runs: Sequence[TrainingRun], code: Mapping[str, str], expected: RightLog) -> list[str]:
    """What is odd in logs, between them, and between them and the code (texts by path)."""
    settings = of_files(code)
    found = [words for run in runs for words in doubts.of_run(run, expected)]
    found += doubts.between(runs)
    for run in runs:
        found += [f"{run.name}: {words}" for words in contradictions(run.facts, settings, list(code.values()))]
        found += [f"{run.name}: {words}" for words in lengths(run, settings, code)]
    return list(dict.fromkeys(found))


def _judged(runs: Sequence[TrainingRun], found: Sequence[str]) -> Finding:
    if not found:
        return Finding.passed(f"nothing in {len(runs)} log{'s' * (len(runs) != 1)} speaks against them")
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    words = f"the logs are not those of this code's runs: {found[0]}{more}"
    return Finding.failed(words, HINT, details=tuple(found[:50]))


def claims_hold(
    logs: RunLogs,
    *,
    levels: Sequence[float] = (),
    needed: Sequence[str] = (),
    what: str | None = None,
) -> Block:
    """What the report says of its runs is what the logs give: results with their spread, the best and the start, where
    a level is passed, how long runs are, how many seeds, learning rates and other settings.

    Reports are text files, text cells of notebooks, and PDFs (name them in `documents`). A number is wrong only if no
    right way of reading the logs gives it: last values, means and medians of the last points, of one run or over all,
    rounded as it is written; "about" allows 5 %. `levels` are numbers of the assignment's own, such as what counts as
    solved. `needed` names what must be said (`"return"`, `"seeds"`, `"steps"`, `"learning rate"`).

    Accepted: any wording, tables, rounding, several figures for one thing. Caught: numbers that no log gives. Not
    seen: claims in pictures, claims without a number. With `needed` a report that says nothing fails.
    """

    def check(evidence: Evidence) -> Finding:
        runs = logs.runs(evidence, what)
        code, said = logs.written(evidence)
        return judged_claims(claims(said, KnownOfRun(runs=runs, settings=of_files(code), levels=levels)), needed)

    return Block(check, reads=(logs.reading, logs.reading_texts))


def judged_claims(found: Sequence[Claim], needed: Sequence[str]) -> Finding:
    """The finding on all claims of a report."""
    wrong = [claim for claim in found if claim.wrong]
    details = tuple(f"{claim.wrong} (“{claim.words}”)" for claim in wrong)
    lacking = [name for name in needed if name not in {claim.about for claim in found}]
    if wrong:
        more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Finding.failed(f"{details[0]}{more}", "give the numbers of the logs that are handed in", details=details)
    if lacking:
        hint = "say it with its number, such as: Final return: 187.3 ± 4.1 over 3 seeds"
        return Finding.failed(f"expected the report to give {', '.join(lacking)}, found no such number", hint)
    if not found:
        return Finding.ungraded("the report claims nothing of the runs that could be told from its text")
    return Finding.passed(f"{len(found)} claim{'s' * (len(found) != 1)} of the report agree with the logs")


def within(measured: Range, runs: Sequence[TrainingRun], what: str) -> str | None:
    """Why what a policy or network gave here cannot be what the logs end with; None where it can."""
    ends = [float(run.curves[what].tail().mean()) for run in runs if what in run.curves]
    if not ends or measured[1] >= min(ends) - 0.1 * abs(min(ends)):
        return None
    return f"the logs end with a {what} of {min(ends):.4g} or more; what was handed in gives {measured[1]:.4g} at most"
