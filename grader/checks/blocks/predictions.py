"""`Predictions`: a file of predictions for inputs whose right answers only the course has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from types import ModuleType
from typing import Any, Literal

import numpy as np

from grader.checks import metrics
from grader.checks.blocks.cut_offs import CutOffs, judged
from grader.checks.blocks.demands import Demand
from grader.checks.blocks.prediction_tables import MatchedRows, NoTable, Rows, matched, read_table
from grader.checks.intervals import Score
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding, Hints, advice_on
from grader.inside.asked.predictions import found as found_files
from grader.probes import Ask
from grader.readings.fields import numbers, text
from grader.readings.remember import remembered
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Array
from grader.words import counted

Part = Literal["private", "public", "all"]
MOST_BYTES = 30 << 20
SUM = 0.01  # probabilities may be rounded to so much
SURPRISING = 3.5  # deviations between the public and the private part
TABLE = "write a table with the ids in one column, predictions beside them"
PATTERNS = ("*.csv", "*.tsv", "*.npy", "*pred*.txt", "*submission*.txt")
HINTS: Hints = (
    ("missing", "write one row for each id that was handed out"),
    ("come twice", "write each id once"),
    ("comes twice", "write each id once"),
    ("counted from 1", "count the classes from 0, as the data do"),
    ("not asked for", "take the ids of the test set that was handed out"),
    ("probabilities out", "put softmax over the classes before saving, or save the class alone"),
    ("add up", "put softmax over the classes before saving, or save the class alone"),
    ("no whole numbers", "write the class itself, not a score, or a probability for each class"),
    ("no number", "write the number or the name of a class into each row, as the handout lists them"),
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions in `file`: a table with ids, or an array in the order of `ids`. `truth` is what is right (N classes
    from 0, or N numbers), and lies in `hidden/`. With `classes` (names, or how many) rows hold a class, by number or
    name, or a probability for each; without, a number.

    With a `public_share` a part of the ids is public: its score can be shown before the deadline, and is told beside
    the private one, on which points rest. Which ones these are follows from `truth` and stays hidden.

    Accepted: `.csv` with commas, semicolons or tabs, with head or without, ids in any column and any order, columns of
    probabilities in any order if their heads name the classes, `.npy` (one number or name for each id, or N × classes).
    Caught: missing ids, which count as wrong; ids that come twice with
    different values, which count as missing; other ids; classes out of range or counted from 1; probabilities that do
    not add up to 1 (within 0.01, as for rounded ones); texts and NaN. The file is read in the sandbox.
    """

    file: str
    ids: Sequence[str | int]
    truth: Array
    classes: Sequence[str] | int | None = None
    public_share: float = 0.0
    patterns: Sequence[str] = PATTERNS

    def __post_init__(self) -> None:
        names = [str(one) for one in self.ids]
        if not names or len(set(names)) < len(names):
            raise AssignmentError(
                f"Predictions: ids: expected each id once, found {len(names)}, {len(set(names))} of them different"
            )
        if not self.hidden and len(self.truth) != len(names):
            raise AssignmentError(
                f"Predictions: truth: expected one for each of {len(names)} ids, found {len(self.truth)}"
            )
        if not 0 <= self.public_share < 1:
            raise AssignmentError(f"Predictions: public_share: expected a share below 1, found {self.public_share}")

    @property
    def hidden(self) -> bool:
        """Whether `truth` is not here, as on students' machines."""
        return isinstance(self.truth, ModuleType)

    @cached_property
    def names(self) -> list[str]:
        """The classes' names; none where numbers are asked for."""
        return (
            [str(number) for number in range(self.classes)]
            if isinstance(self.classes, int)
            else list(self.classes or ())
        )

    @cached_property
    def public(self) -> Array:
        """Which ids are public."""
        salt = sha256(np.asarray(self.truth).tobytes()).digest()
        drawn = [int.from_bytes(sha256(salt + str(one).encode()).digest()[:8]) / 2**64 for one in self.ids]
        return np.array(drawn) < self.public_share

    def form(self) -> Block:
        """One prediction for each id, of the kind and in the range that was asked for. Students can check it too."""

        def check(evidence: Evidence) -> Finding:
            rows, file = self._rows(evidence), _file(evidence, self)
            problems = [*rows.problems, *self._problems(rows)]
            if problems:
                return Finding.wrong(f"{file} is not as the handout asks", problems, hints=HINTS)
            kind = self._kind(rows.values)
            return Finding.passed(f"{file} has {kind} for each of {len(self.ids):,} ids")

        return Block(check, (self._probe,))

    def accuracy(self, cut_offs: CutOffs, *, part: Part = "private") -> Block:
        """The share of right classes among the ids of a `part`, with Wilson's interval, the confusion matrix and each
        class's figures. What is missing or cannot be read is wrong.
        """
        if not self.names:
            raise AssignmentError("Predictions.accuracy: expected classes=, the names of the classes or how many")

        def check(evidence: Evidence) -> Finding:
            rows, chosen = self._rows(evidence), self._part(part)
            said, truth = self._said(rows), np.asarray(self.truth)
            score = metrics.accuracy(said[chosen], truth[chosen])
            notes = (*rows.problems[:4], *self._other_part(said == truth, part))
            hint = None if score.value >= cut_offs.points[-1][0] else self._hint(rows, said[chosen], truth[chosen])
            exhibits = metrics.per_class(said[chosen], truth[chosen], self.names)
            return judged(
                score, cut_offs, self._words("right", part), unit="%", hint=hint, notes=notes, exhibits=exhibits
            )

        return self._block(check, cut_offs, part)

    def loss(self, cut_offs: CutOffs, *, part: Part = "private") -> Block:
        """The mean cross-entropy of probabilities among the ids of a `part`, with a bootstrap interval. What is missing
        counts as even probabilities.
        """

        def check(evidence: Evidence) -> Finding:
            rows, chosen, count = self._rows(evidence), self._part(part), len(self.names)
            if rows.values.shape[1] != count:
                found = counted(rows.values.shape[1], "number")
                raise MissingEvidence(
                    f"{_file(evidence, self)}: expected {count} probabilities for each id, found {found}"
                )
            values = np.where(rows.given[:, None], rows.values, 1 / count)
            score = metrics.log_losses(values[chosen], np.asarray(self.truth)[chosen])
            return judged(score, cut_offs, self._words("mean cross-entropy", part), unit="", notes=rows.problems[:4])

        return self._block(check)

    def squared_error(self, cut_offs: CutOffs, *, part: Part = "private") -> Block:
        """The mean squared error among the ids of a `part`, with a bootstrap interval. All of them need a number."""

        def check(evidence: Evidence) -> Finding:
            rows, chosen, truth = self._rows(evidence), self._part(part), np.asarray(self.truth)
            usable = rows.given & np.isfinite(rows.values).all(axis=1)
            if not usable[chosen].all():
                lacking = int((~usable[chosen]).sum())
                return Finding.failed(
                    f"expected a number for each id, found none for {lacking:,}", details=rows.problems
                )
            if rows.values[0].size != truth[0].size:
                return Finding.failed(f"expected {truth[0].size} numbers for each id, found {rows.values[0].size}")
            score = metrics.squared_errors(rows.values[chosen].reshape(-1, truth[0].size), truth[chosen])
            return judged(score, cut_offs, self._words("mean squared error", part), unit="", notes=rows.problems[:4])

        return self._block(check)

    def _block(
        self, check: Callable[[Evidence], Finding], cut_offs: CutOffs | None = None, part: Part = "all"
    ) -> Block:
        form = self.form()
        return Block(
            check,
            (self._probe,),
            hidden=self.hidden,
            preview=self._previewed if self.hidden else form.preview,
            artefact=Demand(self, (self.file,), cut_offs, {"chosen": lambda: self._part(part)}) if cut_offs else None,
        )

    def _previewed(self, evidence: Evidence) -> Finding:
        self._rows(evidence)
        return Finding.ungraded("the score is worked out when the work is graded; here the file is only read")

    def _rows(self, evidence: Evidence) -> MatchedRows:
        return _read(evidence, self)

    def _part(self, part: Part) -> Array:
        everything = np.ones(len(self.ids), dtype=bool)
        return (
            everything if part == "all" or not self.public_share else self.public if part == "public" else ~self.public
        )

    def _words(self, what: str, part: Part) -> str:
        return what if part == "all" or not self.public_share else f"{what} of the {part} part"

    def _said(self, rows: MatchedRows) -> Array:
        """The class of each id; -1 where there is none."""
        values = self._of_interest(rows)
        if values.shape[1] > 1:
            picked = np.where(np.isnan(values), -np.inf, values).argmax(axis=1)
        else:
            whole = np.where(np.isfinite(values[:, 0]), values[:, 0], -1)
            near = (whole == np.round(whole)) & (np.abs(whole) < 2**31)
            if len(self.names) == 2 and not near.all() and (whole[rows.given] >= 0).all() and (whole <= 1).all():
                return np.where(rows.given, whole > 0.5, -1).astype(np.int64)  # the second class's probability
            picked = np.where(near, whole, -1).astype(np.int64)
        inside = rows.given & (picked >= 0) & (picked < len(self.names))
        return np.where(inside, picked, -1).astype(np.int64)

    def _of_interest(self, rows: MatchedRows) -> Array:
        """One column, or one for each class."""
        width = rows.values.shape[1]
        if width not in (1, len(self.names)):
            raise MissingEvidence(
                f"{self.file}: expected a class for each id, or {len(self.names)} probabilities, found {width} columns"
            )
        return rows.values

    def _problems(self, rows: MatchedRows) -> Iterator[str]:
        values = rows.values[rows.given]
        infinite = int(np.isinf(values).any(axis=1).sum())
        if infinite:
            yield f"{infinite:,} predictions are infinite"
        if not self.names or not len(values) or infinite:
            return
        if (width := values.shape[1]) == len(self.names):
            yield from _of_probabilities(values)
        elif width == 1:
            yield from _of_classes(values[:, 0], len(self.names))
        else:
            yield f"{width} columns beside the ids, where 1 or {len(self.names)} were asked for"

    def _kind(self, values: Array) -> str:
        if not self.names:
            return "a number"
        return f"{values.shape[1]} probabilities" if values.shape[1] > 1 else "a class"

    def _hint(self, rows: MatchedRows, said: Array, truth: Array) -> str | None:
        problems = [*rows.problems, *self._problems(rows)]
        if rows.given.mean() < 0.9 and any("missing" in problem for problem in problems):
            return "what is missing counts as wrong: write one row for each id that was handed out"
        if (said < 0).mean() > 0.1 and (hint := advice_on(problems, HINTS, most=1)):
            return hint
        return metrics.hint_on(said, truth, len(self.names))

    def _other_part(self, right: Array, part: Part) -> Iterator[str]:
        """The other part's score, and whether the two can be of the same predictions."""
        if part == "all" or not self.public_share or not self.public.any() or self.public.all():
            return
        mine, other = right[self._part(part)], right[~self._part(part)]
        score = Score(other.astype(float))
        low, high = score.interval
        name = "public" if part == "private" else "private"
        yield f"the {name} part: {score.right} of {score.count} ({score.value:.1%}; {low:.1%} to {high:.1%})"
        share = right.mean()
        spread = math.sqrt(max(share * (1 - share), 1e-9) * (1 / len(mine) + 1 / len(other)))
        if abs(mine.mean() - other.mean()) > SURPRISING * spread:
            yield "the two parts differ by more than chance: were predictions chosen by the public score?"

    @cached_property
    def _probe(self) -> Ask:
        asked = {"file": self.file, "patterns": list(self.patterns), "most": MOST_BYTES}
        digest = sha256(repr(asked).encode()).hexdigest()[:8]
        return Ask(f"predictions-{digest}", "predictions", [{"id": "file", **asked}], library=True, alone=True)


