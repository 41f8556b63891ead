"""Which of one student's lost marks hang together: a mistake is carried on into what uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from grader.batch.source_code import parts_of
from grader.grading import Grade, Mark
from grader.groups.reasons import kind_of
from grader.groups.sets import Sets
from grader.report.causes import causes_of
from grader.submission import SubmittedFile

_WORD = re.compile(r"[A-Za-z_]\w*")
_PARTS = re.compile(r"\w+|[^\w\s]")
_IDENTIFIER = re.compile(r"\w*(?:_|[a-z][A-Z])\w*")  # as programs name things, and sentences do not
NOT_TRIED = "was not tried: no earlier function"
FIGURES = re.compile(r"(?:found|expected|holds) #")  # what was computed: two functions are not wrong in the same way


def together(grade: Grade, files: Sequence[SubmittedFile]) -> dict[str, int]:
    """A number for each criterion without a person's mark; those with the same number lost points for one reason.

    One reason is: the run's end; the same words but for what they speak of; an earlier result that was not there; and
    of two definitions that are wrong, that one uses the other. Without `files` nobody knows what uses what.
    """
    marks = [mark for mark in grade.marks if mark.by_hand is None and mark.points != mark.points_possible]
    place = {mark.criterion: number for number, mark in enumerate(marks)}
    sets = Sets(len(marks))
    for cause in causes_of(grade):
        known = [place[mark.criterion] for mark in cause.marks if mark.criterion in place]
        for one, other in pairwise(known):
            sets.join(one, other)
    uses = used_names(files)
    names = [_names(mark, uses) for mark in marks]
    for one, other in combinations(range(len(marks)), 2):
        if _carried(marks[one], marks[other], names[one], names[other], uses):
            sets.join(one, other)
    for number, mark in enumerate(marks[1:], start=1):
        if NOT_TRIED in mark.finding.message:
            sets.join(number - 1, number)
    return {criterion: sets.of(number) for criterion, number in place.items()}


def _carried(one: Mark, other: Mark, ours: set[str], theirs: set[str], uses: Mapping[str, set[str]]) -> bool:
    if one.points is None or other.points is None:
        return False
    if same_but_for_a_name(one.finding.message, other.finding.message):
        return True
    if ours & theirs:
        return one.finding.outcome is other.finding.outcome
    return bool(ours & _reached(theirs, uses) or theirs & _reached(ours, uses))


def same_but_for_a_name(one: str, other: str) -> bool:
    """Whether two messages say the same of two definitions, and no figures that each of them computed."""
    ours, theirs = _PARTS.findall(kind_of(one)), _PARTS.findall(kind_of(other))
    if len(ours) != len(theirs) or FIGURES.search(kind_of(one)):
        return False
    pairs = {(left, right) for left, right in zip(ours, theirs, strict=True) if left != right}
    return len(pairs) <= 1 and all(_IDENTIFIER.fullmatch(word) for pair in pairs for word in pair)


def _names(mark: Mark, uses: Mapping[str, set[str]]) -> set[str]:
    """The student's definitions that a mark speaks of."""
    return set(_WORD.findall(f"{mark.criterion} {mark.finding.message}")) & set(uses)


def _reached(names: set[str], uses: Mapping[str, set[str]]) -> set[str]:
    """What definitions use, and what that uses, without themselves."""
    found: set[str] = set()
    left = set(names)
    while left:
        found |= left
        left = {target for name in left for target in uses.get(name, ())} - found
    return found - names


def used_names(files: Sequence[SubmittedFile]) -> dict[str, set[str]]:
    """For each function and class at the top of a program, which others of them it names."""
    found: dict[str, set[str]] = {}
    for file in files:
        for part in parts_of(file):
            found.update(_definitions("\n".join(part.lines)))
    return {name: names & set(found) - {name} for name, names in found.items()}


def _definitions(text: str) -> Iterator[tuple[str, set[str]]]:
    try:
        tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
