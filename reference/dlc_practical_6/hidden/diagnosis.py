"""Saying what a wrong tensor of gradient norms holds instead, by trying the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import Tolerance, block_calls, replay
from grader.checks import typical_deviation as typical

from . import oracle
from .targets import Targets

Gradients = Sequence[Tensor]


@dataclass(frozen=True)
class Attempt:
    """What a student's get_stats worked on: network, weights, monitored weights, samples; and what it returned."""

    network: replay.Network
    tensors: Mapping[str, Tensor]
    names: Sequence[str]
    images: Sequence[Tensor]
    targets: Targets
    found: Array

    def right_answer(self, columns: Sequence[int]) -> Array:
        """Blocks × columns."""
        return np.stack([self._column(column) for column in columns], axis=1)

    def _column(self, column: int) -> Array:
        image = self.images[column]
        label = self.targets.of(image)
        if label is not None:
            return oracle.norms(self.gradients(column, label))
        answers = [oracle.norms(self.gradients(column, label)) for label in range(10)]
        return min(answers, key=lambda answer: _distance(answer, self.found[:, column]))

    def gradients(
        self, column: int, label: int | None = None, loss: oracle.Loss = F.cross_entropy, names: Sequence[str] = ()
    ) -> Gradients:
        """Gradient of one sample's loss for the monitored weights, or for `names`."""
        image = self.images[column]
        target = label if label is not None else (self.targets.of(image) or 0)
        return oracle.gradients(self.network, self.tensors, names or self.names, image, target, loss)

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

    each = [attempt.gradients(column) for column in columns]
    for words, hint, formula in FORMULAS:
        if fits(np.stack([formula(gradients) for gradients in each], axis=1)):
            return words, hint
    for words, hint, answer in (
        _accumulated(attempt, columns),
        _second(attempt, columns),
        _of_weights(attempt, columns),
    ):
        if answer is not None and fits(answer):
            return words, hint
    if twice := _written_over(attempt, allowed):
        return twice
    for words, hint, loss in LOSSES:
        if fits(_with_loss(attempt, columns, loss)):
            return words, hint
    return "they are not the L2 norms of each sample's own gradient", None


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


def _formula(function: Callable[[Tensor], Tensor]) -> Callable[[Gradients], Array]:
    return lambda gradients: np.array([function(gradient.double()).item() for gradient in gradients])


FORMULAS = (
    (
        "they are squared norms",
        "take the square root: .norm(), not the sum of squares",
        _formula(lambda g: g.pow(2).sum()),
    ),
    ("they are sums of absolute values (L1)", "use the L2 norm: .norm()", _formula(lambda g: g.abs().sum())),
    ("they are mean absolute values", "use the L2 norm: .norm()", _formula(lambda g: g.abs().mean())),
    ("they are largest absolute values", "use the L2 norm: .norm()", _formula(lambda g: g.abs().max())),
    ("they are means of the gradient", "use the L2 norm: .norm()", _formula(lambda g: g.mean())),
    (
        "they are roots of mean squares",
        "do not divide by the number of weights: .norm()",
        _formula(lambda g: g.pow(2).mean().sqrt()),
    ),
)


def _accumulated(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    """Sums of the gradients of all samples so far, for the first columns."""
    total: list[Tensor] | None = None
    rows = []
    for column in range(columns[-1] + 1 if columns[-1] < 24 else 0):
        gradients = attempt.gradients(column)
        total = list(gradients) if total is None else [a + b for a, b in zip(total, gradients, strict=True)]
        if column in columns:
            rows.append(oracle.norms(total))
    answer = np.stack(rows, axis=1) if len(rows) == len(columns) else None
    return ("gradients of earlier samples are added in", "zero the gradients before each backward pass", answer)


def _second(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    """The blocks' second convolutions."""
    names = [block.convolutions[1] for block in block_calls(attempt.network, None)]
    answer = None
    if len(names) == len(attempt.names):
        answer = np.stack([oracle.norms(attempt.gradients(column, names=names)) for column in columns], axis=1)
    return ("they belong to each block's second convolution", "monitor b.conv1.weight of each block", answer)


def _of_weights(attempt: Attempt, columns: Sequence[int]) -> tuple[str, str, Array | None]:
    norms = oracle.norms([attempt.tensors[name] for name in attempt.names])
    return (
        "they are norms of the weights",
        "take the norm of the weight's .grad",
        np.repeat(norms[:, None], len(columns), axis=1),
    )


def _one_hot_error(logits: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(logits, F.one_hot(target, logits.shape[1]).to(logits.dtype))


def _smoothed(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits, target, label_smoothing=0.1)


def _after_softmax(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits.softmax(1), target)


def _with_loss(attempt: Attempt, columns: Sequence[int], loss: oracle.Loss) -> Array:
    return np.stack([oracle.norms(attempt.gradients(column, loss=loss)) for column in columns], axis=1)


LOSSES = (
    ("they are norms for another loss", "use the cross-entropy", _one_hot_error),
    (
        "the network's output went through a softmax before the cross-entropy, which has one of its own",
        "give the cross-entropy the logits, without softmax",
        _after_softmax,
    ),
    ("the labels were smoothed", "use the cross-entropy without label smoothing", _smoothed),
)

__all__ = ["Attempt", "explain"]
