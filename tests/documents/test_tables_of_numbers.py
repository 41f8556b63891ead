"""Tables of numbers and their captions as reports have them: flush numbers, pages' ends, rules, long labels."""

from __future__ import annotations

import pytest
from pdf_files import Bar, Item, Text, paragraph, pdf
from reading_documents import read

from grader.documents import Role

NAMES = ("boat", "cake", "couch", "dog", "cycle")
ROWS = tuple(tuple(100 * (row + 1) if row == column else 7 + column for column in range(5)) for row in range(5))
PROSE = (
    "The network with skip connections learns at both learning rates, since the gradients that reach",
    "its first layers are large enough there, and it is better than the one without them was.",
)


def rows(first: int, last: int, y: float, step: float = 14) -> list[Item]:
    """Rows of a matrix, the first of them at a height."""
    found: list[Item] = []
    for place, row in enumerate(range(first, last)):
        at = y + step * place
        found.append(Text(NAMES[row], 100, at))
        found += [Text(str(value), 160 + 50 * column, at) for column, value in enumerate(ROWS[row])]
    return found


def heads(y: float) -> list[Item]:
    return [Text(name, 160 + 50 * column, y) for column, name in enumerate(NAMES)]


def test_numbers_that_are_set_flush_stand_in_one_column():
    large = [
        Text(f"{value:>4}", 160 + 80 * column, 100 + 30 * row, 20, "C")
        for row, values in enumerate(((1200, 7), (8, 1100)))
        for column, value in enumerate(values)
    ]

    (table,) = read(pdf(large)).number_tables

    assert table.rows == ((1200, 7), (8, 1100))


@pytest.mark.parametrize("first", [1, 2, 4])
def test_a_table_that_a_pages_end_divides_is_one(first: int):
    above = [*paragraph(*PROSE, y=90), Text("Table 1: Confusion matrix", 100, 640), *heads(660)]

    document = read(pdf([*above, *rows(0, first, 680)], [*rows(first, 5, 60), *paragraph(*PROSE, y=300)]))

    (table,) = document.number_tables
    assert table.rows == ROWS
    assert table.row_labels == NAMES
    assert (table.page, table.tail and table.tail[0]) == (1, 2)


def test_two_tables_on_two_pages_are_two():
    document = read(pdf(rows(0, 5, 680), rows(0, 5, 60)))

    assert [(table.page, table.shape, table.tail) for table in document.number_tables] == [
        (1, (5, 5), None),
        (2, (5, 5), None),
    ]


def test_a_row_at_the_top_of_several_pages_is_no_header():
    document = read(pdf(rows(0, 5, 60), rows(0, 5, 60)))

    assert [table.shape for table in document.number_tables] == [(5, 5), (5, 5)]


def test_the_rest_of_a_label_and_a_colour_bars_ticks_are_no_rows():
    beside: list[Item] = [Text("steam", 100, 152), Text("300", 460, 168), Text("200", 460, 182)]

    (table,) = read(pdf([*heads(120), *rows(0, 5, 140, 28), *beside])).number_tables

    assert table.rows == ROWS


@pytest.mark.parametrize(
    "title", ["HW5Net, lr = 1e-3, accuracy = 0.639", "Accuracy 63.9 % after 10 epochs", "lr 0.001: 1279 of 2000 right"]
)
def test_a_title_with_numbers_right_above_a_matrix_is_no_items_it(title: str):
    for left in range(160, 320, 20):
        (table,) = read(pdf([Text(title, left, 86), *rows(0, 5, 100)])).number_tables

        assert (table.rows, table.row_labels) == (ROWS, NAMES)


def test_words_between_the_numbers_of_every_row_make_no_titles_of_them():
    cells = [("1e-3", "Adam", "63.9"), ("1e-4", "Adam", "56.5"), ("1e-5", "SGD", "41.2")]
    found = [
        Text(cell, 100 + 80 * at, 100 + 14 * row) for row, line in enumerate(cells) for at, cell in enumerate(line)
    ]

    (table,) = read(pdf(found)).number_tables

    assert table.rows == ((0.001, 63.9), (0.0001, 56.5), (0.00001, 41.2))


