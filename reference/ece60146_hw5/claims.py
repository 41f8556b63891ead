"""What a report claims: learning rates, accuracies, numbers of layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.checks import Document, Line, NumberTable, labelled_tables
from grader.checks import TextRole as Role

from .papers import label, words_of

NET3_NAME = re.compile(r"\bnet[\s_-]*3\b", re.IGNORECASE)
NET3 = re.compile(r"\bnet[\s_-]*3\b|\bhw[\s_-]*0?4|homework[\s_-]*0?4", re.IGNORECASE)
_BORROWED = re.compile(
    r"(?:data\s?sets?|data|subset|images|pipelines?|routines?|code|data\s?loaders?)\s+(?:\w+\s+){0,2}?"
    r"(?:of|from|in|for)\s+(?:hw|homework)[\s_-]*0?4"
    r"|(?:hw|homework)[\s_-]*0?4(?:['’]?s)?\s+(?:coco\s+)?"
    r"(?:data|test|valid|train|image|subset|pipeline|routine|code)\w*",
    re.IGNORECASE,
)  # what homework 5 takes over from homework 4
HW5 = re.compile(r"\bhw[\s_-]*0?5|homework[\s_-]*0?5|skip|bme", re.IGNORECASE)
OTHER_DATA = re.compile(r"\bcifar", re.IGNORECASE)  # the handout's optional part
OWN_DATA = re.compile(r"\bcoco\b", re.IGNORECASE)
_RATE = re.compile(
    r"(?P<plain>\d+(?:\.\d+)?e[-−–]\s?0?\d+|0?\.0\d+|0\.\d+)"
    r"|(?:(?P<factor>\d(?:\.\d+)?)\s?[×x*·⋅]\s?)?10\s?\^?\s?\{?\(?[-−–]\s?(?P<power>\d)\)?\}?",
    re.IGNORECASE,
)
_RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED, "-0123456789")
_NO_RATE = re.compile(
    r"(?:decay|momentum|eps(?:ilon)?|ε|drop-?out|betas?|gamma|threshold)[\s_\w]{0,10}[=:(]?\s*$", re.IGNORECASE
)
_SPEAKS_OF_RATE = re.compile(r"learning[\s-]*rates?|\blrs?\b|step[\s-]sizes?|η", re.IGNORECASE)
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
class Accuracy:
    """A claimed accuracy from 0 to 1; `unit` is one step of its last digit. `rate` is None if none is named with it."""

    value: float
    unit: float
    rate: float | None
    page: int
    text: str
    net3: bool = False

    def agrees(self, measured: float, slack: float = 0.0) -> bool:
        """Whether rounding or cutting off digits explains the difference."""
        return abs(self.value - measured) <= self.unit + slack + 1e-9

    @property
    def words(self) -> str:
        """As a percentage."""
        return f"{100 * self.value:.4g} %"


def rates(text: str) -> list[float]:
    """The learning rates in a text that speaks of learning rates, in order."""
    if not _SPEAKS_OF_RATE.search(text):
        return []
    text = re.sub(f"[{_RAISED}]+", lambda found: "^" + found[0].translate(_LOWERED), text)
    found = [(match.start(), rate) for match in _RATE.finditer(text) if (rate := _rate(match)) is not None]
    return list(dict.fromkeys(rate for _, rate in found))


def _rate(match: re.Match[str]) -> float | None:
    after = match.string[match.end() : match.end() + 2].lstrip()
    if after.startswith("%") or _NO_RATE.search(match.string[: match.start()]):
        return None
    if plain := match["plain"]:
        value = float(re.sub(r"[−–]\s?", "-", plain).replace("- ", "-"))
    else:
        value = float(match["factor"] or 1) * 10.0 ** -int(match["power"])
    value = float(f"{value:.6g}")
    return value if 1e-7 <= value <= 0.1 else None


def without_borrowed(text: str) -> str:
    """A text without what homework 5 takes over from homework 4: its data set is no mention of its network."""
    return _BORROWED.sub("", text)


def rate_words(rate: float) -> str:
    """`0.001`, `1e-05`."""
    return f"{rate:g}"


def accuracies(document: Document) -> list[Accuracy]:
    """The claimed accuracies, those of homework 4's network marked."""
    found = [claim for text, page in words_of(document) for claim in _in_text(text, page)]
    found += [claim for item in labelled_tables(document) if item.table for claim in _in_table(item.table, label(item))]
    found += _in_rows(document)
    named = {(claim.value, claim.page) for claim in found if claim.rate is not None or claim.net3}
    found = [claim for claim in found if claim.rate is not None or claim.net3 or (claim.value, claim.page) not in named]
    return list({(claim.value, claim.rate, claim.page, claim.net3): claim for claim in found}.values())


def _in_text(text: str, page: int) -> Iterator[Accuracy]:
    if not _SPEAKS_OF_ACCURACY.search(text) or _TRAINING.search(text):
        return
    text = without_borrowed(text)
    values = [found for found in _values(text) if not _is_of_another_metric(text, found[0])]
    named = rates(text)
    paired: list[float | None] = [None] * len(values)
    if len(named) == len(values) or len(named) == 1:
        paired = [named[min(index, len(named) - 1)] for index in range(len(values))]
    old = _net3s([at for at, _, _ in values], text)
    for (at, value, unit), rate in zip(values, paired, strict=True):
        if not is_about(text, at, OTHER_DATA, OWN_DATA):
            net3 = at == old if old is not None else is_about(text, at, NET3, HW5)
            yield Accuracy(value, unit, rate, page, text[:300], net3)


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


