"""The parts of `mlp_cw2`'s grading: what measured spreads allow, result files, names of layers, forgeries."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from core_examples import evidence

from grader.assess import assess
from grader.catalog import load_assignment
from grader.checks import BlockBehaviour, Normalised
from grader.evidence import FileRecord
from grader.finding import Outcome
from grader.sandbox.protocol import Frame

ROOT = Path(__file__).parents[3]
HEAD = "train_acc,train_loss,val_acc,val_loss"


@pytest.fixture(scope="module")
def cw2():
    """Modules of the loaded assignment, by name."""
    loaded = load_assignment("mlp_cw2", ROOT / "reference")
    names = ("diagnosis", "result_files", "spread", "cases")
    parts = {name.rpartition(".")[2]: importlib.import_module(f"reference_mlp_cw2.{name}") for name in names}
    return SimpleNamespace(assignment=loaded, **parts)


@pytest.mark.parametrize("budget", ["full", "quick"])
def test_every_budget_tells_networks_that_train_from_the_broken_one(cw2, budget):
    limit = cw2.spread.loss_limit(budget, "training")

    for network in (cw2.spread.BATCH_NORM, cw2.spread.RESIDUAL):
        assert cw2.spread.after(network, budget).largest[0] < limit
    assert cw2.spread.after(cw2.spread.BROKEN, budget).least[0] > limit


def test_the_full_budget_tells_them_apart_in_evaluation_mode_and_shows_the_healthy_network(cw2):
    assert cw2.spread.loss_limit("full", "evaluation") is not None
    assert cw2.spread.after(cw2.spread.HEALTHY, "full").median[0] < cw2.spread.loss_limit("full", "training")


def test_the_gradient_of_the_broken_network_lies_many_decades_below_the_limit(cw2):
    limit = cw2.spread.gradient_limit()

    assert cw2.spread.gradients(cw2.spread.BROKEN).largest[0] < 1e-6 * limit
    assert cw2.spread.gradients(cw2.spread.BATCH_NORM).least[0] > 1e6 * limit


def csv_file(rows, head=HEAD):
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


FLAT = [(0.01, 4.61, 0.01, 4.61)] * 4
RISING = [(4.0 - 0.5 * n, 0.1 * n, 4.1 - 0.5 * n, 0.1 * n) for n in range(1, 5)]  # accuracies under the losses' names
FALLING = [(0.1 * n, 4.0 - 0.5 * n, 0.1 * n, 4.1 - 0.5 * n) for n in range(1, 5)]


def handed_in(files, settings=()):
    frames = [Frame({"kind": "csv", "path": path, "text": text, "whole": True}) for path, text in files.items()]
    lines = [list(pair) for pair in settings]
    answer = {"kind": "ask", "probe": "results", "case": "files", "count": len(files), "settings": lines}
    return evidence(*frames, Frame(answer))


def diagnosed(cw2, files, settings=()):
    return cw2.diagnosis.check(handed_in(files, settings))


def test_results_that_show_the_difference_pass_whatever_the_order_of_columns(cw2):
    swapped = csv_file([(d, c, b, a) for a, b, c, d in FALLING], "val_loss,val_acc,train_loss,train_acc")

    found = diagnosed(cw2, {"runs/vgg08/summary.csv": swapped, "runs/vgg38/summary.csv": csv_file(FLAT)})

    assert found.outcome is Outcome.PASSED, found.message


def test_accuracies_may_be_percentages(cw2):
    falling, flat = (csv_file([(100 * a, b, 100 * c, d) for a, b, c, d in rows]) for rows in (FALLING, FLAT))

    found = diagnosed(cw2, {"VGG_08/summary.csv": falling, "VGG_38/summary.csv": flat})

    assert found.outcome is Outcome.PASSED, found.message


def test_files_that_a_spreadsheet_saved_are_read(cw2):
    files = {
        f"VGG_{name}/summary.csv": "\ufeff" + csv_file(rows).replace("\n", "\r\n")
        for name, rows in (("08", FALLING), ("38", FLAT))
    }

    assert diagnosed(cw2, files).outcome is Outcome.PASSED


def test_a_run_that_went_on_with_another_one_may_have_a_low_loss_from_the_beginning(cw2):
    low = [(0.6, 1.2 - 0.01 * n, 0.5, 1.5) for n in range(4)]

    found = diagnosed(cw2, {"VGG_08/summary.csv": csv_file(low), "VGG_38/summary.csv": csv_file(FLAT)})

    assert found.outcome is Outcome.PASSED, found.message


def test_a_broken_run_under_another_name_counts_when_there_is_no_other(cw2):
    found = diagnosed(cw2, {"VGG_08/summary.csv": csv_file(FALLING), "exp_3/summary.csv": csv_file(FLAT)})

    assert found.outcome is Outcome.PASSED, found.message


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"VGG_08/summary.csv": csv_file(FALLING)}, "no results of VGG_38"),
        ({"VGG_08/summary.csv": csv_file(FLAT), "VGG_38/summary.csv": csv_file(FALLING)}, "expected a loss that"),
        ({"VGG_08/summary.csv": csv_file(RISING), "VGG_38/summary.csv": csv_file(FLAT)}, "expected a loss that falls"),
        ({"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": csv_file([(0, "nan", 0, 4)] * 4)}, "nan"),
        ({"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": csv_file([(0, 4.6)] * 4)}, "4 values"),
        ({"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": 'a,"b\n'}, "VGG_38/summary.csv"),
        ({}, "found none"),
    ],
    ids=["one missing", "swapped", "columns swapped", "not a number", "cells missing", "no csv", "nothing"],
)
def test_results_that_do_not_show_it_fail_and_say_why(cw2, files, said):
    found = diagnosed(cw2, files)

    assert found.outcome is Outcome.FAILED
    assert said in " ".join((found.message, *found.details))


def test_rows_are_compared_with_the_epochs_that_a_script_names(cw2):
    line = ("run.sh", "python train.py --num_epochs 9 --experiment_name VGG_38 --block_type conv_block")

    found = diagnosed(cw2, {"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": csv_file(FLAT)}, [line])

    assert "4 rows for 9 epochs" in found.message


def test_rows_are_never_compared_with_a_default_number_of_epochs_nor_with_another_run(cw2):
    default = ("arg_extractor.py", "parser.add_argument('--num_epochs', type=int, default=100)")
    other = {"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": csv_file(FLAT[:3])}

    found = diagnosed(cw2, other, [default])

    assert found.outcome is Outcome.PASSED
    assert "VGG_08 has 4 rows, VGG_38 has 3 rows" in " ".join(found.details)


def test_more_rows_than_epochs_are_no_mistake(cw2):
    line = ("run.sh", "python train.py --num_epochs 3 --experiment_name VGG_38 --block_type conv_block")

    assert (
        diagnosed(cw2, {"VGG_08/summary.csv": csv_file(FALLING), "VGG_38/summary.csv": csv_file(FLAT)}, [line]).outcome
        is Outcome.PASSED
    )


FIRST_LOSSES = {
    "VGG_08": (
        (4.827323, 4.5659676),
        (4.3888855, 4.136276),
        (3.998175, 3.8678854),
        (3.784943, 3.6687074),
        (3.6023798, 3.4829779),
        (3.4196754, 3.3093607),
    ),
    "VGG_38": (
        (4.8649125, 4.630689),
        (4.6264124, 4.618983),
        (4.621914, 4.6184525),
        (4.619472, 4.6164784),
        (4.6168556, 4.6138463),
        (4.6156826, 4.6139345),
    ),
}


def official(name, ending="\n", more=0):
    """The beginning of the course's own file."""
    losses = FIRST_LOSSES[name] + FIRST_LOSSES[name][-1:] * more
    return csv_file([(0.01, train, 0.01, validation) for train, validation in losses]).replace("\n", ending)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_courses_own_files_count_whatever_their_lengths_and_line_ends(cw2, ending):
    scripts = [("run.sh", f"python train.py --num_epochs 100 --experiment_name {name}") for name in FIRST_LOSSES]
    files = {
        f"{name}/result_outputs/summary.csv": official(name, ending, more=name == "VGG_08") for name in FIRST_LOSSES
    }

    found = diagnosed(cw2, files, scripts)

    assert found.outcome is Outcome.PASSED, found.message
    assert found.message.count("the course's own file") == 2


