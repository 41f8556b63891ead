"""The samples of one configuration, run again on the student's own network and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from grader import Array
from grader.checks import replay

from . import oracle
from .targets import Targets

LABELS = 10


@dataclass(frozen=True)
class Rerun:
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
        labels = self.labels(columns)
        known = [column for column, label in zip(columns, labels, strict=True) if label is not None]
        found = dict(zip(known, oracle.norms(self.gradients(known)).T, strict=True)) if known else {}
        return np.stack([found[column] if column in found else self._nearest(column) for column in columns], axis=1)

    def labels(self, columns: Sequence[int]) -> list[int | None]:
        """Of the columns' samples; None for those that nobody served."""
        return self.targets.of_each([self.images[column] for column in columns])

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

    def in_double(self) -> Rerun:
        """The same in float64."""
        tensors = {name: t.double() if t.is_floating_point() else t for name, t in self.tensors.items()}
        return replace(self, tensors=tensors, images=[image.double() for image in self.images])


def _distance(answer: Array, found: Array) -> float:
    return float(np.abs(np.log(np.abs(answer) + 1e-30) - np.log(np.abs(found) + 1e-30)).sum())
