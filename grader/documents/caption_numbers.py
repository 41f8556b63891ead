"""The numbers of captions: 3, 2.1, A.2, IV; which one follows which, and which is given to two figures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence

from grader.documents.captions import Caption

_ROMAN = {"I": 1, "V": 5, "X": 10}
_CONTINUED = re.compile(r"\bcont(?:inued|inuation|'d|’d|d\.?|\.)|续|續", re.IGNORECASE)
NAMES = 40  # letters at the beginning of a caption, where "continued" stands


def parsed(number: str) -> tuple[int, ...]:
    """The parts of a number: `2.1` → (2, 1), `IV` → (4,), `A.2` → (1001, 2): appendices come after chapters."""
    if re.fullmatch(r"[IVX]+", number):
        return (_roman(number),)
    letter = re.match(r"([A-Z])\.?(?=\d)", number)
    digits = tuple(int(part) for part in re.findall(r"\d+", number))
    if letter is not None:
        return (1000 + ord(letter[1]) - ord("A"), *digits)
    return digits or (0,)


def _roman(number: str) -> int:
    values = [_ROMAN[letter] for letter in number]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def follows(before: str, after: str) -> bool:
    """Whether a number is the next one: the last part goes up by one, or starts at 1 in a later chapter."""
    first, second = parsed(before), parsed(after)
    if len(second) == 1:
        return second[0] == first[0] + 1
    if len(first) == len(second) and first[:-1] == second[:-1]:
        return second[-1] == first[-1] + 1
    return second[-1] == 1 and second[:-1] >= first[: len(second) - 1]


def is_first(number: str) -> bool:
    """Whether numbers may begin with this one: 1, I, or the first of any chapter."""
    return parsed(number)[-1] == 1


def disorder(
    captions: Sequence[Caption], every: Sequence[Caption] = (), once_more: Collection[Caption] = ()
) -> list[str]:
    """What is wrong with the numbers of captions of one kind in reading order, one message a fault.

    Numbers go up by one from 1 on: 1, 2, 3 or 1.1, 1.2, 2.1 or I, II, III. Figures and tables may also be counted
    together: then `every` caption of the document is in order. Parts of one figure share its number, and so does a
    figure that goes on on the next page; `once_more` are captions that name their neighbour's figure once more.
    """
    found: list[str] = []
    for name, group in _by_word(captions).items():
        kept = in_columns([caption for caption in group if caption not in once_more])
        found += _given_twice(kept, name)
        runs = list(dict.fromkeys(caption.number for caption in _runs(kept)))
        gaps = list(_gaps(runs, name))
        found += gaps if gaps and not _counted_together(every, once_more) else []
    return found


def in_columns(captions: Sequence[Caption]) -> list[Caption]:
    """Captions in the order in which they are meant: of two beside each other on a page, either may come first."""
    out: list[Caption] = []
    for _, group in itertools.groupby(captions, key=lambda caption: caption.page):
        here = list(group)
        meant = sorted(here, key=lambda caption: (parsed(caption.number), caption.part))
        out += here if any(_is_above(after, before) for before, after in itertools.combinations(meant, 2)) else meant
    return out


def _is_above(one: Caption, other: Caption) -> bool:
    """Whether one stands above the other in the same column."""
    beside = min(one.box.right, other.box.right) <= max(one.box.left, other.box.left)
    return not beside and one.box.top < other.box.top


def _by_word(captions: Sequence[Caption]) -> dict[str, list[Caption]]:
    """Charts and plates are numbered on their own, whatever their kind."""
    found: dict[str, list[Caption]] = {}
    for caption in captions:
        found.setdefault(caption.series, []).append(caption)
    return found


def _runs(captions: Sequence[Caption]) -> Iterator[Caption]:
    """One caption for each run of the same number."""
    for _, group in itertools.groupby(captions, key=lambda caption: caption.number):
        yield next(group)


def _given_twice(captions: Sequence[Caption], name: str) -> Iterator[str]:
    runs = [caption.number for caption in _runs(captions)]
    again = {number: runs.count(number) for number in runs if runs.count(number) > 1}
    for first, second in itertools.pairwise(captions):
        if first.number == second.number and not _is_same(first, second):
            again[first.number] = again.get(first.number, 1) + 1
    yield from (f"the number {number} is given to {count} {name}s" for number, count in again.items())


def _is_same(first: Caption, second: Caption) -> bool:
    """Whether two captions with one number are of one figure: of its parts, or of its rest."""
    parts = bool(first.part or second.part) and first.part != second.part
    return parts or _CONTINUED.search(second.text[:NAMES]) is not None


def _gaps(numbers: Sequence[str], name: str) -> Iterator[str]:
    if numbers and not is_first(numbers[0]):
        yield f"{name.capitalize()} {numbers[0]} comes first, and there is no {name.capitalize()} 1"
    for before, after in itertools.pairwise(numbers):
        if not follows(before, after):
            yield f"{name.capitalize()} {after} comes after {name.capitalize()} {before}"


def _counted_together(every: Sequence[Caption], once_more: Collection[Caption]) -> bool:
    """Whether figures, tables and listings are counted as one: Figure 1, Table 2, Figure 3."""
    kept = [caption for caption in every if caption not in once_more]
    numbers = [caption.number for caption in _runs(kept)]
    several = len({caption.kind for caption in kept}) > 1
    return several and not list(_gaps(numbers, "figure")) and len(set(numbers)) == len(numbers)
