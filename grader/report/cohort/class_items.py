"""What a class report says of the criteria: how each came out, how well it tells students apart, why it failed."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.finding import Outcome
from grader.grading import Grade, Mark
from grader.report import wording
from grader.report.causes import lost
from grader.report.cohort.item_statistics import alpha, discrimination, points_table
from grader.report.page import text

MESSAGES = 12
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Column:
    """One criterion and every mark given for it, with the student's grade."""

    letter: str
    criterion: str
    title: str
    possible: Decimal
    marks: tuple[Mark, ...]
    grades: tuple[Grade, ...]

    @property
    def given(self) -> list[Decimal]:
        """Points of the marks made so far."""
        return [mark.points for mark in self.marks if mark.points is not None]

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How often each outcome occurs."""
        return Counter(mark.finding.outcome for mark in self.marks)

    @property
    def lost(self) -> Decimal:
        """Points that the class lost here."""
        return sum((lost(mark) for mark in self.marks), Decimal(0))


def columns_of(grades: Sequence[Grade]) -> list[Column]:
    """The criteria in the rubric's order, each with its marks."""
    marks: dict[str, list[tuple[Mark, Grade]]] = defaultdict(list)
    for grade in grades:
        for mark in grade.marks:
            marks[mark.criterion].append((mark, grade))
    return [
        Column(
            _letter(i),
            criterion,
            text.line(of[0][0].title, 160) or criterion,
            of[0][0].points_possible,
            tuple(mark for mark, _ in of),
            tuple(grade for _, grade in of),
        )
        for i, (criterion, of) in enumerate(marks.items())
    ]


def _letter(index: int) -> str:
    return LETTERS[index % 26] * (index // 26 + 1)


def outcomes_alt(columns: Sequence[Column]) -> str:
    """The outcomes by criterion in words."""
    rows = [
        f"{column.title}: " + ", ".join(f"{column.outcomes[outcome]} {outcome}" for outcome in Outcome)
        for column in columns
    ]
    return "Stacked bars of students by outcome. " + "; ".join(rows) + "."


def item_rows(columns: Sequence[Column], grades: Sequence[Grade]) -> list[dict[str, str]]:
    """Every criterion's row of numbers."""
    points = points_table(grades)
    return [_item_row(column, discrimination(column.criterion, points)) for column in columns]


def _item_row(column: Column, apart: float | None) -> dict[str, str]:
    """A criterion's row of numbers. Difficulty is the mean share of the points: the lower, the harder."""
    given, passed = column.given, column.outcomes[Outcome.PASSED]
    return {
        "letter": column.letter,
        "title": column.title,
        "possible": wording.points(column.possible),
        "mean": short(statistics.mean(given)) if given else "–",
        "difficulty": difficulty(column),
        "discrimination": _shown(apart),
        "met": f"{passed} · {wording.percent(passed, len(column.marks))}",
        "bar_mm": f"{22 * wording.share(passed, len(column.marks)):.2f}",
        "by": _by(column.marks),
        "open": str(column.outcomes[Outcome.UNGRADED]),
    }


def difficulty(column: Column) -> str:
    """The mean share of the points: the lower, the harder."""
    given = column.given
    return f"{float(sum(given, Decimal(0))) / float(column.possible * len(given)):.2f}" if given else "–"


def _by(marks: Sequence[Mark]) -> str:
    """Who grades a criterion: the program, a person, or the one after the other."""
    if any(mark.manual for mark in marks):
        return "person"
    corrected = sum(mark.by_hand is not None for mark in marks)
    return f"program, {corrected} by hand" if corrected else "program"


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def alpha_sentence(grades: Sequence[Grade]) -> str:
    """Cronbach's α for the caption, or nothing."""
    value = alpha(points_table(grades))
    return "" if value is None else f"Cronbach’s α of the whole is {_shown(value)}."


def messages_of(columns: Sequence[Column]) -> list[dict[str, object]]:
    """The commonest messages of failed and partly met criteria; numbers in them are not told apart."""
    found: dict[tuple[str, str], list[tuple[Mark, Grade]]] = defaultdict(list)
    for column in columns:
        for mark, grade in zip(column.marks, column.grades, strict=True):
            if mark.finding.outcome in (Outcome.FAILED, Outcome.PARTIAL) and mark.by_hand is None:
                found[column.letter, re.sub(r"\d+(?:[.,]\d+)*", "#", mark.finding.message[:500])].append((mark, grade))
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "letter": letter,
            "message": wording.sentence(text.line(of[0][0].finding.message, 300)),
            "example": text.name(of[0][1].student),
            "count": len(of),
            "lost": wording.points(sum((lost(mark) for mark, _ in of), Decimal(0))),
        }
        for (letter, _), of in ranked[:MESSAGES]
    ]


def short(value: Decimal | float) -> str:
    """A number to two digits after the point, without needless zeros."""
    return wording.points(Decimal(value).quantize(Decimal("0.01")))
