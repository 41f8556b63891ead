"""Lines of CSV files as students' programs and their spreadsheets write them."""

from __future__ import annotations

import csv

import pytest

from grader.checks.csv_lines import csv_lines

LINES = [["id", "label"], ["7", "a cat"]]
WRITTEN = {
    "commas": "id,label\n7,a cat\n",
    "blanks around": "id , label\n 7, a cat\n",
    "semicolons, and the line for spreadsheets": "sep=;\r\nid;label\r\n7;a cat\r\n",
    "quoted": '"id","label"\n"7","a cat"\n',
    "tabs, bytes in front, an empty line": "\ufeffid\tlabel\n\n7\ta cat",
    "old line ends": "id,label\r7,a cat\r",
}


@pytest.mark.parametrize("form", WRITTEN)
def test_cells_are_the_same_in_every_form(form):
    assert list(csv_lines(WRITTEN[form])) == LINES


def test_blanks_part_cells_where_nothing_else_does_and_all_lines_have_as_many():
    assert list(csv_lines(" 1.5e-3  2\n3 4\n")) == [["1.5e-3", "2"], ["3", "4"]]
    assert list(csv_lines("predicted label\ncat\n")) == [["predicted label"], ["cat"]]
    assert list(csv_lines("traffic light\nstop sign\n")) == [["traffic light"], ["stop sign"]]


def test_quotes_may_stand_anywhere_where_that_is_allowed():
    assert list(csv_lines('"id" ,label\n7,a "cat"\n', strict=False)) == [["id", "label"], ["7", 'a "cat"']]


def test_an_open_quote_is_no_csv():
    with pytest.raises(csv.Error):
        list(csv_lines('id,label\n7,"a cat\n'))
