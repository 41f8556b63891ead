"""The criterion `figures_numbered`: numbered in order, each referred to in the text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from grader.documents import Caption, Document
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding

from .figures import uncaptioned
from .report import the_report

FIRST = "0"  # before the first figure
_ROMAN = {"I": 1, "V": 5, "X": 10}


def check(evidence: Evidence) -> Finding:
    """Half of the points for numbers in order, half for references."""
    document = the_report(evidence)
    captions = [caption for caption in document.captions if caption.kind == "figure"]
    if not captions:
        found = f"{len(document.figures)} figures without a number" if document.figures else "no figure"
        return Finding.failed(f"expected numbered figures, found {found}", "give each figure a caption with its number")
    mentioned = {mention.number for mention in document.mentions if mention.kind == "figure"}
    disorder = out_of_order(captions) + _unnumbered(document)
    unmentioned = [f"Figure {number} is not referred to in the text" for number in _numbers(captions)
                   if not _is_mentioned(number, mentioned)]  # fmt: skip
    return _finding(captions, disorder, unmentioned, _table(captions, mentioned))


def _finding(captions: Sequence[Caption], disorder: list[str], unmentioned: list[str], table: Table) -> Finding:
    problems = disorder + unmentioned
    if not problems:
        return Finding.passed(f"{len(_numbers(captions))} figures, numbered in order, each referred to in the text",
                              exhibits=(table,))  # fmt: skip
    message = f"expected figures numbered in order and referred to in the text, found: {problems[0]}"
    hint = "number them 1, 2, 3 in the order of the page, and name each number in a sentence"
    half = not disorder and len(unmentioned) < len(_numbers(captions))
    if half:
        return Finding.partial(Fraction(1, 2), message, hint, details=tuple(problems[1:]), exhibits=(table,))
    return Finding.failed(message, hint, details=tuple(problems[1:]), exhibits=(table,))


def _numbers(captions: Sequence[Caption]) -> list[str]:
    return list(dict.fromkeys(caption.number for caption in captions))


def out_of_order(captions: Sequence[Caption]) -> list[str]:
    """What is wrong with the order of numbers: 1, 2, 3 or 1.1, 1.2, 2.1 or I, II, III.

    Parts of one figure may each have a caption, one after the other.
    """
    numbers = [caption.number for caption in captions]
    runs = [number for index, number in enumerate(numbers) if index == 0 or number != numbers[index - 1]]
    again = sorted({number for number in runs if runs.count(number) > 1})
    problems = [f"the number {number} is given to {runs.count(number)} figures" for number in again]
    problems += [f"Figure {after} comes after {f'Figure {before}' if before != FIRST else 'no other'}"
                 for before, after in itertools.pairwise([FIRST, *runs]) if not follows(before, after)]  # fmt: skip
    return problems + _repeated(captions)


def _repeated(captions: Sequence[Caption]) -> list[str]:
    """Neighbours with one number and no letters that tell parts apart."""
    twice = [first for first, second in itertools.pairwise(captions) if first.number == second.number]
    return [f"the number {one.number} is given to several figures" for one in twice if not _is_part(one)]


def _is_part(caption: Caption) -> bool:
    return bool(re.match(rf"\W*\w+\.?\s*{re.escape(caption.number)}\s?\(?[a-h]\b", caption.text, re.IGNORECASE))


def follows(before: str, after: str) -> bool:
    """Whether a figure's number is the next one."""
    first, second = _parts(before), _parts(after)
    if len(second) == 1:
        return second[0] == first[0] + 1
    if len(first) != len(second):
        return second[-1] == 1
    return (second[:-1] == first[:-1] and second[-1] == first[-1] + 1) or (second[-1] == 1 and second[:-1] > first[:-1])


def _parts(number: str) -> tuple[int, ...]:
    if re.fullmatch(r"[IVX]+", number):
        values = [_ROMAN[letter] for letter in number]
        return (sum(-value if value < max(values[index:]) else value for index, value in enumerate(values)),)
    return tuple(int(part) for part in re.findall(r"\d+", number)) or (0,)


def _is_mentioned(number: str, mentioned: set[str]) -> bool:
    return number in mentioned or any(re.fullmatch(rf"{re.escape(number)}[A-H]", other) for other in mentioned)


def _unnumbered(document: Document) -> list[str]:
    return [f"the figure on page {region.page} has no caption with a number" for region in uncaptioned(document)]


def _table(captions: Sequence[Caption], mentioned: set[str]) -> Table:
    rows = tuple(
        (one.number, str(one.page), one.text[:90], "yes" if _is_mentioned(one.number, mentioned) else "no")
        for one in captions
    )
    return Table(
        "figures",
        "Figures of the report",
        "In the order of the pages.",
        ("number", "page", "caption", "referred to"),
        rows,
    )