def test_the_students_own_runs_come_before_the_courses(cw2):
    files = {f"VGG_{name}/result_outputs/summary.csv": official(f"VGG_{name}") for name in ("08", "38")}
    own = {"mine/vgg08_run/summary.csv": csv_file(FALLING), "mine/vgg38_run/summary.csv": csv_file(FLAT)}

    found = diagnosed(cw2, files | own)

    assert found.outcome is Outcome.PASSED
    assert "mine/vgg08_run" in found.message
    assert "mine/vgg38_run" in found.message


@pytest.mark.parametrize("shared", [False, True])
def test_a_batch_normalization_in_two_places_is_wrong(shared):
    acting = Normalised(convolutions=2, after=2, before=0)
    seen = BlockBehaviour(2, acting, registered=2, evaluating=2, updated=True, shared=shared)

    assert ("two places" in (seen.batch_norm_problem() or "")) is shared


@pytest.mark.parametrize("criterion", ["batch_norm", "residual"])
def test_a_block_that_the_grader_cannot_make_is_left_to_a_person(cw2, criterion):
    error = "inside.building.CannotCall: unexpected required parameter 'inner'"
    block = {"kind": "block", "class": "Residual", "file": "m.py", "error": error, "in_student_code": False}
    broken = {"kind": "block", "class": "Broken", "file": "m.py", "error": "ValueError: no", "in_student_code": True}

    assert assess(cw2.assignment, evidence(Frame(block)))[criterion].outcome is Outcome.UNGRADED
    assert assess(cw2.assignment, evidence(Frame(broken)))[criterion].outcome is Outcome.FAILED


