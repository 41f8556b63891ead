"""The accuracies that a report claims, in sentences, captions and tables, each with its learning rate and network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.checks.reported.learning_rates import SPEAKS_OF_RATE, learning_rates
from grader.checks.reported.subjects import ReportSubjects, words_of
from grader.documents import Document, Line, LineRole, NumberTable, labelled_tables

_SPEAKS_OF_ACCURACY = re.compile(r"\baccurac(?:y|ies)\b|\bacc\b|classified correctly|correctly classif", re.IGNORECASE)
_OTHER_METRIC = re.compile(
    r"\b(?:m?iou|intersection over union|jaccard|f1(?:[\s-]?score)?|precision|recall|m?ap\b|auc|dice|loss(?:es)?|"
    r"error(?:\s+rate)?|specificity|sensitivity|kappa)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?(?:%|percent)(?!(?:age)?[\s-]*(?:points?|higher|lower|more|less|better|worse|"
    r"improve|increase|gain|drop|decrease))"
)
_SHARE = re.compile(r"(?<![\d.])(0\.\d{2,4}|1\.0+)(?![\d%e])")
HEAD = 8  # words above the columns of a table
_TRAINING = re.compile(r"train(?:ing)?[\s-]+acc|acc\w*\s+(?:on|for|over)\s+(?:the\s+)?train", re.IGNORECASE)
_DIFFERENCE = re.compile(r"(?:by|of about|improve\w* of|gain of|points?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class ClaimedAccuracy:
    """A claimed accuracy from 0 to 1; `unit` is one step of its last digit. `rate` is None if none is named with it.

    `earlier` says that it is about the earlier network, and not about the homework's own.
    """

    value: float
    unit: float
    rate: float | None
    page: int
    text: str
    earlier: bool = False

    def agrees(self, measured: float, slack: float = 0.0) -> bool:
        """Whether rounding or cutting off digits explains the difference."""
        return abs(self.value - measured) <= self.unit + slack + 1e-9

    @property
    def words(self) -> str:
        """As a percentage."""
        return f"{100 * self.value:.4g} %"


def claimed_accuracies(document: Document, about: ReportSubjects) -> list[ClaimedAccuracy]:
    """The claimed accuracies, those of the earlier network marked."""
    found = [claim for text, page in words_of(document) for claim in accuracies_in_text(text, page, about)]
    for item in labelled_tables(document):
        if item.table is not None:
            found += _in_table(item.table, about.label(item), about)
    found += _in_rows(document, about)
    named = {(claim.value, claim.page) for claim in found if claim.rate is not None or claim.earlier}
    found = [
        claim for claim in found if claim.rate is not None or claim.earlier or (claim.value, claim.page) not in named
    ]
    return list({(claim.value, claim.rate, claim.page, claim.earlier): claim for claim in found}.values())


def accuracies_in_text(text: str, page: int, about: ReportSubjects) -> Iterator[ClaimedAccuracy]:
    """Those of one sentence or line; nothing of training accuracies and of other metrics."""
    if not _SPEAKS_OF_ACCURACY.search(text) or _TRAINING.search(text):
        return
    text = about.without_borrowed(text)
    values = [found for found in _values(text) if not _is_of_another_metric(text, found[0])]
    named = learning_rates(text)
    paired: list[float | None] = [None] * len(values)
    if len(named) == len(values) or len(named) == 1:
        paired = [named[min(index, len(named) - 1)] for index in range(len(values))]
    old = _earlier_ones([at for at, _, _ in values], text, about)
    for (at, value, unit), rate in zip(values, paired, strict=True):
        if not about.number_of_other_data(text, at):
            earlier = at == old if old is not None else about.number_of_earlier(text, at)
            yield ClaimedAccuracy(value, unit, rate, page, text[:300], earlier)


def _is_of_another_metric(text: str, at: int) -> bool:
    """Whether a number is an IoU, say: by the name right after it, else by the last name before it."""
    number = re.match(r"[\d.]+\s?(?:%|percent)?\s*(?:\((?=[^)\d]*\)))?", text[at:])
    after = text[at + number.end() :] if number else ""
    if _OTHER_METRIC.match(after):
        return True
    if _SPEAKS_OF_ACCURACY.match(after):
        return False
    others = [found.start() for found in _OTHER_METRIC.finditer(text[:at])]
    own = max((found.start() for found in _SPEAKS_OF_ACCURACY.finditer(text[:at])), default=-1)
    if not others or others[-1] < own:
        return False
    # "accuracy and loss are 62 % and 0.9" begins with the accuracy
    return own < 0 or re.search(r"\d", text[own : others[-1]]) is not None


def _earlier_ones(places: Sequence[int], text: str, about: ReportSubjects) -> int | None:
    """Of several numbers beside the earlier network and one that is not known by name, the place of the former's."""
    name = about.earlier.search(text)
    if name is None or about.own.search(text) or len(places) < 2:
        return None
    return min(places, key=lambda at: at - name.end() if at >= name.end() else 3 * (name.start() - at))


