"""A file of predictions as rows: ids and values, from untrusted bytes; and everything that is wrong with its form."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.csv_lines import csv_lines
from grader.sandbox.protocol import Array
from grader.words import counted, printable

MOST_ROWS, MOST_COLUMNS, MOST_CELL = 2_000_000, 2_000, 200
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
LABEL = re.compile(r"\W*(?:pred\w*|labels?|class|target|category|y)\W*", re.IGNORECASE)
SHOWN = 4


class NoTable(Exception):
    """The file is no table of predictions. The message, which follows its name, is for the student."""


@dataclass(frozen=True, eq=False)
class Rows:
    """`ids` in the file's order (None where it has none), `cells` by row, and the names of its value columns."""

    ids: tuple[str, ...] | None
    cells: tuple[tuple[str, ...], ...]
    names: tuple[str, ...] = ()


def read_table(content: bytes, known: Sequence[str], classes: Collection[str] = ()) -> Rows:
    """The rows of a table as `csv_lines` reads it; ids are found by what they are, and of several columns the only one
    that holds `classes` (in the order of their numbers), or is called so, is the predictions'; those that are called as
    classes are brought into the order of these. Lines above the table that begin with # are left out. Raises NoTable.
    """
    lines = list(_lines(content))
    if not lines:
        raise NoTable("holds no rows")
    if not re.search(r"\d|\w", "".join(lines[0])):
        raise NoTable("is no table of predictions")
    width = Counter(map(len, lines)).most_common(1)[0][0]
    while len(lines) > 1 and lines[0][0].startswith("#") and len(lines[0]) != width:
        lines = lines[1:]  # words above the table
    head = lines[0] if _is_head(lines, known) else None
    body = lines[1:] if head is not None else lines
    if not body:
        raise NoTable("holds a head and no rows")
    odd = [place for place, row in enumerate(lines, start=1) if len(row) != width]
    if odd:
        raise NoTable(f"has {len(lines[odd[0] - 1])} cells in row {odd[0]:,}, and {width} in most others")
    head, body = _without_index(head, body)
    width = len(body[0])
    wanted = {_id(one) for one in known}
    shares = [sum(_id(row[place]) in wanted for row in body) / len(body) for place in range(width)]
    place = _id_column(shares, head, width, body, wanted)
    if place is None:
        return Rows(None, tuple(tuple(row) for row in body), tuple(head or ()))
    others = [at for at in range(width) if at != place]
    taken = _of_predictions(head, body, others, classes)
    values = tuple(tuple(row[at] for at in taken) for row in body)
    return Rows(tuple(_id(row[place]) for row in body), values, tuple(head[at] for at in taken) if head else ())


def _of_predictions(
    head: Sequence[str] | None, body: Sequence[Sequence[str]], others: list[int], classes: Collection[str]
) -> list[int]:
    """The columns that hold predictions: one of classes, by their names or numbers, or one for each class, in order.

    A column that is called `y` and holds no class is a coordinate of a test set that columns were added to.
    """
    named = [at for at in others if sum(_label(row[at]) in classes for row in body) > len(body) / 2]
    if len(named) == 1:
        return named
    if ordered := _in_order(head, others, classes):
        return ordered
    labels = [at for at in others if head and LABEL.fullmatch(head[at])]
    labels = [at for at in labels if not (classes and _most(body, at, _is_fraction))]
    if len(labels) == 1 or not classes:
        return labels if len(labels) == 1 else others
    if len(others) == len(classes) and all(_is_probability(row[at]) for row in body for at in others):
        return others
    numbers = {str(number) for number in range(len(classes))}
    whole = [at for at in others if _most(body, at, lambda cell: _id(cell) in numbers)]
    whole = [at for at in whole if all(_id(row[at]) in numbers for row in body)] or whole
    return whole if len(whole) == 1 else others


def _most(body: Sequence[Sequence[str]], at: int, holds: Callable[[str], bool]) -> bool:
    """Whether something holds for most cells of a column."""
    return sum(holds(row[at]) for row in body) > len(body) / 2


def _is_fraction(cell: str) -> bool:
    return not math.isnan(value := _value(cell, None)) and not value.is_integer()


def _is_probability(cell: str) -> bool:
    return 0 <= _value(cell, None) <= 1


