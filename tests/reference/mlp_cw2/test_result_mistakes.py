"""The commonest real mistakes in result files: message and hint name each, and right files in other forms pass."""

from __future__ import annotations

import json

import pytest
from core_examples import evidence
from coursework import part, said

from grader.sandbox.protocol import Frame

HEAD = "train_acc,train_loss,val_acc,val_loss"
FALLING = [(0.1 * n, 4.0 - 0.5 * n, 0.1 * n, 4.1 - 0.5 * n) for n in range(1, 5)]
FLAT = [(0.01, 4.61, 0.01, 4.61)] * 4
LINE = "python train.py --num_epochs 9 --experiment_name VGG_38 --block_type conv_block"
EIGHT, DEEP = "VGG_08/result_outputs/summary.csv", "VGG_38/result_outputs/summary.csv"


def table(rows, head=HEAD, apart=","):
    lines = [head.split(","), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(apart.join(line) for line in lines) + "\n"


RIGHT = {EIGHT: table(FALLING), DEEP: table(FLAT)}


def judged(files, *lines):
    frames = [Frame({"kind": "csv", "path": path, "text": text, "whole": True}) for path, text in files.items()]
    settings = [["run.sh", line] for line in lines]
    answer = {"kind": "ask", "probe": "results", "case": "files", "count": len(files), "settings": settings}
    return part("diagnosis").check(evidence(*frames, Frame(json.loads(json.dumps(answer)))))


def with_deep(text):
    return {**RIGHT, DEEP: text}


MISTAKES = {
    "only the tests' results": (
        {EIGHT.replace("summary", "test_summary"): "test_acc,test_loss\n0.5,1.9\n"},
        "found 1 of the tests alone",
        "summary.csv",
    ),
    "nothing at all": ({}, "found none", "hand in the folders of the experiments"),
    "one network only": ({EIGHT: table(FALLING)}, "no results of VGG_38", "of that experiment"),
    "the wrong way round": (
        {EIGHT: table(FLAT), DEEP: table(FALLING)},
        "VGG_08/result_outputs/summary.csv: expected a loss that falls, found training loss 4.61 to 4.61",
        "VGG_08 trains as it is given",
    ),
    "the repaired network": (with_deep(table(FALLING)), "expected a loss that stays", "before it is repaired"),
    "stopped early": (RIGHT, "4 rows for 9 epochs, which its own script names", "let the run end"),
    "other columns": (
        with_deep(table(FLAT, "acc,loss,val_acc,val_loss")),
        "found no train_acc, train_loss",
        "its first line included",
    ),
    "the first line left out": (
        with_deep(table(FLAT[1:], "0.01,4.61,0.01,4.61")),
        "found no train_acc, train_loss, val_acc, val_loss",
        "its first line included",
    ),
    "no epoch": (with_deep(table([])), "expected a row for every epoch, found none", "let the run end"),
    "one epoch": (with_deep(table(FLAT[:1])), "expected a row for every epoch, found 1 row", "let the run end"),
    "an empty file": (with_deep(""), "it is empty", "as the framework writes it"),
    "not a number": (with_deep(table([(0, "nan", 0, 4)] * 4)), "found nan", "did not diverge"),
    "tensors": (
        with_deep(table([(0, "tensor(4.6)", 0, 4)] * 4)),
        "expected a number in row 2, column train_loss, found 'tensor(4.6)'",
        "item()",
    ),
    "a cell missing": (with_deep(table([*FLAT, (0.01, 4.6)])), "4 values in row 6, found 2", "the framework writes it"),
    "numbers that somebody made up": (
        {**RIGHT, EIGHT: table([(0.02 * n, 4.6 - 0.1 * n, 0.02 * n, 4.6 - 0.1 * n) for n in range(30)])},
        "VGG_08/result_outputs/summary.csv: train_acc: 30 points in a row lie on a straight line",
        "of a run that took place",
    ),
    "made up and rounded": (
        {**RIGHT, EIGHT: table([(0.1, round(4.6 - 0.0937 * n, 2), 0.1, 4.6) for n in range(30)])},
        "train_loss: all 30 points lie on a straight line but for rounding",
        "of a run that took place",
    ),
    "impossible accuracies": (
        with_deep(table([(250, 4.6, 0, 4.6)] * 4)),
        "expected train_acc between 0 and 1",
        "a share of the images",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_usual_mistake_in_the_results_is_named(kind):
    files, message, hint = MISTAKES[kind]

    found = judged(files, *([LINE] if kind == "stopped early" else []))

    assert found.outcome.value == "failed", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


def comma(rows):
    return [[str(cell).replace(".", ",") for cell in row] for row in rows]


FORMS = {
    "as the framework writes them": RIGHT,
    "many epochs, and a loss that never changes": {
        EIGHT: table([(0.4 - 0.4 * 0.9**n, round(4.6 * 0.95**n, 2), 0.3, 4.0) for n in range(30)]),
        DEEP: table(FLAT[:1] * 30),
    },
    "an index in front": {
        path: table([(n, *row) for n, row in enumerate(rows)], f",{HEAD}")
        for path, rows in ((EIGHT, FALLING), (DEEP, FLAT))
    },
    "semicolons": {EIGHT: table(FALLING, apart=";"), DEEP: table(FLAT, apart=";")},
    "semicolons and decimal commas": {EIGHT: table(comma(FALLING), apart=";"), DEEP: table(comma(FLAT), apart=";")},
    "tabs": {EIGHT: table(FALLING, apart="\t"), DEEP: table(FLAT, apart="\t")},
    "the head of a spreadsheet": {path: "sep=,\n" + text for path, text in RIGHT.items()},
    "a new head where training went on": with_deep(table(FLAT) + table(FLAT)),
    "names of their own": {"results/vgg8_baseline.csv": table(FALLING), "results/vgg38_baseline.csv": table(FLAT)},
    "another run that is repaired": {**RIGHT, "VGG_38_BN/result_outputs/summary.csv": table(FALLING)},
    "more columns": {
        path: text.replace("\n", ",1\n").replace("val_loss,1", "val_loss,lr") for path, text in RIGHT.items()
    },
    "spaces": {path: text.replace(",", ", ") for path, text in RIGHT.items()},
}


@pytest.mark.parametrize("kind", FORMS)
def test_right_results_pass_in_any_form(kind):
    found = judged(FORMS[kind])

    assert found.outcome.value == "passed", said(found)