def _values(text: str) -> Iterator[tuple[int, float, float]]:
    """Place, value and unit of what may be an accuracy."""
    percents = [match for match in _PERCENT.finditer(text) if not _DIFFERENCE.search(text[: match.start()])]
    for match in percents:
        value = float(match[1])
        if value <= 100:
            yield match.start(), value / 100, 10.0 ** -(len(match[1].partition(".")[2]) + 2)
    if not percents:
        named = learning_rates(text)
        for match in _SHARE.finditer(text):
            if float(match[1]) not in named:
                yield match.start(), float(match[1]), 10.0 ** -len(match[1].partition(".")[2])


def _in_table(table: NumberTable, label: str, about: ReportSubjects) -> Iterator[ClaimedAccuracy]:
    """A column headed "accuracy": one claim for each row, with the learning rate in the row."""
    heads = table.column_labels
    column = next(
        (
            place
            for place, head in enumerate(heads)
            if _SPEAKS_OF_ACCURACY.search(head) and not re.search(r"train", head, re.IGNORECASE)
        ),
        None,
    )
    if column is None or len(heads[column].split()) > 3 or re.search(r"confusion", label, re.IGNORECASE):
        return
    if about.is_of_other_data(label):
        return
    rate_at = next((place for place, head in enumerate(heads) if SPEAKS_OF_RATE.search(head)), None)
    for values, row in zip(table.rows, table.row_labels or [""] * len(table.rows), strict=False):
        value = values[column]
        share = value / 100 if value > 1 or table.percent or "%" in heads[column] else value
        named = learning_rates(f"learning rate {row}")
        rate = values[rate_at] if rate_at is not None else (named[0] if named else None)
        unit = _unit(share)
        words, earlier = f"{row} {value:g}".strip(), bool(about.earlier.search(row))
        yield ClaimedAccuracy(share, unit, rate, table.page, words, earlier)


def _unit(share: float) -> float:
    """One step of the last digit of a percentage that was read as a number."""
    digits = f"{100 * share:.6g}".partition(".")[2]
    return 10.0 ** -(len(digits) + 2)


def _in_rows(document: Document, about: ReportSubjects) -> Iterator[ClaimedAccuracy]:
    """Rows of a table whose head speaks of accuracy, read as lines: `1e-3 | 62.4 %`."""
    head: str | None = None
    before: Line | None = None
    for line in document.lines:
        if line.role is not LineRole.TABLE:
            head, before = None, line
            continue
        if before is not None and before.page == line.page and _is_accuracy_head(before):
            head = before.text
        before = line
        if _is_accuracy_head(line):
            head = line.text
        elif head is not None:
            values = list(_values(line.text)) or [(0, value, unit) for value, unit in _bare(line.cells)]
            named = learning_rates(f"learning rate {line.text}")
            behind = _columns_behind(head)
            for _, value, unit in values[len(values) - behind - 1 : len(values) - behind]:
                left = [rate for rate in named if abs(rate - value) > 1e-9]
                earlier = bool(about.earlier.search(line.text))
                yield ClaimedAccuracy(value, unit, left[0] if left else None, line.page, line.text[:300], earlier)


def _columns_behind(head: str) -> int:
    """How many columns of other metrics follow that of the accuracy."""
    accuracy = max((found.start() for found in _SPEAKS_OF_ACCURACY.finditer(head)), default=0)
    return sum(found.start() > accuracy for found in _OTHER_METRIC.finditer(head))


def _is_accuracy_head(line: Line) -> bool:
    """Whether a line heads the columns of a table of accuracies."""
    short = line.role in (LineRole.TABLE, LineRole.HEADING, LineRole.PROSE) and len(line.words) <= HEAD
    return short and _SPEAKS_OF_ACCURACY.search(line.text) is not None and not re.search(r"\d", line.text)


def _bare(cells: Iterable[str]) -> Iterator[tuple[float, float]]:
    """Percentages whose sign stands in the head of the column."""
    for cell in cells:
        if found := re.fullmatch(r"\s*(\d{1,2}\.\d{1,3})\s*", cell):
            yield float(found[1]) / 100, 10.0 ** -(len(found[1].partition(".")[2]) + 2)