def accuracies(*named: tuple[str, str, str]) -> list[Item]:
    """A table of networks, learning rates and accuracies with its heads; the names have numbers in them."""
    lines = [("Network", "lr", "Accuracy"), *named]
    return [
        Text(cell, 100 + 90 * (place > 0) + 50 * place, 100 + 14 * row)
        for row, line in enumerate(lines)
        for place, cell in enumerate(line)
    ]


DEEP = ("Net, depth 32", "1e-3", "63.9"), ("Net, depth 32", "1e-4", "56.5")
DEEPER = ("Net, depth 64", "1e-3", "64.1"), ("Net, depth 64", "1e-4", "62.3")


@pytest.mark.parametrize(
    "named",
    [DEEP, (*DEEP, *DEEPER), (*DEEP, *DEEPER, ("Net 3", "1e-3", "54.7")), (*DEEP, ("plain", "1e-3", "54.7"))],
    ids=["two", "four", "with Net 3", "with one without a number"],
)
def test_numbers_in_the_names_of_rows_belong_to_the_names(named: tuple[tuple[str, str, str], ...]):
    (table,) = read(pdf(accuracies(*named))).number_tables

    assert table.rows == tuple((float(rate), float(share)) for _, rate, share in named)
    assert table.row_labels == tuple(name for name, _, _ in named)
    assert table.column_labels == ("lr", "Accuracy")


def test_a_name_that_comes_again_begins_another_matrix():
    document = read(pdf([*rows(0, 5, 100), *rows(0, 5, 170)]))

    assert [(table.rows, table.row_labels) for table in document.number_tables] == [(ROWS, NAMES), (ROWS, NAMES)]


def test_a_caption_may_follow_right_below_a_row():
    last = [Text(word, 100 + 90 * place, 200) for place, word in enumerate(("Total", "110", "207", "309", "410"))]

    document = read(pdf([*heads(100), *rows(0, 5, 120), *last, Text("Table 2: What comes next", 100, 211)]))

    assert [(caption.kind, caption.number) for caption in document.captions] == [("table", "2")]


def test_a_title_below_the_number_of_a_table_is_its_caption():
    number = Text("TABLE IV", 250, 100, 9)

    document = read(pdf([number, Text("CONFUSION MATRIX OF NET3", 210, 112, 9), *heads(130), *rows(0, 5, 145)]))

    assert [caption.text for caption in document.captions] == ["TABLE IV CONFUSION MATRIX OF NET3"]


def test_rules_around_cells_are_no_figure_with_a_caption_in_it():
    def ruled(y: float) -> list[Item]:
        cells = [Bar(90 + 50 * column, y - 12 + 18 * row, 50, 18, 0.97) for row in range(5) for column in range(7)]
        return [*cells, *rows(0, 5, y, 18)]

    tables = [*ruled(120), Text("Table 1: The first", 100, 207), *ruled(225), Text("Table 2: The second", 100, 312)]

    document = read(pdf([*tables, *paragraph(*PROSE, y=400)]))

    assert [caption.number for caption in document.captions] == ["1", "2"]
    assert [table.rows for table in document.number_tables] == [ROWS, ROWS]


def test_shaded_boxes_of_text_that_touch_are_no_figure():
    boxes = [
        box for y in (80, 145, 210) for box in (Bar(60, y, 480, 62, 0.93), Bar(60, y, 480, 0.8), Bar(60, y, 0.8, 62))
    ]

    document = read(pdf([*boxes, *(line for y in (95, 160, 225) for line in paragraph(*PROSE, y=y))]))

    assert document.figures == ()
    assert all(line.role is Role.PROSE for line in document.lines)


def test_two_matrices_with_recall_beside_each_other_are_two_with_their_titles():
    items: list[Item] = [Text("rate 1e-3", 150, 120, 8, "B"), Text("rate 1e-4", 380, 120, 8, "B")]
    for row, name in enumerate(NAMES):
        y = 140 + 20 * row
        items.append(Text(name, 80, y, 8))
        for left in (130, 360):
            items += [Text(str(value), left + 30 * column, y, 8) for column, value in enumerate(ROWS[row])]
            items.append(Text("77", left + 150, y, 8))

    first, second = read(pdf([*items, *paragraph(*PROSE, y=400)])).number_tables

    assert [row[:5] for row in first.rows] == [row[:5] for row in second.rows] == list(ROWS)
    assert first.row_labels == NAMES
    assert (first.said, second.said) == ("rate 1e-3", "rate 1e-4")
