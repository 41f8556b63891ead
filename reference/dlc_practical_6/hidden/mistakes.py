"""What the usual mistakes give in place of the norms: each computed from the student's own network and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import block_calls

from . import oracle
from .rerun import Rerun

Mistake = Callable[[Rerun, Sequence[int]], Array | None]  # blocks × columns; None where it cannot be made


def _formula(function: Callable[[Tensor], Tensor]) -> Callable[[oracle.Gradients], Array]:
    """Blocks × the first samples, in order; `function` takes samples × numbers."""
    return lambda gradients: torch.stack([function(gradient.double().flatten(1)) for gradient in gradients]).numpy()


FORMULAS: Mapping[str, Callable[[oracle.Gradients], Array]] = {
    "squared": _formula(lambda g: g.pow(2).sum(1)),
    "L1": _formula(lambda g: g.abs().sum(1)),
    "mean absolute": _formula(lambda g: g.abs().mean(1)),
    "largest": _formula(lambda g: g.abs().amax(1)),
    "mean": _formula(lambda g: g.mean(1)),
    "root mean square": _formula(lambda g: g.pow(2).mean(1).sqrt()),
    "accumulated": _formula(lambda g: g.cumsum(0).norm(dim=1)),
}


def _second(rerun: Rerun, columns: Sequence[int]) -> Array | None:
    """The blocks' second convolutions."""
    names = [block.convolutions[1] for block in block_calls(rerun.network, None)]
    return oracle.norms(rerun.gradients(columns, names=names)) if len(names) == len(rerun.names) else None


def _of_biases(rerun: Rerun, columns: Sequence[int]) -> Array | None:
    """The biases of the monitored convolutions."""
    names = [f"{name.removesuffix('weight')}bias" for name in rerun.names]
    known = all(name in rerun.tensors for name in names)
    return oracle.norms(rerun.gradients(columns, names=names)) if known else None


def _of_weights(rerun: Rerun, columns: Sequence[int]) -> Array | None:
    return np.repeat(oracle.norms([rerun.tensors[name][None] for name in rerun.names]), len(columns), axis=1)


def _one_hot_error(logits: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(logits, F.one_hot(target, logits.shape[1]).to(logits.dtype))


def _smoothed(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits, target, label_smoothing=0.1)


def _after_softmax(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits.softmax(1), target)


def _minus_probability(logits: Tensor, target: Tensor) -> Tensor:
    return F.nll_loss(logits.softmax(1), target)


def _with_loss(loss: oracle.Loss) -> Mistake:
    return lambda rerun, columns: oracle.norms(rerun.gradients(columns, loss=loss))


OTHERS: Mapping[str, Mistake] = {
    "second convolution": _second,
    "biases": _of_biases,
    "weights": _of_weights,
    "squared error": _with_loss(_one_hot_error),
    "softmax": _with_loss(_after_softmax),
    "smoothed": _with_loss(_smoothed),
    "minus probability": _with_loss(_minus_probability),
    "minus output": _with_loss(F.nll_loss),
}