def _net3s(places: Sequence[int], text: str) -> int | None:
    """Of several numbers beside homework 4's network and one that is not known by name, the place of the former's."""
    name = NET3.search(text)
    if name is None or HW5.search(text) or len(places) < 2:
        return None
    return min(places, key=lambda at: at - name.end() if at >= name.end() else 3 * (name.start() - at))


def is_about(text: str, at: int, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    """Whether a number is about the one and not the other: whichever is named last before it, else first after it."""
    if not (one.search(text) and other.search(text)):
        return one.search(text) is not None
    if beside := re.match(r"[\d.]+\s?(?:%|percent)?\s*\(([^)]*)\)", text[at:]):  # 61.2 % (HW5Net)
        named = [pattern.search(beside[1]) is not None for pattern in (one, other)]
        if any(named) and not all(named):
            return named[0]
    before = [max((m.end() for m in pattern.finditer(text[:at])), default=-1) for pattern in (one, other)]
    if max(before) >= 0:
        return before[0] > before[1]
    after = [min((m.start() for m in pattern.finditer(text[at:])), default=10**6) for pattern in (one, other)]
    return after[0] < after[1]


def is_of_other_data(label: str) -> bool:
    """Whether a label speaks of the optional data set; of both, whether it comes first."""
    other, own = OTHER_DATA.search(label), OWN_DATA.search(label)
    return other is not None and (own is None or other.start() < own.start())


def _values(text: str) -> Iterator[tuple[int, float, float]]:
    """Place, value and unit of what may be an accuracy."""
    percents = [match for match in _PERCENT.finditer(text) if not _DIFFERENCE.search(text[: match.start()])]
    for match in percents:
        value = float(match[1])
        if value <= 100:
            yield match.start(), value / 100, 10.0 ** -(len(match[1].partition(".")[2]) + 2)
    if not percents:
        named = rates(text)
        for match in _SHARE.finditer(text):
            if float(match[1]) not in named:
                yield match.start(), float(match[1]), 10.0 ** -len(match[1].partition(".")[2])


def _in_table(table: NumberTable, label: str) -> Iterator[Accuracy]:
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
    if is_of_other_data(label):
        return
    rate_at = next((place for place, head in enumerate(heads) if _SPEAKS_OF_RATE.search(head)), None)
    for values, row in zip(table.rows, table.row_labels or [""] * len(table.rows), strict=False):
        value = values[column]
        share = value / 100 if value > 1 or table.percent or "%" in heads[column] else value
        named = rates(f"learning rate {row}")
        rate = values[rate_at] if rate_at is not None else (named[0] if named else None)
        unit = _unit(share)
        yield Accuracy(share, unit, rate, table.page, f"{row} {value:g}".strip(), bool(NET3.search(row)))


def _unit(share: float) -> float:
    """One step of the last digit of a percentage that was read as a number."""
    digits = f"{100 * share:.6g}".partition(".")[2]
    return 10.0 ** -(len(digits) + 2)


def _in_rows(document: Document) -> Iterator[Accuracy]:
    """Rows of a table whose head speaks of accuracy, read as lines: `1e-3 | 62.4 %`."""
    head: str | None = None
    before: Line | None = None
    for line in document.lines:
        if line.role is not Role.TABLE:
            head, before = None, line
            continue
        if before is not None and before.page == line.page and _is_accuracy_head(before):
            head = before.text
        before = line
        if _is_accuracy_head(line):
            head = line.text
        elif head is not None:
            values = list(_values(line.text)) or [(0, value, unit) for value, unit in _bare(line.cells)]
            named = rates(f"learning rate {line.text}")
            behind = _columns_behind(head)
            for _, value, unit in values[len(values) - behind - 1 : len(values) - behind]:
                left = [rate for rate in named if abs(rate - value) > 1e-9]
                yield Accuracy(
                    value, unit, left[0] if left else None, line.page, line.text[:300], bool(NET3.search(line.text))
                )


def _columns_behind(head: str) -> int:
    """How many columns of other metrics follow that of the accuracy."""
    accuracy = max((found.start() for found in _SPEAKS_OF_ACCURACY.finditer(head)), default=0)
    return sum(found.start() > accuracy for found in _OTHER_METRIC.finditer(head))


def _is_accuracy_head(line: Line) -> bool:
    """Whether a line heads the columns of a table of accuracies."""
    short = line.role in (Role.TABLE, Role.HEADING, Role.PROSE) and len(line.words) <= HEAD
    return short and _SPEAKS_OF_ACCURACY.search(line.text) is not None and not re.search(r"\d", line.text)


def _bare(cells: Iterable[str]) -> Iterator[tuple[float, float]]:
    """Percentages whose sign stands in the head of the column."""
    for cell in cells:
        if found := re.fullmatch(r"\s*(\d{1,2}\.\d{1,3})\s*", cell):
            yield float(found[1]) / 100, 10.0 ** -(len(found[1].partition(".")[2]) + 2)
