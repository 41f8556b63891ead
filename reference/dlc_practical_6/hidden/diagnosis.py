"""Saying what a wrong tensor of gradient norms holds instead, by trying the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import Tolerance, Usual, block_calls, replay, usual_mistake
from grader.checks import typical_deviation as typical

from . import oracle
from .targets import Targets

LABELS, MOST_ADDED = 10, 24


@dataclass(frozen=True)
class Attempt:
    """What a student's get_stats worked on: network, weights, monitored weights, samples; and what it returned.

    With `alone` its samples are run one after the other, as a student runs them.
    """

    network: replay.Network
    tensors: Mapping[str, Tensor]
    names: Sequence[str]
    images: Sequence[Tensor]
    targets: Targets
    found: Array
    alone: bool = False

    def right_answer(self, columns: Sequence[int]) -> Array:
        """Blocks × columns."""
        labels = self.targets.of_each([self.images[column] for column in columns])
        known = [column for column, label in zip(columns, labels, strict=True) if label is not None]
        found = dict(zip(known, oracle.norms(self.gradients(known)).T, strict=True)) if known else {}
        return np.stack([found[column] if column in found else self._nearest(column) for column in columns], axis=1)

    def _nearest(self, column: int) -> Array:
        """The norms for the label that fits best, where nobody knows the sample's own."""
        answers = oracle.norms(self.gradients([column] * LABELS, range(LABELS)))
        return min(answers.T, key=lambda answer: _distance(answer, self.found[:, column]))

    def gradients(
        self,
        columns: Sequence[int],
        labels: Sequence[int] = (),
        loss: oracle.Loss = F.cross_entropy,
        names: Sequence[str] = (),
    ) -> oracle.Gradients:
        """Gradient of each sample's loss, for its own label or these, for the monitored weights or for `names`."""
        images = [self.images[column] for column in columns]
        targets = labels or [label or 0 for label in self.targets.of_each(images)]
        return oracle.gradients(
            self.network, self.tensors, names or self.names, images, list(targets), loss, alone=self.alone
        )

    def in_double(self) -> Attempt:
        """The same in float64."""
        tensors = {name: t.double() if t.is_floating_point() else t for name, t in self.tensors.items()}
        return replace(self, tensors=tensors, images=[image.double() for image in self.images])


def _distance(answer: Array, found: Array) -> float:
    return float(np.abs(np.log(np.abs(answer) + 1e-30) - np.log(np.abs(found) + 1e-30)).sum())


def explain(attempt: Attempt, picked: Sequence[int], allowed: Tolerance) -> tuple[str, str | None]:
    """The mistake that reproduces the first columns, far better than the right answer; and what to do about it."""
    columns = sorted({0, 1, *(column for column in picked if column < 12)})[:4]
    found = attempt.found[:, columns]
    from_right = typical(allowed.deviations(found, attempt.right_answer(columns)))

    def fits(answer: Array) -> bool:
        is_nearer = typical(allowed.deviations(found, answer)) < from_right / 2
        return is_nearer and allowed.resembles(found, answer)

    gradients = attempt.gradients(columns)
    if known := usual_mistake(FORMULAS, lambda formula: fits(formula(gradients))):
        return known
    for words, hint, answer in (
        _accumulated(attempt, columns),
        _second(attempt, columns),
        _of_biases(attempt, columns),
        _of_weights(attempt, columns),
    ):
        if answer is not None and fits(answer):
            return words, hint
    if twice := _written_over(attempt, allowed):
        return twice
    if known := usual_mistake(LOSSES, lambda loss: fits(_with_loss(attempt, columns, loss))):
        return known
    return _scaled(found, attempt.right_answer(columns), fits) or (
        "they are not the L2 norms of each sample's own gradient",
        None,
    )


def _scaled(found: Array, right: Array, fits: Callable[[Array], bool]) -> tuple[str, str] | None:
    """What is said where all norms, or those of each sample, are off by the same factor."""
    with np.errstate(all="ignore"):
        ratios = np.where((found > 0) & (right > 0), found / right, np.nan)
    heard = ratios[~np.isnan(ratios).any(axis=1)]
    if not heard.size:
        return None
    if fits(right * (factor := float(np.median(heard)))):
        return (
            f"each is {factor:.3g} times the norm",
            "take the loss of each sample as it is: divide or multiply neither the loss nor its gradient",
        )
    if fits(right * np.median(heard, axis=0)):
        return (
            "the norms of each sample are all off by one factor of its own",
            "take the cross-entropy with the sample's own label, and the norms before anything clips the gradients",
        )
    return None


