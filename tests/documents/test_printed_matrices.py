"""Matrices as programs print them: numpy, torch, lists, pandas; one after the other, with signs and separators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from pdf_files import Item, Text, paragraph, pdf
from reading_documents import read_here

from grader.documents import NumberTable, labelled_tables

NAMES = ("boat", "cake", "couch", "dog", "cycle")
ONE = np.array(
    [[310, 20, 30, 25, 15], [22, 300, 28, 30, 20], [35, 25, 280, 40, 20], [20, 30, 42, 290, 18], [10, 15, 25, 20, 330]]
)
TWO = ONE[::-1, ::-1]
PROSE = (
    "The network with skip connections learns at both learning rates, since the gradients that reach",
    "its first layers are large enough there, and it is better than the one without them was.",
)


def tables(*texts: str, size: float = 9, font: str = "C") -> Sequence[NumberTable]:
    """The tables of a page with lines of output between two paragraphs."""
    lines = [line for text in texts for line in text.split("\n")]
    shown: list[Item] = [Text(line, 72, 150 + 1.2 * size * n, size, font) for n, line in enumerate(lines) if line]
    return read_here(pdf([*paragraph(*PROSE), *shown, *paragraph(*PROSE, y=560)])).number_tables


def rows(table: NumberTable) -> list[list[float]]:
    return np.array(table.rows)[-5:, -5:].tolist()


def as_tensor(matrix: np.ndarray, head: str = "tensor(", tail: str = ")") -> str:
    lines = [", ".join(f"{value:>3}" for value in row) for row in matrix]
    return f"{head}[[" + f"],\n{' ' * len(head)} [".join(lines) + f"]]{tail}"


def as_frame(matrix: np.ndarray, names: Sequence[object] = NAMES) -> str:
    head = " " * 8 + "".join(f"{name!s:>7}" for name in names)
    return "\n".join(
        [
            head,
            *(
                f"{name!s:<8}" + "".join(f"{value:>7}" for value in row)
                for name, row in zip(names, matrix, strict=True)
            ),
        ]
    )


def behind_names(row: str) -> Callable[[np.ndarray], str]:
    """Rows printed one by one, each behind the name of its class."""

    def text(matrix: np.ndarray) -> str:
        parts = zip(NAMES, matrix, strict=True)
        return "\n".join(row.format(at, name, ", ".join(map(str, part))) for at, (name, part) in enumerate(parts))

    return text


def as_markdown(matrix: np.ndarray) -> str:
    parts = zip(NAMES, matrix, strict=True)
    return "\n".join(f"| {name:<6} | " + " | ".join(f"{value:>4}" for value in part) + " |" for name, part in parts)


def as_grid(matrix: np.ndarray) -> str:
    rule = "+--------" + "+------" * 5 + "+"
    return "\n".join([rule, *(part for line in as_markdown(matrix).split("\n") for part in (line, rule))])


FORMS = {
    "names and lists": behind_names("{1}: [{2}]"),
    "names and numbers": lambda matrix: behind_names("{0} ({1}): {2}")(matrix).replace(", ", " "),
    "markdown": as_markdown,
    "a grid": as_grid,
    "numpy": str,
    "repr": repr,
    "tensor": as_tensor,
    "tensor with a type": lambda matrix: as_tensor(matrix, tail=", dtype=torch.int32)"),
    "tensor on a device": lambda matrix: as_tensor(matrix, tail=", device='cuda:0')"),
    "named": lambda matrix: as_tensor(matrix, "cm = np.array("),
    "list": lambda matrix: str(matrix.tolist()).replace("], [2", "],\n[2"),
    "list without spaces": lambda matrix: str(matrix.tolist()).replace(" ", "").replace("],[", "],\n["),
    "frame": as_frame,
    "frame of numbers": lambda matrix: as_frame(matrix, range(5)),
    "floats": lambda matrix: str(matrix.astype(float)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_printed_matrix_is_whole(form: str):
    (table,) = tables(FORMS[form](ONE))

    assert rows(table) == ONE.tolist()


@pytest.mark.parametrize("between", [(), ("",), ("Learning rate 1e-4:",)], ids=["nothing", "a gap", "a line"])
@pytest.mark.parametrize("form", FORMS)
def test_two_printed_one_after_the_other_are_two(form: str, between: tuple[str, ...]):
    first, second = tables(FORMS[form](ONE), *between, FORMS[form](TWO))

    assert [rows(first), rows(second)] == [ONE.tolist(), TWO.tolist()]


def test_plain_numbers_with_a_gap_between_are_two():
    plain = "\n".join(" ".join(f"{value:>4}" for value in row) for row in ONE)

    assert [table.shape for table in tables(plain, "", plain)] == [(5, 5), (5, 5)]


@pytest.mark.parametrize(
    ("cell", "value", "percent"),
    [("{:.1f}%", 77.5, True), ("{:,.0f}", 77500, False), ("{:.3f}", 0.775, False), ("{:.0f}.", 310, False)],
)
def test_signs_and_separators_belong_to_the_numbers(cell: str, value: float, percent: bool):
    scale = value / 310
    lines = ["  ".join(f"{cell.format(scale * count):>8}" for count in row) for row in ONE]

    (table,) = tables("\n".join(lines))

    assert table.rows[0][0] == pytest.approx(value)
    assert (table.shape, table.percent) == ((5, 5), percent)


def test_of_counts_with_their_shares_the_counts_are_read():
    beside = ["   ".join(f"{count:>4} ({count / 4:.1f}%)" for count in row) for row in ONE]
    below = [
        line
        for row in ONE
        for line in ("   ".join(f"{count:>6}" for count in row), "   ".join(f"{count / 4:>5.1f}%" for count in row))
    ]

    for lines in (beside, below):
        (table,) = tables("\n".join(lines))
        assert (rows(table), table.percent) == (ONE.tolist(), False)


def test_a_list_that_wraps_anywhere_is_whole():
    text = str(ONE.tolist())

    (table,) = tables("\n".join(text[at : at + 47] for at in range(0, len(text), 47)))

    assert rows(table) == ONE.tolist()


def test_what_was_printed_before_a_matrix_says_what_it_is():
    lines = ["Confusion matrix, learning rate 1e-3:", str(ONE), "cm_small =", as_tensor(TWO)]
    shown = [Text(line, 72, 150 + 11 * n, 9, "C") for n, line in enumerate("\n".join(lines).split("\n"))]

    first, second = labelled_tables(read_here(pdf([*paragraph(*PROSE), *shown])))

    assert "learning rate 1e-3" in first.inside
    assert "cm_small" in second.inside


@pytest.mark.parametrize(
    "text", ["[[310, 20], [22, 300, 28]]", "[[a, 20], [22, 300]]", "[[310, 20]]", "[[310, 20], [22, ...]]"]
)
def test_these_are_no_matrices(text: str):
    assert not tables(text)