JUNK = [
    {"kind": "block"},
    {"kind": "block", "flags": 3, "parameters": [["w", [10**9, 10**9]]], "training": {}, "evaluation": []},
    {"kind": "ask", "probe": "grad_flow", "case": "VGG_08", "attempts": [{"curves": "x", "names": 4}, 7]},
    {"kind": "ask", "probe": "grad_flow", "case": "VGG_38", "attempts": [{"curves": [{"ticks": [[1]]}], "error": 1}]},
    {"kind": "ask", "probe": "blocks", "case": "all", "problems": 3},
    {"kind": "ask", "probe": "networks", "case": "batch_norm", "blocks": 1, "budget": [], "training": 2},
    {"kind": "made", "case": "batch_norm", "training": {"nodes": 1}},
    {"kind": "ask", "probe": "networks", "case": "residual", "same_as": "batch_norm"},
    {"kind": "ask", "probe": "results", "case": "files", "settings": [[1], 2]},
    {"kind": "csv", "path": 1, "text": None},
    {"kind": "csv", "path": "VGG_38/summary.csv", "text": HEAD + "\n" + "1,2,3,4\n" * 6000, "whole": True},
]


def test_frames_that_say_nonsense_earn_nothing_and_break_nothing(cw2, caplog):
    arrays = {"0.curve.0.x": np.zeros((2, 2)), "0.curve.0.y": np.array([True]), "losses": np.zeros(3)}
    frames = tuple(Frame(header, arrays) for header in JUNK)

    findings = assess(cw2.assignment, evidence(*frames))

    del findings["discussion"]
    assert {finding.outcome for finding in findings.values()} == {Outcome.FAILED}
    assert not caplog.records


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("report.pdf", "PDF"), ("notes.docx", "Word document")], "report: report.pdf"),
        ([("report.docx", "Word document")], "report: report.docx (a Word document)"),
        ([("model.py", "text")], "no PDF was handed in"),
    ],
    ids=["a PDF", "a Word document", "no report"],
)
def test_whoever_grades_the_discussion_is_told_of_a_report_in_any_format(cw2, files, said):
    found = evidence(files=tuple(FileRecord(path, 1, "0" * 64, kind) for path, kind in files))

    assert assess(cw2.assignment, found)["discussion"].details[0] == said