def _in_order(head: Sequence[str] | None, others: Sequence[int], classes: Collection[str]) -> list[int]:
    """Columns whose heads name the classes (`p_green`, `blue`), in the order of those; none where they do not."""
    if head is None or len(others) != len(classes):
        return []
    found = [
        [at for at in others if re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", head[at], re.IGNORECASE)]
        for name in classes
    ]
    places = [at[0] for at in found if len(at) == 1]
    return places if sorted(places) == sorted(others) else []


def _without_index(head: list[str] | None, body: list[list[str]]) -> tuple[list[str] | None, list[list[str]]]:
    """The table without the numbers of rows that pandas writes in front, under a head without a name."""
    numbered = head is not None and len(head) > 2 and re.fullmatch(r"|Unnamed: 0", head[0])
    if head is None or not numbered or not all(row[0].isdigit() for row in body):
        return head, body
    return head[1:], [row[1:] for row in body]


def _lines(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise NoTable("is no text: expected a table as CSV, or an array as NumPy writes it")
    try:
        for number, row in enumerate(csv_lines(text, strict=False)):
            if number > MOST_ROWS or len(row) > MOST_COLUMNS:
                raise NoTable(f"is larger than {MOST_ROWS:,} rows of {MOST_COLUMNS:,} cells")
            yield [cell[:MOST_CELL] for cell in row]
    except csv.Error as error:
        raise NoTable(f"is no table of predictions: {error}") from None


def _is_head(lines: Sequence[Sequence[str]], known: Sequence[str]) -> bool:
    """Whether the first row names the columns: it has no number and no id in it, and others do."""
    wanted = {_id(one) for one in known}
    words = not any(NUMBER.fullmatch(cell) or _id(cell) in wanted for cell in lines[0])
    # Numbers alone may name the columns of probabilities, behind a column whose head is a word.
    mixed = not NUMBER.fullmatch(lines[0][0]) and _id(lines[0][0]) not in wanted
    following = len(lines) == 1 or any(
        NUMBER.fullmatch(cell) or _id(cell) in wanted for row in lines[1:3] for cell in row
    )
    return following and (words or mixed)


def _id_column(
    shares: Sequence[float], head: Sequence[str] | None, width: int, body: Sequence[Sequence[str]], wanted: set[str]
) -> int | None:
    """The column that holds the ids; None where there is none."""
    if width == 1:
        distinct = len({row[0] for row in body})
        return 0 if shares[0] > 0.9 and distinct > 0.9 * len(wanted) and len(wanted) > 100 else None
    called = [
        place
        for place, name in enumerate(head or ())
        if re.fullmatch(r"\W*(?:\w+[ _-])?(?:id|index|file\w*|image|name)\W*", name, re.IGNORECASE)
    ]
    if called:
        return called[0]
    best = max(range(width), key=lambda place: (shares[place], len({row[place] for row in body}), -place))
    return best if shares[best] > 0.2 else 0


def _id(text: str) -> str:
    """An id without what programs add to it: `7.0` is 7, `007` stays."""
    bare = text.strip().strip("'\"")
    return bare[:-2] if re.fullmatch(r"\d+\.0", bare) else bare


@dataclass(frozen=True, eq=False)
class MatchedRows:
    """Values (N × …, float64, NaN where there is none) in the order of the ids that were asked for, and problems with
    the form of the file. `given` says for which ids there is a value that counts.
    """

    values: Array
    given: Array
    problems: tuple[str, ...]


def matched(rows: Rows, ids: Sequence[str], labels: Mapping[str, int] | None) -> MatchedRows:
    """Rows to the ids that they belong to. `labels` are names of classes that may stand in place of numbers.

    Without ids rows count in the order of the ids asked for, if they are as many. An id that comes twice with other
    values has none that counts.
    """
    own, problems = rows.ids, []
    wanted = [_id(one) for one in ids]
    if own is None:
        if len(rows.cells) != len(wanted):
            raise NoTable(
                f"has no ids, and {counted(len(rows.cells), 'row')}: expected one for each of {len(wanted):,}"
            )
        own = tuple(wanted)
    width = len(rows.cells[0])
    if not width:
        raise NoTable("holds ids and no predictions")
    first: dict[str, tuple[str, ...]] = {}
    repeated, contradicted = [], set()
    for name, cells in zip(own, rows.cells, strict=True):
        if name in first:
            repeated.append(name)
            if first[name] != cells:
                contradicted.add(name)
        first.setdefault(name, cells)
    known = set(wanted)
    problems += _said("id comes twice", "ids come twice", list(dict.fromkeys(repeated)))
    problems += _said("id is missing", "ids are missing", [name for name in wanted if name not in first])
    problems += _said("id was not asked for", "ids were not asked for", [name for name in first if name not in known])
    values = np.full((len(wanted), width), np.nan)
    unread = []
    for place, name in enumerate(wanted):
        if name in first and name not in contradicted:
            read = [_value(cell, labels) for cell in first[name]]
            values[place] = read
            if any(math.isnan(one) for one in read):
                unread.append(f"{name}: {first[name][0] or 'nothing'}")
    problems += _said("prediction is no number and no class", "predictions are no numbers and no classes", unread)
    return MatchedRows(values, ~np.isnan(values).any(axis=1), tuple(problems))


def _label(cell: str) -> str:
    return cell.strip("'\" ").lower()


def _value(cell: str, labels: Mapping[str, int] | None) -> float:
    if labels is not None and (found := labels.get(_label(cell))) is not None:
        return float(found)
    plain = cell.replace("−", "-")
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    return float(plain) if NUMBER.fullmatch(plain) else math.nan


def _said(one: str, several: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    listed = ", ".join(printable(name, 40) for name in names[:SHOWN])
    return [f"{len(names):,} {one if len(names) == 1 else several}: {listed}{', …' * (len(names) > SHOWN)}"]
