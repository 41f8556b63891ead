"""Criterion `training`: the network learns at two learning rates, and the report shows the loss curves of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Band, LineFigure, Panel, Series
from grader.finding import Finding

from . import curves
from .budget import case_id, spread
from .claims import rate_words
from .papers import report
from .results import Result, results
from .settings import data_name
from .structure import Structure, structure

FALL = 0.05  # of the median cross-entropy, between the first steps and the last
FIRST, LAST = 5, 10  # steps
FEWEST_STEPS = 8
SILENT = 1e-12  # a gradient's norm


def check(evidence: Evidence) -> Finding:
    """Judge what was measured here, then what the report shows."""
    found = structure(evidence)
    runs = results(evidence)
    exhibits = tuple(_figures(runs))
    problems = [problem for run in runs for problem in _problems(run)] + list(_without_gradient(found, runs))
    slow = [run for run in runs if run.error is None and run.steps < FEWEST_STEPS]
    if slow and not problems:
        return Finding.ungraded(
            f"the network is too slow to be trained here: {slow[0].steps} steps in {slow[0].seconds:g} CPU seconds",
            "a person has to look at the loss curves in the report",
            exhibits=exhibits,
        )
    unread, shown = None, None
    try:
        shown = curves.found(report(evidence))
        problems += [] if shown.enough is not False else [_no_curves(shown)]
    except MissingEvidence as missing:
        unread = missing
        problems += [] if missing.ours else [missing.reason]
    if problems:
        return Finding.failed(
            "expected a network that learns at two learning rates, and both loss curves in the report; found: "
            f"{problems[0]}",
            _hint(runs, problems),
            details=tuple(problems[1:]),
            exhibits=exhibits,
        )
    words = "; ".join(_words(run) for run in runs)
    if unread is not None or (shown is not None and shown.enough is None):
        reason = unread.reason if unread else "one figure of the loss, whose learning rates cannot be read"
        return Finding.ungraded(
            f"the network learns ({words}), but a person has to look for loss curves of two learning rates: {reason}",
            exhibits=exhibits,
        )
    return Finding.passed(f"the network learns: {words}", details=tuple(_remarks(runs)), exhibits=exhibits)


def fall(run: Result) -> tuple[float, float]:
    """Median loss of the first and of the last steps: single steps of a network without normalization may leap."""
    last = min(LAST, max(1, run.steps // 3))
    return float(np.median(run.losses[:FIRST])), float(np.median(run.losses[-last:]))


def _words(run: Result) -> str:
    first, last = fall(run)
    return f"at learning rate {rate_words(run.rate)} the loss falls from {first:.2f} to {last:.2f} in {run.steps} steps"


def _problems(run: Result) -> Iterator[str]:
    rate = f"at learning rate {rate_words(run.rate)}"
    if run.error is not None:
        yield f"{rate} training fails after {run.steps} steps: {run.error}"
    elif not np.isfinite(run.losses).all():
        yield f"{rate} the loss is not finite from step {int(np.flatnonzero(~np.isfinite(run.losses))[0]) + 1} on"
    elif run.steps >= FEWEST_STEPS:
        first, last = fall(run)
        if not last < first - FALL:
            yield f"{rate} the loss does not fall: {first:.3f} at first, {last:.3f} after {run.steps} steps"


def _without_gradient(found: Structure, runs: Sequence[Result]) -> Iterator[str]:
    """Weights that the output depends on and that never got a gradient, or do not learn."""
    if found.graph is None or any(run.error is not None or not run.norms for run in runs):
        return
    convolutions = list(dict.fromkeys(found.graph.weight(index) for index in sorted(found.graph.convolutions)))
    convolutions = [name for name in convolutions if name in found.shapes]
    silent = [name for name in convolutions if all(run.norms.get(name, (0.0, 0.0))[1] <= SILENT for run in runs)]
    if silent:
        listed = ", ".join(silent[:5]) + (", …" if len(silent) > 5 else "")
        yield f"{len(silent)} of {len(convolutions)} convolutions receive no gradient: {listed}"


def _no_curves(shown: curves.LossCurves) -> str:
    return f"the report shows no figure of the training loss at two learning rates ({len(shown.figures)} of the loss)"


def _hint(runs: Sequence[Result], problems: Sequence[str]) -> str:
    if any("no gradient" in problem for problem in problems):
        return (
            "let gradients flow through the whole trunk: no detach, no .data, no requires_grad = False, no "
            "torch.no_grad"
        )
    if any(run.error is not None for run in runs):
        return "try one step: loss = F.cross_entropy(net(images), labels); loss.backward()"
    if any("loss" in problem and "report" not in problem for problem in problems):
        return "check that the skip paths work and that nothing saturates before cross_entropy"
    return "show the training loss against the iteration for at least two learning rates, each named in the caption"


def _remarks(runs: Sequence[Result]) -> Iterator[str]:
    if any(run.in_place for run in runs):
        yield (
            "blocks add in place to what a ReLU has saved; current PyTorch refuses that by itself, it was allowed here"
        )
    for run in runs:
        if run.stopped == "cpu_s":
            yield (
                f"stopped after {run.steps} steps and {run.seconds:g} CPU seconds at learning rate "
                f"{rate_words(run.rate)}"
            )


def _figures(runs: Sequence[Result]) -> Iterator[LineFigure]:
    panels = tuple(_panel(run) for run in runs if run.steps)
    if panels:
        yield LineFigure(
            "losses",
            "Training loss measured here, at two learning rates",
            "Cross-entropy of each step, averaged over five steps, in our own training loop with Adam on the grader's "
            f"images ({data_name()}). The band is the reference's over seeds, widths and depths.",
            "Line charts of the training loss against the step, one for each learning rate, with the reference's band.",
            "step",
            "cross-entropy",
            panels,
        )


def smoothed(losses: Sequence[float], width: int = 5) -> tuple[float, ...]:
    """Means of the last `width` values."""
    return tuple(float(np.mean(losses[max(0, end - width) : end])) for end in range(1, len(losses) + 1))


def _panel(run: Result) -> Panel:
    steps = tuple(float(step) for step in range(1, run.steps + 1))
    series = Series("your network", steps, smoothed(run.losses.tolist()))
    lowest, highest = spread().losses.get(case_id(run.rate), ((), ()))
    length = min(len(lowest), run.steps)
    bands = (Band("reference", steps[:length], tuple(lowest[:length]), tuple(highest[:length])),) if length else ()
    return Panel(f"learning rate {rate_words(run.rate)}", (series,), bands)
