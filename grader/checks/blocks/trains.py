"""`trains`: what a student's network and loop have learned under a budget, judged outside on pictures never served."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from grader.checks import operations
from grader.checks.blocks.signatures import signature
from grader.checks.blocks.training_pictures import Pictures
from grader.checks.blocks.training_task import Learned, TrainingTask
from grader.checks.probabilities import are_probabilities
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Matrix, MatrixPanel
from grader.finding import Finding
from grader.probes import Ask
from grader.readings.fields import count, sequence, texts
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Frame
from grader.words import counted

SEEN = 20  # pictures with which the operations are written down
UNUSUAL = 0.05  # share of a right recipe's runs that are left to a person
LOOK = "look at the loop: another draw of the same recipe may learn more"
FAR = 0.02  # of the largest score: as far as what is run again here may lie from what ran there


def trains(  # noqa: PLR0913 - all but the first are named
    made: str,
    *,
    pictures: Pictures,
    measured: Path,
    train: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    epochs: int = 5,
    batch: int = 24,
    steps: int | None = None,
    rate: float = 2e-3,
    seconds: float = 60.0,
) -> TrainsBlock:
    """A student's network learns, with the student's loop `train` (`"train(net, loader, epochs)"`) or with ours.

    `made` is how the network is made (`"Net()"`), with `arguments`. The loop gets a `DataLoader` of the served half of
    `pictures`, and at most `steps` batches (by default as many as `epochs` have). Without `train` Adam trains it for
    `epochs` at this `rate`. Operations and weights come back; the held-out half is classified here, by running the
    operations again: neither its pictures nor its labels were in the sandbox.

    How well is well enough was measured with several right recipes of the reference over several seeds, by
    `measure_training`, and lies in the file `measured`: what nineteen of twenty runs reach, less twice the binomial
    deviation for so many pictures. What is less than that, and no less than the lowest of all runs, is a person's: it
    may be right work on a hard draw. Half of the way from chance to what is usual earns half.
    Accepted: any network and recipe that learns as well; loops that return the network, or do not. Caught: nothing
    trained, fewer epochs than asked for (half), steps in the wrong order, a loss of the wrong sign, another network
    trained than the one that is given, or that one made larger. A loop that trains on more than its budget is stopped
    there, and that is said, also where it trains on batches that it kept, more than twice as often as the budget has
    them; passes that change no parameter, as to measure an accuracy, are not taken off it, and a loader of the
    student's own over `loader.dataset` has the same budget. Dropout that acts in evaluation mode too is left out here,
    and that is said: see `batch_independent`.
    The confusion matrix (scikit-learn) is shown.
    """
    most = epochs * math.ceil(pictures.train / batch)
    asked = TrainingTask(
        made=signature(made),
        train=None if train is None else signature(train),
        pictures=pictures,
        arguments=dict(arguments or {}),
        limits={"epochs": epochs, "batch": batch, "steps": steps or most, "rate": rate},
    )
    if lacking := [name for name in asked.made.inputs if name not in asked.arguments]:
        raise AssignmentError(f"trains: arguments: expected {', '.join(lacking)}")
    if asked.train and not set(asked.train.inputs) <= {"net", "loader", "epochs"}:
        raise AssignmentError(
            f"trains: expected net, loader, epochs as arguments, found {', '.join(asked.train.inputs)}"
        )
    judge = _Judge(asked, measured)
    entry = {part.pattern: 2 for part in (asked.made, asked.train) if part}
    probe = Ask(asked.id, "trained", [asked.request()], seconds, library=True)
    return TrainsBlock(
        check=judge.check,
        probes=(probe,),
        data=pictures.served,
        entry=entry,
        hidden=not measured.is_file(),
        preview=judge.preview,
        demanded=judge.demanded,
        asked=asked,
    )


@dataclass(frozen=True, eq=False)
class TrainsBlock(Block):
    """The block of `trains`, and what it asks."""

    asked: TrainingTask | None = None


def measure_training(
    block: TrainsBlock, recipes: Mapping[str, Mapping[str, Any]], seeds: Sequence[int], path: Path
) -> None:
    """Train each of several right recipes (by name: a namespace with the network and the loop) on each seed's pictures,
    and write their accuracies to `path`. Takes as long as so many submissions.
    """
    from grader.inside.asked.trained import trained

    asked = block.asked
    assert asked is not None  # noqa: S101 - `trains` gave it
    found: dict[str, list[float]] = {}
    for name, names in recipes.items():
        for seed in seeds:
            header, arrays = trained(_Session(names, seed), asked.request(), names, block.data(seed))
            found.setdefault(name, []).append(round(asked.learned(header, arrays, seed).accuracy, 4))
    path.write_text(json.dumps({"accuracies": found}, indent=1) + "\n")


class _Session:
    def __init__(self, names: Mapping[str, Any], seed: int) -> None:
        self.namespace, self.request = names, {"seed": seed}


@dataclass(frozen=True, eq=False)
class _Judge:
    asked: TrainingTask
    measured: Path

    def check(self, evidence: Evidence) -> Finding:
        frame = self.answer(evidence)
        learned = self.learned(frame, evidence.seed)
        lowest, usual, median = self.expected()
        figure, chance = _matrix(learned), 1 / self.asked.pictures.classes
        right = int((learned.predicted == learned.labels).sum())
        total, steps = len(learned.labels), count(frame.header.get("steps"))
        said = f"{right} of {total} held-out pictures ({learned.accuracy:.1%}) are right after {counted(steps, 'step')}"
        notes = (
            *learned.notes,
            f"the reference's recipes reach {median:.1%} (median); mean cross-entropy here {learned.loss:.3g}",
        )
        drawn, due = steps, self.asked.due
        if grown := self.grown(frame):
            return Finding.failed(
                f"{grown}; {said}", "train the network that is given", details=notes, exhibits=(figure,)
            )
        if learned.accuracy >= lowest and drawn < due:
            words = f"expected a pass through the loader for each epoch, {due} batches, found {drawn}: {said}"
            return Finding.partial(Fraction(1, 2), words, details=notes, exhibits=(figure,))
        if learned.accuracy >= usual:
            return Finding.passed(said, details=(*notes, *self.hints(frame)), exhibits=(figure,))
        hint = "; ".join(self.hints(frame)) or None
        if learned.accuracy >= lowest:
            words = (
                f"{said}; right recipes reach {usual:.1%} in 19 of 20 runs, and {lowest:.1%} in all: a person decides"
            )
            return Finding.ungraded(words, hint or LOOK, details=notes, exhibits=(figure,))
        words = f"expected at least {lowest:.1%}, as every right recipe of the reference reaches: {said}"
        if learned.accuracy >= (chance + usual) / 2:
            return Finding.partial(Fraction(1, 2), words, hint, details=notes, exhibits=(figure,))
        return Finding.failed(words, hint, details=notes, exhibits=(figure,))

    def demanded(self, evidence: Evidence) -> Mapping[str, float]:
        """How far it stays below every right recipe of the reference, beyond the deviation for so many pictures."""
        learned = self.learned(self.answer(evidence), evidence.seed)
        least, *_ = self.expected(deviations=1)
        return {"below every right recipe": max(0.0, least - learned.accuracy)}

    def preview(self, evidence: Evidence) -> Finding:
        """What students may know: that it trains to the end."""
        steps = count(self.answer(evidence).header.get("steps"))
        return Finding.ungraded(
            f"it trains for {counted(steps, 'step')}; what it has learned is measured when the work is graded"
        )

    def answer(self, evidence: Evidence) -> Frame:
        name = self.asked.train.name if self.asked.train else self.asked.made.name
        return answers(evidence, self.asked.id, f"training with {name}")["train"]

    def learned(self, frame: Frame, seed: int) -> Learned:
        from grader.checks.operations import NotReplayable
        from grader.checks.replay import or_a_person

        try:
            with or_a_person(self.asked.made.name):
                return self.asked.learned(frame.header, frame.arrays, seed)
        except NotReplayable as error:
            raise MissingEvidence(f"{self.asked.made.name}: {error}") from None

    def hints(self, frame: Frame) -> Iterator[str]:
        """What can be seen of the reason."""
        steps, most = count(frame.header.get("steps")), self.asked.limits["steps"]
        if count(frame.header.get("other")):
            yield "the loop came back with another network than it was given: the given one counts"
        if frame.header.get("stopped") is True:
            kept = " or trained again and again on those it kept," if steps <= most else ""
            yield f"it asked for more than the {most} batches of the budget,{kept} and was stopped"
        elif steps < most:
            yield f"it drew {steps} of {most} batches: go through the loader once for each epoch"
        if frame.header.get("changed") is False:
            yield "the parameters are as they were: is backward called, and the optimizer's step?"
        elif still := self.still(frame):
            named = ", ".join(still[:3]) + ", …" * (len(still) > 3)
            yield f"{named} did not change: was the optimizer given all parameters?"
        if (seen := frame.arrays.get("seen")) is not None and are_probabilities(seen):
            yield "the network gives probabilities: cross_entropy wants logits, and makes a softmax of its own"

    def grown(self, frame: Frame) -> str:
        """That the network has more parameters than before, in words; else nothing."""
        before, after = (count(part) for part in (*sequence(frame.header.get("numbers"), 2), 0, 0)[:2])
        if not 0 < before < after:
            return ""
        return f"the network had {before:,} parameters before its training, and {after:,} after it"

    def still(self, frame: Frame) -> list[str]:
        """The parameters that the network uses, and that are as they were."""
        used = operations.parse(frame.header.get("trace")).used
        return [name for name in texts(frame.header.get("still"), 500, 200) if name in used]

    def expected(self, deviations: int = 2) -> tuple[float, float, float]:
        """The lowest accuracy that may be right, the lowest that is usual, and the median, of the reference's runs."""
        found = json.loads(self.measured.read_text())["accuracies"]
        every = [value for values in found.values() for value in values]
        low, usual = (float(np.quantile(every, share)) for share in (0, UNUSUAL))
        lowest, usual = (
            value - deviations * math.sqrt(value * (1 - value) / self.asked.pictures.held_out) for value in (low, usual)
        )
        return lowest, usual, float(np.median(every))


def _matrix(learned: Learned) -> Matrix:
    from sklearn.metrics import confusion_matrix

    classes = range(int(learned.labels.max()) + 1)
    counts = confusion_matrix(learned.labels, np.clip(learned.predicted, 0, classes[-1]), labels=list(classes))
    rows = tuple(tuple(float(cell) for cell in row) for row in counts)
    caption = (
        f"{len(learned.labels)} held-out pictures, classified by running the trained network again outside the sandbox."
    )
    return Matrix("confusion", "Confusion matrix", caption, tuple(map(str, classes)), (MatrixPanel("", rows),))
