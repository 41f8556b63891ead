"""Saying what a wrong tensor of gradient norms holds instead, by trying the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader import Array, Evidence, remembered
from grader.checks import Tolerance, Usual, usual_mistake
from grader.checks import typical_deviation as typical

from .recomputed import Attempt

COLUMNS = 3  # the first ones, which a mistake has to reproduce


def explain(attempt: Attempt, allowed: Tolerance) -> tuple[str, str | None]:
    """The mistake that reproduces the first columns, far better than the right answer; and what to do about it."""
    columns = list(range(min(COLUMNS, attempt.found.shape[1])))
    found = attempt.found[:, columns]
    from_right = typical(allowed.deviations(found, attempt.right_answer(columns)))

    def fits(answer: Array | None) -> bool:
        if answer is None:
            return False
        is_nearer = typical(allowed.deviations(found, answer)) < from_right / 2
        return is_nearer and allowed.resembles(found, answer)

    def gives(mistake: str) -> bool:
        does = fits(attempt.wrong_answer(mistake, columns))
        if does:
            _found_before(attempt.evidence).append(mistake)
        return does

    again = [usual for usual in (*MISTAKES, *LOSSES) if usual[2] in _found_before(attempt.evidence)]
    known = usual_mistake(again, gives) or usual_mistake(MISTAKES, gives)
    if known := known or _written_over(attempt, allowed) or usual_mistake(_nearest_first(attempt, allowed), gives):
        return known
    return _scaled(found, attempt.right_answer(columns), fits) or (
        "they are not the L2 norms of each sample's own gradient",
        None,
    )


def _nearest_first(attempt: Attempt, allowed: Tolerance) -> list[Usual]:
    """The other losses, the nearest first: where all classes are as likely, some differ by next to nothing."""
    columns = list(range(min(COLUMNS, attempt.found.shape[1])))

    def distance(loss: Usual) -> float:
        answer = attempt.wrong_answer(loss[2], columns)
        if answer is None:
            return 1.0
        return float(np.minimum(np.nan_to_num(allowed.deviations(attempt.found[:, columns], answer)), 1).mean())

    return sorted(LOSSES, key=distance)


@remembered
def _found_before(_: Evidence) -> list[str]:
    """The mistakes that were found in other configurations: they are tried first, as it is one loop for all of them."""
    return []


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
    if not found.any():
        return "all of them are zero", "take the norms after loss.backward(), before the gradients are zeroed again"
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


# By their names in `mistakes.py`, in the order in which they are tried.
MISTAKES: tuple[Usual, ...] = (
    ("they are squared norms", "take the square root: .norm(), not the sum of squares", "squared"),
    ("they are sums of absolute values (L1)", "use the L2 norm: .norm()", "L1"),
    ("they are mean absolute values", "use the L2 norm: .norm()", "mean absolute"),
    ("they are largest absolute values", "use the L2 norm: .norm()", "largest"),
    ("they are means of the gradient", "use the L2 norm: .norm()", "mean"),
    ("they are roots of mean squares", "do not divide by the number of weights: .norm()", "root mean square"),
    ("gradients of earlier samples are added in", "zero the gradients before each backward pass", "accumulated"),
    ("they belong to each block's second convolution", "monitor b.conv1.weight of each block", "second convolution"),
    ("they belong to the biases of the convolutions", "monitor b.conv1.weight of each block", "biases"),
    ("they are norms of the weights", "take the norm of the weight's .grad", "weights"),
)
LOSSES: tuple[Usual, ...] = (
    ("they are norms for another loss", "use the cross-entropy", "squared error"),
    (
        "the network's output went through a softmax before the cross-entropy, which has one of its own",
        "give the cross-entropy the logits, without softmax",
        "softmax",
    ),
    ("the labels were smoothed", "use the cross-entropy without label smoothing", "smoothed"),
    (
        "the loss is minus the probability of the label, without its logarithm",
        "give nll_loss the log_softmax of the network's output, or use the cross-entropy",
        "minus probability",
    ),
    (
        "the loss is minus the network's output for the label, as it is",
        "give nll_loss the log_softmax of the network's output, or use the cross-entropy",
        "minus output",
    ),
)
