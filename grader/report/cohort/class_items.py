"""What a class report says of the criteria: how each came out, how well it tells students apart, why it failed."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.finding import NOT_ATTEMPTED, Outcome
from grader.grading import Grade, Mark
from grader.report import wording
from grader.report.causes import Cause, causes_of, lost
from grader.report.cohort.item_statistics import alpha, discrimination, points_table
from grader.report.page import text
from grader.words import counted

EXPLAINED, FEWEST = Decimal("0.9"), 3  # of the points lost; reasons, if there are as many
_NAMED = re.compile(r"\d+(?:[.,]\d+)*|'[^']*'|[\w/]+\.(?:py|ipynb|pdf|csv)")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class MarksColumn:
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


def columns_of(grades: Sequence[Grade]) -> list[MarksColumn]:
    """The criteria in the rubric's order, each with its marks."""
    marks: dict[str, list[tuple[Mark, Grade]]] = defaultdict(list)
    for grade in grades:
        for mark in grade.marks:
            marks[mark.criterion].append((mark, grade))
    return [
        MarksColumn(
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


def outcomes_alt(columns: Sequence[MarksColumn]) -> str:
    """The outcomes by criterion in words."""
    rows = [
        f"{column.title}: " + ", ".join(f"{column.outcomes[outcome]} {outcome}" for outcome in Outcome)
        for column in columns
    ]
    return "Stacked bars of students by outcome. " + "; ".join(rows) + "."


def item_rows(columns: Sequence[MarksColumn], grades: Sequence[Grade]) -> list[dict[str, str]]:
    """Every criterion's row of numbers."""
    points = points_table(grades)
    return [_item_row(column, discrimination(column.criterion, points)) for column in columns]


def _item_row(column: MarksColumn, apart: float | None) -> dict[str, str]:
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


def difficulty(column: MarksColumn) -> str:
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


def reasons_of(grades: Sequence[Grade], columns: Sequence[MarksColumn]) -> tuple[list[dict[str, str]], str]:
    """The reasons that explain nine tenths of the points lost, the costliest first, and a line on all others.

    What a person took off has that person's reason, and is not among them.
    """
    letters = {column.criterion: column.letter for column in columns}
    found: dict[str, list[tuple[Cause, Grade]]] = defaultdict(list)
    for grade in grades:
        for cause in causes_of(grade):
            if cause.first.by_hand is None:
                found[_reason(cause)].append((cause, grade))
    ranked = sorted(found.values(), key=lambda of: (-_sum(of), -len(of), of[0][0].first.criterion))
    whole, told, kept = sum(map(_sum, ranked), Decimal(0)), Decimal(0), list[dict[str, str]]()
    for of in ranked:
        if told >= whole * EXPLAINED and len(kept) >= FEWEST:
            break
        told += _sum(of)
        kept.append(_reason_row(of, letters))
    left, rest = len(ranked) - len(kept), wording.points(whole - told)
    return kept, f"Other: {counted(left, 'reason')}, {rest} of {wording.points(whole)} points." if left else ""


def _sum(of: Sequence[tuple[Cause, Grade]]) -> Decimal:
    return sum((cause.lost for cause, _ in of), Decimal(0))


def _reason(cause: Cause) -> str:
    """What makes two students' causes one reason: the advice on it, or the message but for numbers and names."""
    finding = cause.first.finding
    if cause.stops:
        return cause.title.split(" in ")[0].rstrip("s")
    if finding.message.startswith(NOT_ATTEMPTED):
        return NOT_ATTEMPTED
    words = finding.hint or _NAMED.sub("#", finding.message[:500])
    return f"{cause.first.criterion} {words}"


def _reason_row(of: Sequence[tuple[Cause, Grade]], letters: Mapping[str, str]) -> dict[str, str]:
    cause, grade = of[0]
    criteria = sorted({letters[mark.criterion] for one, _ in of for mark in one.marks})
    message = f"{cause.title}: {grade.execution.reason}" if cause.stops else cause.first.finding.message
    return {
        "letter": ", ".join(criteria),
        "message": wording.sentence(text.line(message, 220)),
        "example": text.name(grade.student),
        "count": str(len({one.student for _, one in of})),
        "lost": wording.points(_sum(of)),
    }


def short(value: Decimal | float) -> str:
    """A number to two digits after the point, without needless zeros."""
    return wording.points(Decimal(value).quantize(Decimal("0.01")))