def _of_classes(values: Array, count: int) -> Iterator[str]:
    whole = values == np.round(values)
    if count == 2 and not whole.all() and ((values >= 0) & (values <= 1)).all():
        return  # the second class's probability
    if not whole.all():
        yield f"{int((~whole).sum()):,} predictions are no whole numbers: {values[~whole][0]:g}"
        return
    outside = (values < 0) | (values >= count)
    if outside.any():
        from_one = values.min() == 1 and values.max() == count
        more = ": classes seem to be counted from 1" if from_one else f": {values[outside][0]:g}"
        yield f"{int(outside.sum()):,} classes are out of range (0 to {count - 1}){more}"


def _of_probabilities(values: Array) -> Iterator[str]:
    outside = ((values < 0) | (values > 1)).any(axis=1)
    if outside.any():
        yield f"{int(outside.sum()):,} rows hold probabilities out of range (0 to 1)"
    elif (off := np.abs(values.sum(axis=1) - 1) > SUM).any():
        yield f"the probabilities of {int(off.sum()):,} rows do not add up to 1"


def _file(evidence: Evidence, asked: Predictions) -> str:
    """The file that counts. Raises MissingEvidence where there is none, or several."""
    paths = [file.path for file in evidence.submission.files]
    found = found_files(paths, asked.file, list(asked.patterns))
    if len(found) == 1:
        return found[0]
    if found:
        raise MissingEvidence(f"expected {asked.file}, found {', '.join(found[:6])}", ours=True)
    unread = [one for one in evidence.submission.left_out if found_files([one.path], asked.file, list(asked.patterns))]
    if unread:
        raise MissingEvidence(f"{unread[0].path} was not read: {unread[0].why}", ours=True)
    if evidence.submission.problem or evidence.submission.ambiguous:
        raise evidence.why_missing()
    raise MissingEvidence(
        f"expected predictions in {asked.file}, found {', '.join(paths[:6]) or 'nothing'}", hint=TABLE
    )


