"""Which column of a table of predictions holds them."""

from __future__ import annotations

import pytest

from grader.checks.blocks.prediction_tables import matched, read_table

IDS = ["t0001", "t0002", "t0003"]
LABELS = {"red": 0, "green": 1}


@pytest.mark.parametrize(
    "text",
    [
        "id,colour\nt0001,red\nt0002,green\nt0003,red\n",
        "id,x,y,colour\nt0001,0.1,2,red\nt0002,0.5,-1,green\nt0003,1.5,3,red\n",
        "id,colour,x,y\nt0001,Red,0.1,2\nt0002,'green',0.5,-1\nt0003,red,1.5,3\n",
    ],
)
def test_the_column_that_names_classes_holds_the_predictions_whatever_else_is_there(text):
    found = matched(read_table(text.encode(), IDS, LABELS), IDS, LABELS)

    assert found.values.tolist() == [[0], [1], [0]]
    assert found.problems == ()


def test_two_columns_that_name_classes_are_left_as_they_are():
    text = "id,colour,second\nt0001,red,green\nt0002,green,red\nt0003,red,green\n"

    assert matched(read_table(text.encode(), IDS, LABELS), IDS, LABELS).values.shape == (3, 2)


def test_probabilities_stay_a_column_for_each_class():
    text = "id,red,green\nt0001,0.9,0.1\nt0002,0.2,0.8\nt0003,0.7,0.3\n"

    assert matched(read_table(text.encode(), IDS, LABELS), IDS, LABELS).values.shape == (3, 2)


def test_a_word_that_is_no_class_is_told_in_such_a_table_too():
    text = "id,x,colour\nt0001,0.1,red\nt0002,0.5,purple\nt0003,1.5,red\n"

    assert matched(read_table(text.encode(), IDS, LABELS), IDS, LABELS).problems == (
        "1 prediction is no number and no class: t0002: purple",
    )


THREE = {"red": 0, "green": 1, "blue": 2}


@pytest.mark.parametrize(
    "text",
    [
        "id,x,y,colour\nt0001,0.1,2.5,0\nt0002,0.5,-1.5,1\nt0003,1.5,0.3,0\n",
        "id,x,y\nt0001,0,2.5\nt0002,1,-1.5\nt0003,0,0.3\n",
        "id,x,y,z,label\nt0001,0.1,2.5,1,0\nt0002,0.5,-1.5,1,1\nt0003,1.5,0.3,1,0\n",
        "id,red,green,blue,guess\nt0001,0.9,0.1,0.0,0\nt0002,0.2,0.8,0.0,1\nt0003,0.7,0.2,0.1,0\n",
    ],
)
def test_the_column_with_numbers_of_classes_holds_the_predictions_and_no_coordinate_does(text):
    found = matched(read_table(text.encode(), IDS, THREE), IDS, THREE)

    assert found.values.tolist() == [[0], [1], [0]]


@pytest.mark.parametrize("heads", ["blue,green,red", "p_blue,p_green,p_red", "P(blue),P(green),P(red)"])
def test_columns_that_are_called_as_classes_are_brought_into_their_order(heads):
    text = f"id,{heads}\nt0001,0.1,0.2,0.7\nt0002,0.8,0.1,0.1\nt0003,0,1,0\n"

    found = matched(read_table(text.encode(), IDS, THREE), IDS, THREE)

    assert found.values.tolist() == [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0, 1, 0]]


@pytest.mark.parametrize("heads", ["a,b,c", "p0,p1,p2", "red,red,blue", "redder,green,blue"])
def test_columns_of_other_names_stay_where_they_are(heads):
    text = f"id,{heads}\nt0001,0.0,0.3,0.7\nt0002,0.0,0.1,0.9\nt0003,0.0,1,0\n"

    found = matched(read_table(text.encode(), IDS, THREE), IDS, THREE)

    assert found.values.tolist() == [[0, 0.3, 0.7], [0, 0.1, 0.9], [0, 1, 0]]


def test_words_above_the_table_are_left_out():
    text = "# my best network\nid,colour\nt0001,red\nt0002,green\nt0003,red\n"

    assert matched(read_table(text.encode(), IDS, THREE), IDS, THREE).values.tolist() == [[0], [1], [0]]


def test_an_id_that_comes_thrice_is_named_once():
    text = "id,colour\nt0001,red\nt0001,green\nt0001,red\nt0002,green\nt0003,red\n"

    assert matched(read_table(text.encode(), IDS, THREE), IDS, THREE).problems == ("1 id comes twice: t0001",)
