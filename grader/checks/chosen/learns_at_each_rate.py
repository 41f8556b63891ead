"""A network learns at each of several learning rates, and the report shows the loss curves of two at least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.chosen.loss_figure import loss_figure
from grader.checks.chosen.network_structure import NetworkStructure
from grader.checks.chosen.rate_results import RateResult
from grader.checks.chosen.trained_here import TrainedHere
from grader.checks.reported.learning_rates import rate_words
from grader.checks.reported.loss_curves import LossCurves, loss_curves
from grader.checks.reported.subjects import ReportSubjects
from grader.checks.too_slow import MEND
from grader.documents import Document
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Exhibit, Table
from grader.finding import Finding
from grader.rubric import Block
from grader.sandbox.protocol import Array
from grader.words import spelled

FALL = 0.05  # of the cross-entropy of held-out images
POWER = (
    "a network that does not use its images, one whose weights stay as they are, and one that guesses would have been "
    f"seen: the loss has to be {FALL:g} below what is possible without looking at images, or more of them recognised "
    "than guessing comes to once in a thousand times, and than before the training"
)


@dataclass(frozen=True, kw_only=True)
class LearnsAtEachRate:
    """The network learns at each learning rate of `trained`, and the `report` shows the loss curves of two.

    It learns if the loss of held-out images falls below what is possible without looking at them, or if more of them
    are recognised than by guessing and than before; every convolution has to change, and to get a gradient. `about`
    tells the curves of this network from others. Accepted: any network that learns, in place blocks, large networks
    with fewer steps, slow ones with more. Caught: nothing learned, layers that are frozen or cut off, weights that the
    sandbox invents, a pass that fails, a report without curves. A machine that is too slow, a rate at which a network
    that learns at the other, or one with gates, has not begun to, and a figure whose learning rates cannot be read, are
    a person's.
    """

    trained: TrainedHere
    about: ReportSubjects
    report: Callable[[Evidence], Document]

    def check(self, evidence: Evidence) -> Finding:
        """Judge what was measured here, then what the report shows."""
        found = self.trained.network.structure(evidence)
        runs = self.trained.results(evidence)
        exhibits: tuple[Exhibit, ...] = (*loss_figure(runs, self.trained), _measured(runs))
        problems = [problem for run in runs for problem in ([] if _late(run, runs) else _problems(run))]
        problems += _without_gradient(found, runs, self.trained.network.classes)
        shown = self._shown(evidence)
        problems += _problems_of_report(shown)
        if problems:
            return Finding.wrong(
                f"expected a network that learns at {spelled(len(runs))} learning rates, and both loss curves in the "
                "report; found",
                problems,
                _hint(runs, problems),
                exhibits=exhibits,
            )
        if slow := next((run.slow for run in runs if run.slow and not learned(run)), None):
            return Finding.ungraded(slow, MEND, exhibits=exhibits)
        if late := next((run for run in runs if _late(run, runs)), None):
            return Finding.ungraded(
                f"{_so_far(runs)}; at {rate_words(late.rate)} held-out images do not show that it learns after "
                f"{late.steps} steps: a person has to look",
                "compare the loss curves of the report with those that were measured here",
                exhibits=exhibits,
            )
        words = "; ".join(_words(run) for run in runs)
        if (unread := _unread(shown)) is not None:
            return Finding.ungraded(
                f"the network learns ({words}), but a person has to look for loss curves of two learning rates: "
                f"{unread}",
                exhibits=exhibits,
            )
        remarks = tuple(_remarks(runs, self.trained.budget.steps))
        return Finding.passed(f"the network learns: {words}", details=remarks, exhibits=exhibits)

    def _shown(self, evidence: Evidence) -> LossCurves | MissingEvidence:
        try:
            return loss_curves(self.report(evidence), self.about)
        except MissingEvidence as missing:
            return missing


def learns_at_each_rate(trained: TrainedHere, about: ReportSubjects, report: Callable[[Evidence], Document]) -> Block:
    """The network learns at each learning rate when it is trained here, and the report shows the loss curves of two."""
    judge = LearnsAtEachRate(trained=trained, about=about, report=report)
    return Block(check=judge.check, probes=trained.probes, data=trained.network.served)


def _problems_of_report(shown: LossCurves | MissingEvidence) -> list[str]:
    if isinstance(shown, MissingEvidence):
        return [] if shown.ours else [shown.reason]
    return [_no_curves(shown)] if shown.enough is False else []


def _unread(shown: LossCurves | MissingEvidence) -> str | None:
    """Why only a person can see whether there are curves of two learning rates."""
    if isinstance(shown, MissingEvidence):
        return shown.reason
    return rates_shown(shown) if shown.enough is None else None


def rates_shown(shown: LossCurves) -> str:
    """Which learning rates can be read beside figures that may be enough."""
    figures = "one figure" if len(shown.figures) < 2 else f"{spelled(len(shown.figures))} figures"
    if not shown.rates:
        return f"{figures} of the loss, whose learning rates cannot be read"
    return f"{figures} of the loss, and the only learning rate that is written there is {rate_words(shown.rates[0])}"


def learned(run: RateResult) -> bool:
    """Whether held-out images show that it learned: a lower loss than before and than without looking, or more of them
    recognised than by guessing and than before.
    """
    if run.before is None or run.after is None:
        return False
    blind = min(run.before.loss, blind_loss(run.after.labels))
    return run.after.loss < blind - FALL or run.beats_guessing


def _late(run: RateResult, runs: Sequence[RateResult]) -> bool:
    """Whether a network that can learn, as another learning rate shows, has not begun to after all its steps; or one
    with gates, which let little through at first.
    """
    unfit = run.error is not None or run.after is None or not np.isfinite(run.after.loss)
    return run.longer and not unfit and not learned(run) and (run.gated or any(map(learned, runs)))


def _so_far(runs: Sequence[RateResult]) -> str:
    """What is known of a network that has not begun to learn at some rate."""
    if any(map(learned, runs)):
        return "the network learns at one learning rate"
    return "the network has gates, which let little through at first"


def blind_loss(labels: Array) -> float:
    """The lowest cross-entropy that is possible without looking at the images."""
    shares = np.bincount(labels, minlength=1) / max(1, len(labels))
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _words(run: RateResult) -> str:
    rate, before, after = rate_words(run.rate), run.before, run.after
    if before is None or after is None:
        return f"at learning rate {rate} nothing was measured"
    return (
        f"at learning rate {rate} the loss of {run.images} held-out images goes from {before.loss:.2f} to "
        f"{after.loss:.2f} in {run.steps} steps, {run.right} are recognised"
    )


def _problems(run: RateResult) -> Iterator[str]:
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


def _said(run: RateResult) -> str:
    if run.before is None or run.after is None:
        return "nothing could be measured"
    blind = blind_loss(run.after.labels)
    return (
        f"the loss of held-out images is {run.after.loss:.3f}, before it was {run.before.loss:.3f}; {blind:.3f} is "
        f"possible without looking at them; {run.right} of {run.images} are recognised"
    )


def _without_gradient(found: NetworkStructure, runs: Sequence[RateResult], classes: int) -> Iterator[str]:
    """Convolutions that the output depends on and that training leaves as they are, or that no gradient can reach."""
    if found.graph is None or any(run.after is None for run in runs):
        return
    names = [found.graph.weight(index) for index in sorted(found.graph.convolutions)]
    names = [name for name in dict.fromkeys(names) if name in found.shapes]
    same = [name for name in names if all(name in run.unchanged for run in runs)]
    if same:
        yield f"{len(same)} of {len(names)} convolutions are not changed by training: {_listed(same)}"
    unreached = [name for name in _unreached(found, classes) if name not in same]
    if unreached:
        yield f"{len(unreached)} of {len(names)} convolutions receive no gradient: {_listed(unreached)}"


def _unreached(found: NetworkStructure, classes: int) -> list[str]:
    """Convolutions whose gradient is zero where the operations are run again with hidden weights."""
    measured = found.gradient_norms(classes)
    return [] if measured is None else [name for name, norm in zip(measured[0], measured[1], strict=True) if norm == 0]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _no_curves(shown: LossCurves) -> str:
    return f"the report shows no figure of the training loss at two learning rates ({len(shown.figures)} of the loss)"


def _hint(runs: Sequence[RateResult], problems: Sequence[str]) -> str:
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


def _remarks(runs: Sequence[RateResult], steps: int) -> Iterator[str]:
    yield POWER
    if any(run.in_place for run in runs):
        yield (
            "blocks add in place to what a ReLU has saved; current PyTorch refuses that by itself, it was allowed here"
        )
    for run in runs:
        if run.slow:
            yield f"at learning rate {rate_words(run.rate)} {run.slow}"
        elif run.steps < steps:
            yield (
                f"a large network: {run.steps} steps at learning rate {rate_words(run.rate)} are what the work "
                f"allowed for training comes to"
            )


def _measured(runs: Sequence[RateResult]) -> Table:
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
