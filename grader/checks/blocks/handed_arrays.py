"""`measured_arrays`: arrays that were handed in, such as a policy's weights, tried out by the course's own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np

from grader.checks.blocks.demands import Demand
from grader.checks.blocks.run_ends import within
from grader.checks.blocks.run_logs import RunLogs
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import BarFigure, Bars
from grader.finding import Finding
from grader.probes import ReadFiles
from grader.readings.fields import own_arrays
from grader.readings.opened_files import FileRead, files_read
from grader.rubric import Block
from grader.sandbox.protocol import Array

Measure = Callable[[Mapping[str, Array], int], Array]
SHOWN = 30  # values in the figure


def measured_arrays(
    what: str,
    files: tuple[str, ...],
    measure: Measure,
    *,
    at_least: float,
    half_at: float | None = None,
    close: Literal["student", "person", "no"] = "student",
    logs: RunLogs | None = None,
) -> Block:
    """`.npz` or `.npy` that were handed in, measured: `measure(arrays, seed)` of the course gives some values of `what`
    (`"return"`) on hidden cases that it draws from the seed, and their mean is `at_least` so much. Of several files
    that one counts which fits the first of the patterns, `files`: name the one that the handout asks for first.

    Nothing of the student's runs: arrays are data, and `measure` is the course's own. It raises ValueError, in words
    for the student, for arrays that are not what was asked for. Accepted: any training. Caught: weights that do not do
    it, wrong shapes, NaN; with `logs`, runs whose log ends far above what these weights give.

    Half of the points at `half_at`, linear to the whole. Within one standard error of the limit `close` decides.
    """
    if half_at is not None and half_at >= at_least:
        raise AssignmentError("measured_arrays: expected half_at below at_least")
    reading = ReadFiles(f"arrays ({', '.join(files)})", "numpy_files", files)

    def check(evidence: Evidence) -> Finding:
        path, values = _values(evidence, reading, measure, what)
        mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
        figure = _figure(what, values)
        said = (
            f"asked for a {what} of at least {at_least:g}, found {mean:.4g} ± {error:.2g} on {len(values)} hidden cases"
        )
        said += f" with {path}" if len(_found(evidence, reading)) > 1 else ""
        if logs is not None and (far := _far(evidence, logs, what, (mean - 3 * error, mean + 3 * error))):
            return Finding.failed(
                far, "hand in the weights that the log ends with", details=(said,), exhibits=(figure,)
            )
        details = (f"{what} on hidden cases: {mean:.6g}",)
        if mean >= at_least or (mean + error >= at_least and close == "student"):
            return Finding.passed(said, details=details, exhibits=(figure,))
        if mean + error >= at_least and close == "person":
            return Finding.ungraded(f"{said}: within one standard error", "a person decides", exhibits=(figure,))
        hint = "train longer, and hand in the weights of the end (or of the best evaluation)"
        if half_at is not None and mean >= half_at:
            credit = Fraction(round(500 + 499 * (mean - half_at) / (at_least - half_at)), 1000)
            return Finding.partial(credit, said, hint, details=details, exhibits=(figure,))
        return Finding.failed(said, hint, details=details, exhibits=(figure,))

    demand = Demand(measure, files, options={"at_least": at_least})
    return Block(check, reads=(reading, *((logs.reading,) if logs else ())), artefact=demand)


def _found(evidence: Evidence, reading: ReadFiles) -> list[FileRead]:
    """The files, those first that fit an earlier one of the patterns: of several only the first that fits counts."""

    def place(one: FileRead) -> int:
        return next(at for at, part in enumerate(reading.patterns) if replace(reading, patterns=(part,)).fits(one.path))

    return sorted(files_read(evidence, reading), key=place)


def _values(evidence: Evidence, reading: ReadFiles, measure: Measure, what: str) -> tuple[str, Array]:
    """The file that counts, and what the course's code measures. Raises MissingEvidence."""
    found = _found(evidence, reading)
    read = [one for one in found if one.frame is not None]
    if not read:
        if found:
            raise MissingEvidence(f"{found[0].path}: {found[0].problem}", ours=found[0].ours)
        raise MissingEvidence(f"not attempted: there is no {' or '.join(reading.patterns)}")
    problems = []
    for one in read:
        assert one.frame is not None  # noqa: S101 - as above
        try:
            values = np.asarray(measure(own_arrays(one.frame, ""), evidence.seed), np.float64)
        except ValueError as error:
            problems.append(f"{one.path}: {error}")
            continue
        if values.ndim == 1 and len(values) and np.isfinite(values).all():
            return one.path, values
        problems.append(f"{one.path}: the {what} is no number")
    raise MissingEvidence("; ".join(problems)[:600], hint="look at the handout for the names and shapes of the arrays")


def _far(evidence: Evidence, logs: RunLogs, what: str, measured: tuple[float, float]) -> str | None:
    try:
        return within(measured, logs.runs(evidence, what), what)
    except MissingEvidence:
        return None  # other criteria say what is wrong with the logs


def _figure(what: str, values: Array) -> BarFigure:
    shown = np.sort(values)[:: max(1, len(values) // SHOWN)][:SHOWN]
    names = tuple(f"case {place}" for place in range(1, len(shown) + 1))
    alt = f"From {values.min():.4g} to {values.max():.4g}, the mean is {values.mean():.4g}."
    caption = f"The {what} of what was handed in, on {len(values)} hidden cases, in order."
    bars = (Bars(what, tuple(map(float, shown))),)
    return BarFigure("measured", f"{what.capitalize()} on hidden cases", caption, alt, what, names, bars)
