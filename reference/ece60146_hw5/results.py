"""What training the student's network here came to, at each learning rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import confusion_matrix

from grader.evidence import Evidence
from grader.readings import answers
from grader.sandbox.protocol import Array, Frame

from .budget import LEARNING_RATES, case_id
from .data import CLASSES
from .packages import excuse
from .settings import images_of
from .structure import answer


@dataclass(frozen=True)
class Result:
    """One learning rate. `predictions` are the classes of the first held-out images; None if there are none."""

    rate: float
    losses: Array
    steps: int
    stopped: str
    seconds: float
    device: str
    in_place: bool
    error: str | None
    norms: dict[str, tuple[float, float]]  # by parameter: gradient norm at the first step, largest of all
    predictions: Array | None
    labels: Array

    @property
    def images(self) -> int:
        """Held-out images that were asked for."""
        return 0 if self.predictions is None else len(self.predictions)

    @property
    def right(self) -> int:
        """Held-out images whose class was found."""
        return 0 if self.predictions is None else int((self.predictions == self.labels[: self.images]).sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.right / self.images if self.images else float("nan")

    def matrix(self) -> Array:
        """`confusion_matrix[actual, predicted]`, counts; answers outside of the classes are left out."""
        if self.predictions is None:
            raise ValueError("there are no predictions")
        found: Array = confusion_matrix(self.labels[: self.images], self.predictions, labels=list(range(CLASSES)))
        return found


def results(evidence: Evidence) -> list[Result]:
    """One for each learning rate. Raises MissingEvidence."""
    answer(evidence, "network", "structure")  # for the reason, if there is no network
    labels = images_of(evidence.seed).held_out_labels
    found = answers(evidence, "training", "training the network")
    asked = [rate for rate in LEARNING_RATES if case_id(rate) in found]
    for rate in asked:
        found.tried(case_id(rate))  # what is ours is raised; what the student's code raised is a result
    made = [_result(rate, found.found[case_id(rate)], labels) for rate in asked]
    excuse(evidence, *(one.error for one in made))
    if len(made) < len(LEARNING_RATES):
        raise evidence.why_missing()
    return made


def _result(rate: float, frame: Frame, labels: Array) -> Result:
    header = frame.header
    error = next(
        (str(header[name])[:500] for name in ("train_error", "error") if isinstance(header.get(name), str)), None
    )
    losses = _numbers(frame.arrays.get("losses"))
    names = [name for name in header.get("gradients_of") or [] if isinstance(name, str)]
    first, largest = (_numbers(frame.arrays.get(name)) for name in ("first_norms", "largest_norms"))
    norms = dict(zip(names, zip(first.tolist(), largest.tolist(), strict=False), strict=False))
    predictions = frame.arrays.get("predictions")
    if predictions is not None and (
        predictions.ndim != 1 or predictions.dtype.kind not in "iu" or len(predictions) > len(labels)
    ):
        predictions = None
    seconds = header.get("seconds")
    return Result(
        rate, losses, len(losses), "cpu_s" if header.get("stopped") == "cpu_s" else "steps",
        float(seconds) if isinstance(seconds, int | float) and np.isfinite(seconds) else 0.0,
        "cuda" if header.get("device") == "cuda" else "cpu", header.get("in_place") is True,
        error, norms, predictions, labels,
    )  # fmt: skip


def _numbers(array: Array | None) -> Array:
    good = array is not None and array.ndim == 1 and array.dtype.kind in "iuf" and array.size <= 100_000
    return array.astype(np.float64) if good and array is not None else np.zeros(0)