def _written_over(attempt: Attempt, allowed: Tolerance) -> tuple[str, str] | None:
    """What is said where each entry of a row, or of a column, holds the same number; None where they do not."""
    found, last = attempt.found, attempt.found.shape[1] - 1
    if np.allclose(found, found[:, :1]):
        ends = (("last", last), ("first", 0))
        held = [name for name, index in ends if allowed.resembles(found[:, :1], attempt.right_answer([index]))]
        if held:
            return (
                f"all columns hold the norms of the {held[0]} sample",
                "write the norm of sample n into column n alone: stats[d, n]",
            )
        return "all columns are the same", "measure each sample on its own, one gradient a sample"
    if np.allclose(found, found[:1]):
        return "all rows are the same", "write the norm of block d into row d alone: stats[d, n]"
    return None


def _formula(function: Callable[[Tensor], Tensor]) -> Callable[[oracle.Gradients], Array]:
    """Blocks × samples; `function` takes samples × numbers."""
    return lambda gradients: torch.stack([function(gradient.double().flatten(1)) for gradient in gradients]).numpy()


FORMULAS: tuple[Usual, ...] = (
    (
        "they are squared norms",
        "take the square root: .norm(), not the sum of squares",
        _formula(lambda g: g.pow(2).sum(1)),
    ),
    ("they are sums of absolute values (L1)", "use the L2 norm: .norm()", _formula(lambda g: g.abs().sum(1))),
    ("they are mean absolute values", "use the L2 norm: .norm()", _formula(lambda g: g.abs().mean(1))),
    ("they are largest absolute values", "use the L2 norm: .norm()", _formula(lambda g: g.abs().amax(1))),
    ("they are means of the gradient", "use the L2 norm: .norm()", _formula(lambda g: g.mean(1))),
    (
        "they are roots of mean squares",
        "do not divide by the number of weights: .norm()",
        _formula(lambda g: g.pow(2).mean(1).sqrt()),
    ),
)


def _accumulated(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    """Sums of the gradients of all samples so far, for the first columns."""
    answer = None
    if columns[-1] < MOST_ADDED:
        sums = [gradient.cumsum(0)[columns] for gradient in attempt.gradients(range(columns[-1] + 1))]
        answer = oracle.norms(sums)
    return ("gradients of earlier samples are added in", "zero the gradients before each backward pass", answer)


def _second(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    """The blocks' second convolutions."""
    names = [block.convolutions[1] for block in block_calls(attempt.network, None)]
    answer = None
    if len(names) == len(attempt.names):
        answer = oracle.norms(attempt.gradients(columns, names=names))
    return ("they belong to each block's second convolution", "monitor b.conv1.weight of each block", answer)


def _of_biases(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    """The biases of the monitored convolutions."""
    names = [f"{name.removesuffix('weight')}bias" for name in attempt.names]
    known = all(name in attempt.tensors for name in names)
    answer = oracle.norms(attempt.gradients(columns, names=names)) if known else None
    return "they belong to the biases of the convolutions", "monitor b.conv1.weight of each block", answer


def _of_weights(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    norms = oracle.norms([attempt.tensors[name][None] for name in attempt.names])
    return (
        "they are norms of the weights",
        "take the norm of the weight's .grad",
        np.repeat(norms, len(columns), axis=1),
    )


def _one_hot_error(logits: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(logits, F.one_hot(target, logits.shape[1]).to(logits.dtype))


def _smoothed(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits, target, label_smoothing=0.1)


def _after_softmax(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits.softmax(1), target)


def _with_loss(attempt: Attempt, columns: Sequence[int], loss: oracle.Loss) -> Array:
    return oracle.norms(attempt.gradients(columns, loss=loss))


LOSSES: tuple[Usual, ...] = (
    ("they are norms for another loss", "use the cross-entropy", _one_hot_error),
    (
        "the network's output went through a softmax before the cross-entropy, which has one of its own",
        "give the cross-entropy the logits, without softmax",
        _after_softmax,
    ),
    ("the labels were smoothed", "use the cross-entropy without label smoothing", _smoothed),
)

__all__ = ["Attempt", "explain"]