@remembered
def _read(evidence: Evidence, asked: Predictions) -> MatchedRows:
    file = _file(evidence, asked)
    frame = answers(evidence, asked._probe.id, file)["file"]
    if (broken := text(frame.header.get("broken"))) is not None:
        raise MissingEvidence(f"{file} {broken[:400]}")
    labels: Mapping[str, int] | None = {name.lower(): place for place, name in enumerate(asked.names)} or None
    ids = [str(one) for one in asked.ids]
    try:
        if (array := numbers(frame.arrays.get("array"))) is not None:
            return _of_array(array, len(ids))
        table = frame.arrays.get("table")
        if table is None or table.dtype != np.uint8:
            raise MissingEvidence(f"{file}: nothing came back of it")
        rows: Rows = read_table(table.tobytes(), ids, labels or ())
        return matched(rows, ids, labels)
    except NoTable as error:
        raise MissingEvidence(f"{file} {error}", hint=TABLE) from None


def _of_array(array: Array, count: int) -> MatchedRows:
    if array.ndim not in (1, 2) or len(array) != count or not array.size:
        shape: Any = " × ".join(map(str, array.shape)) or "a single number"
        raise NoTable(f"has the shape {shape}: expected one prediction for each of {count:,} ids, in their order")
    values = array.reshape(count, -1).astype(np.float64)
    given = np.asarray(~np.isnan(values).any(axis=1))
    problems = () if given.all() else (f"{int((~given).sum()):,} predictions are no numbers",)
    return MatchedRows(values, given, problems)
