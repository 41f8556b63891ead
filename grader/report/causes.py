"""Why points were lost: marks that one mistake cost belong together, whatever their messages repeat."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.finding import NOT_ATTEMPTED, Outcome
from grader.grading import Grade, Mark
from grader.words import counted

SYNTAX = ("SyntaxError", "IndentationError", "TabError")
ENDED = "the program did not finish"  # the first words of what is missing because a limit ended the program
_ERROR = re.compile(r"(?P<where>[^;:]+?), line (?P<line>\d+), (?P<kind>[A-Za-z_][\w.]*): ")
# What a check says of a definition that a syntax error took away.
_FOLLOWS = re.compile(r"NameError|is not defined|could not be defined|no such definition|earlier error")


@dataclass(frozen=True)
class Cause:
    """One reason and the marks that it cost, in the rubric's order. `title` is empty where it cost a single one."""

    title: str
    marks: tuple[Mark, ...]
    stops: bool = False  # everything else waits until this is mended

    @property
    def lost(self) -> Decimal:
        """The points that it cost."""
        return sum((lost(mark) for mark in self.marks), Decimal(0))

    @property
    def first(self) -> Mark:
        """The mark that shows most of it."""
        return max(self.marks, key=lambda mark: len(mark.finding.exhibits))


def lost(mark: Mark) -> Decimal:
    """Points that the criterion still holds; nothing while it is open."""
    return Decimal(0) if mark.points is None else mark.points_possible - mark.points


def causes_of(grade: Grade) -> list[Cause]:
    """Every reason for which points were lost, the costliest first; what stops everything else before them."""
    groups: dict[str, list[Mark]] = defaultdict(list)
    for mark in grade.marks:
        if lost(mark) > 0:
            groups[_key(mark, grade)].append(mark)
    causes = [_cause(key, marks, grade) for key, marks in groups.items()]
    return sorted(causes, key=lambda cause: (not cause.stops, -cause.lost))


def _key(mark: Mark, grade: Grade) -> str:
    if mark.by_hand is not None or mark.finding.outcome is Outcome.PARTIAL:
        return f"alone {mark.criterion}"
    return "stopped" if stopped_by_the_run(mark, grade) else mark.finding.message


def stopped_by_the_run(mark: Mark, grade: Grade) -> bool:
    """Whether the mark was lost because of how the program ended, and not for what it computes."""
    finding, run = mark.finding, grade.execution
    words = f"{finding.message} {finding.hint}"
    if finding.outcome is not Outcome.FAILED or run.status == "exited":
        return False
    if finding.message.startswith(ENDED):
        return True
    errors = list(_ERROR.finditer(run.reason))
    if any(one["kind"] in words and f"line {one['line']}" in words for one in errors):
        return True
    return any(one["kind"] in SYNTAX for one in errors) and bool(_FOLLOWS.search(words))


def _cause(key: str, marks: Sequence[Mark], grade: Grade) -> Cause:
    if key == "stopped":
        return Cause(_how_it_stopped(grade), tuple(marks), stops=True)
    if len(marks) == 1:
        return Cause("", tuple(marks))
    first = marks[0].finding.message
    if first.startswith(NOT_ATTEMPTED):
        return Cause(first, tuple(marks))
    return Cause(f"One reason for {counted(len(marks), 'criterion', 'criteria')}", tuple(marks))


def _how_it_stopped(grade: Grade) -> str:
    errors = list(_ERROR.finditer(grade.execution.reason))
    syntax = [one for one in errors if one["kind"] in SYNTAX]
    if syntax:
        places = [f"{one['where'].strip()}, line {one['line']}" for one in syntax]
        return f"{'A syntax error' if len(places) == 1 else 'Syntax errors'} in {' and in '.join(places)}"
    if errors:
        return f"Your program stopped in {errors[0]['where'].strip()}, line {errors[0]['line']}"
    return {
        "timed_out": "Your program ran out of time",
        "cpu_exceeded": "Your program ran out of time",
        "out_of_memory": "Your program ran out of memory",
        "too_much_output": "Your program wrote too much",
    }.get(grade.execution.status, "Your program did not finish")
