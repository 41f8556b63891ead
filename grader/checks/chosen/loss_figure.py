"""The training loss at each learning rate, with the band of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader.checks.chosen.rate_results import RateResult
from grader.checks.chosen.reference_reached import case_id
from grader.checks.chosen.trained_here import TrainedHere
from grader.checks.reported.learning_rates import rate_words
from grader.exhibit import Band, LineFigure, Panel, Series


def loss_figure(runs: Sequence[RateResult], trained: TrainedHere) -> Iterator[LineFigure]:
    """The training loss at each learning rate, with the reference's band; none if there were no steps."""
    panels = tuple(_panel(run, trained) for run in runs if run.steps)
    if panels:
        yield LineFigure(
            "losses",
            "Training loss at two learning rates",
            "Cross-entropy of each step, averaged over five steps, in our own training loop with Adam on the "
            f"grader's images ({trained.data}), as it was told from beside the network's code. The band is the "
            "reference's over seeds, widths and depths.",
            "Line charts of the training loss against the step, one for each learning rate, with the reference's band.",
            "step",
            "cross-entropy",
            panels,
        )


def smoothed(losses: Sequence[float], width: int = 5) -> tuple[float, ...]:
    """Means of the last `width` values."""
    return tuple(float(np.mean(losses[max(0, end - width) : end])) for end in range(1, len(losses) + 1))


def _panel(run: RateResult, trained: TrainedHere) -> Panel:
    steps = tuple(float(step) for step in range(1, run.steps + 1))
    series = Series("your network", steps, smoothed(run.losses.tolist()))
    lowest, highest = trained.reached.losses.get(case_id(run.rate), ((), ()))
    length = min(len(lowest), run.steps)
    bands = (Band("reference", steps[:length], tuple(lowest[:length]), tuple(highest[:length])),) if length else ()
    return Panel(f"learning rate {rate_words(run.rate)}", (series,), bands)
