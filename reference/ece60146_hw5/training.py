"""Criterion `training`: the network learns at two learning rates, and the report shows the loss curves of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader import Array, Band, Evidence, Exhibit, Finding, LineFigure, MissingEvidence, Panel, Series, Table
from grader.checks import TOO_SLOW_HINT as MEND
from grader.checks import better_than_chance

from . import curves, settings
from .budget import case_id, reached
from .claims import rate_words
from .data import CLASSES
from .papers import report
from .results import Result, results
from .settings import data_name
from .structure import Structure, structure

FALL = 0.05  # of the cross-entropy of held-out images
POWER = (
    "a network that does not use its images, one whose weights stay as they are, and one that guesses would have been "
    f"seen: the loss has to be {FALL:g} below what is possible without looking at images, or more of them recognised "
    "than guessing comes to once in a thousand times"
)


def check(evidence: Evidence) -> Finding:
    """Judge what was measured here, then what the report shows."""
    found = structure(evidence)
    runs = results(evidence)
    exhibits: tuple[Exhibit, ...] = (*_figures(runs), _measured(runs))
    problems = [problem for run in runs for problem in _problems(run)] + list(_without_gradient(found, runs))
    unread, shown = None, None
    try:
        shown = curves.found(report(evidence))
        problems += [] if shown.enough is not False else [_no_curves(shown)]
    except MissingEvidence as missing:
        unread = missing
        problems += [] if missing.ours else [missing.reason]
    if problems:
        return Finding.wrong(
            "expected a network that learns at two learning rates, and both loss curves in the report; found",
            problems,
            _hint(runs, problems),
            exhibits=exhibits,
        )
    if slow := next((run.slow for run in runs if run.slow and not learned(run)), None):
        return Finding.ungraded(slow, MEND, exhibits=exhibits)
    words = "; ".join(_words(run) for run in runs)
    if unread is not None or (shown is not None and shown.enough is None):
        reason = unread.reason if unread else "one figure of the loss, whose learning rates cannot be read"
        return Finding.ungraded(
            f"the network learns ({words}), but a person has to look for loss curves of two learning rates: {reason}",
            exhibits=exhibits,
        )
    return Finding.passed(f"the network learns: {words}", details=tuple(_remarks(runs)), exhibits=exhibits)


def learned(run: Result) -> bool:
    """Whether held-out images show that it learned: a lower loss than before and than without looking, or more of them
    recognised than by guessing.
    """
    if run.before is None or run.after is None:
        return False
    blind = min(run.before.loss, blind_loss(run.after.labels))
    return run.after.loss < blind - FALL or better_than_chance(run.right, run.images, CLASSES)


def blind_loss(labels: Array) -> float:
    """The lowest cross-entropy that is possible without looking at the images."""
    shares = np.bincount(labels, minlength=1) / max(1, len(labels))
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _words(run: Result) -> str:
    rate, before, after = rate_words(run.rate), run.before, run.after
    if before is None or after is None:
        return f"at learning rate {rate} nothing was measured"
    return (
        f"at learning rate {rate} the loss of {run.images} held-out images goes from {before.loss:.2f} to "
        f"{after.loss:.2f} in {run.steps} steps, {run.right} are recognised"
    )


def _problems(run: Result) -> Iterator[str]:
    rate = f"at learning rate {rate_words(run.rate)}"
    if run.error is not None:
        yield f"{rate} training fails after {run.steps} steps: {run.error}"
    elif run.unmeasured is not None:
        yield f"{rate} {run.unmeasured}"
    elif run.cut_short:
        yield f"{rate} training ended after {run.steps} of {run.wanted} steps"
    elif run.after is not None and not np.isfinite(run.after.loss):
        yield f"{rate} the weights after {run.steps} steps give a loss that is not finite"
    elif not learned(run) and not run.slow:
        yield (
            f"{rate} the network does not learn: with the weights that came back after {run.steps} steps {_said(run)}"
        )


def _said(run: Result) -> str:
    if run.before is None or run.after is None:
        return "nothing could be measured"
    blind = blind_loss(run.after.labels)
    return (
        f"the loss of held-out images is {run.after.loss:.3f}, before it was {run.before.loss:.3f}; {blind:.3f} is "
        f"possible without looking at them; {run.right} of {run.images} are recognised"
    )


def _without_gradient(found: Structure, runs: Sequence[Result]) -> Iterator[str]:
    """Convolutions that the output depends on and that training leaves as they are, or that no gradient can reach."""
    if found.graph is None or any(run.after is None for run in runs):
        return
    names = [found.graph.weight(index) for index in sorted(found.graph.convolutions)]
    names = [name for name in dict.fromkeys(names) if name in found.shapes]
    same = [name for name in names if all(name in run.unchanged for run in runs)]
    if same:
        yield f"{len(same)} of {len(names)} convolutions are not changed by training: {_listed(same)}"
    unreached = [name for name in _unreached(found) if name not in same]
    if unreached:
        yield f"{len(unreached)} of {len(names)} convolutions receive no gradient: {_listed(unreached)}"


def _unreached(found: Structure) -> list[str]:
    """Convolutions whose gradient is zero where the operations are run again with hidden weights."""
    measured = found.gradient_norms(CLASSES)
    return [] if measured is None else [name for name, norm in zip(measured[0], measured[1], strict=True) if norm == 0]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _no_curves(shown: curves.LossCurves) -> str:
    return f"the report shows no figure of the training loss at two learning rates ({len(shown.figures)} of the loss)"


def _hint(runs: Sequence[Result], problems: Sequence[str]) -> str:
    if any("no gradient" in problem or "not changed" in problem for problem in problems):
        return (
            "let gradients flow through the whole trunk: no detach, no .data, no requires_grad = False, no "
            "torch.no_grad"
        )
    if any(run.error is not None for run in runs):
        return "try one step: loss = F.cross_entropy(net(images), labels); loss.backward()"
    if any("held-out" in problem or "not finite" in problem for problem in problems):
        return "check that the skip paths work and that nothing saturates before cross_entropy"
    if any("learning rate" in problem and "report" not in problem for problem in problems):
        return "the same images have to go through the same layers in training and in evaluation mode"
    return "show the training loss against the iteration for at least two learning rates, each named in the caption"


def _remarks(runs: Sequence[Result]) -> Iterator[str]:
    yield POWER
    if any(run.in_place for run in runs):
        yield (
            "blocks add in place to what a ReLU has saved; current PyTorch refuses that by itself, it was allowed here"
        )
    for run in runs:
        if run.slow:
            yield f"at learning rate {rate_words(run.rate)} {run.slow}"
        elif run.steps < settings.BUDGET.steps:
            yield (
                f"a large network: {run.steps} steps at learning rate {rate_words(run.rate)} are what the work "
                f"allowed for training comes to"
            )


def _measured(runs: Sequence[Result]) -> Table:
    rows = [
        (
            rate_words(run.rate),
            str(run.steps),
            f"{run.before.loss:.3f}",
            f"{run.after.loss:.3f}",
            f"{blind_loss(run.after.labels):.3f}",
            f"{run.right} of {run.images}",
        )
        for run in runs
        if run.before and run.after
    ]
    return Table(
        "held_out",
        "Loss of held-out images before and after training, measured here",
        "Cross-entropy in evaluation mode, computed from the weights that came back, on images whose labels were never "
        "beside the network. Without looking at the images nobody gets below the loss in the fifth column.",
        ("Learning rate", "Steps", "Before", "After", "Without looking", "Recognised"),
        tuple(rows),
    )


def _figures(runs: Sequence[Result]) -> Iterator[LineFigure]:
    panels = tuple(_panel(run) for run in runs if run.steps)
    if panels:
        yield LineFigure(
            "losses",
            "Training loss at two learning rates",
            "Cross-entropy of each step, averaged over five steps, in our own training loop with Adam on the "
            f"grader's images ({data_name()}), as it was told from beside the network's code. The band is the "
            "reference's over seeds, widths and depths.",
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
    lowest, highest = reached().losses.get(case_id(run.rate), ((), ()))
    length = min(len(lowest), run.steps)
    bands = (Band("reference", steps[:length], tuple(lowest[:length]), tuple(highest[:length])),) if length else ()
    return Panel(f"learning rate {rate_words(run.rate)}", (series,), bands)
