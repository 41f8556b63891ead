"""Tables with a row for each epoch: read in any form, and what is wrong with one is told."""

from __future__ import annotations

import pytest

from grader.checks import as_fractions, epoch_table, head_of
from grader.checks.logged.epoch_tables import experiment_of

COLUMNS = ("train_loss", "train_acc")
RIGHT = "train_loss,train_acc\n2.5,0.25\n1.5,0.5\n"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        RIGHT.replace(",", ";"),
        RIGHT.replace(",", ";").replace(".", ","),
        RIGHT.replace(",", "\t"),
        RIGHT.replace("\n", "\r\n"),
        "sep=,\n" + RIGHT,
        "\ufeff" + RIGHT,
        RIGHT.replace(",", ", "),
        "epoch,train_acc,train_loss\n1,0.25,2.5\n2,0.5,1.5\n",
        "train_loss,train_acc\n2.5,0.25\ntrain_loss,train_acc\n1.5,0.5\n",
    ],
)
def test_a_table_is_read_in_any_form(text):
    found = epoch_table("runs/first/summary.csv", text, COLUMNS)

    assert found.problem is None
    assert found.columns == {"train_loss": (2.5, 1.5), "train_acc": (0.25, 0.5)}
    assert (found.experiment, found.epochs) == ("first", 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("loss,train_acc\n1,2\n", "expected the columns train_loss, train_acc, found no train_loss"),
        ("train_loss,train_acc\n", "expected a row for every epoch, found none"),
        ("train_loss,train_acc\n1,0.5\n", "found 1 row"),
        (RIGHT + "1\n", "expected 2 values in row 4, found 1"),
        (RIGHT + "nan,0.5\n", "expected train_loss of at least 0 in row 4, found nan"),
        (RIGHT + "-1,0.5\n", "found -1"),
        (RIGHT + "1,half\n", "expected a number in row 4, column train_acc, found 'half'"),
        (RIGHT + "1,250\n", "expected train_acc between 0 and 1, found 250"),
        ('train_loss,"train_acc\n', "unexpected end of data"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(text, problem):
    found = epoch_table("summary.csv", text, COLUMNS)

    assert problem in (found.problem or "")
    assert found.columns == {}
    assert found.epochs == 0


def test_of_a_text_that_is_cut_nothing_is_read():
    assert "larger than" in (epoch_table("summary.csv", RIGHT, COLUMNS, whole=False).problem or "")


def test_percentages_in_one_file_are_percentages_in_all():
    high, low = (epoch_table(name, text, COLUMNS) for name, text in (("a", RIGHT.replace("0.5", "50")), ("b", RIGHT)))

    assert [one.columns["train_acc"] for one in as_fractions([high, low])] == [(0.0025, 0.5), (0.0025, 0.005)]
    assert as_fractions([low]) == [low]


@pytest.mark.parametrize(
    ("path", "name"),
    [("VGG_38/result_outputs/summary.csv", "VGG_38"), ("logs/summary.csv", "summary"), ("a/b/x.csv", "b")],
)
def test_an_experiment_is_called_after_its_folder(path, name):
    assert experiment_of(path) == name


def test_the_first_line_comes_behind_a_spreadsheets_own():
    assert head_of("sep=;\nTrain_Loss;acc\n1;2") == "train_loss;acc"
