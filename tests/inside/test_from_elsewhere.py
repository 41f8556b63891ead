"""Folders, programs, settings and GPUs of the machine that a script was written on."""

from __future__ import annotations

import pytest
from answering import Answer, Submission, answers
from scripts_from_elsewhere import APPLE, FOLDERS, PROGRAMS

SCRIPTS = {"folders": FOLDERS, "programs": PROGRAMS, "apple": APPLE}


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    return answers({name: Submission({"work.py": text, "data.txt": "mine"}) for name, text in SCRIPTS.items()}, {})


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_runs_to_its_end(asked, name):
    assert (asked[name].errors, asked[name].end) == ([], "exited")


def test_what_is_written_elsewhere_can_be_read_back(asked):
    assert asked["folders"].facts["read back"] == ["hi", "b", [1.0, 1.0], [1.0, 1.0, 1.0]]
    assert asked["folders"].facts["there"] == [True, True, False, ["a.npy", "b.txt", "log.txt"]]


def test_a_file_of_that_name_that_was_handed_in_is_read(asked):
    assert asked["folders"].facts["handed in"][:2] == ["mine", "mine"]
    assert asked["folders"].facts["not handed in"].startswith("FileNotFoundError")


def test_programs_that_are_not_here_print_nothing(asked):
    assert asked["programs"].facts["programs"] == ["", "", 0, "", "hi\n"]


def test_figures_drawn_before_a_hard_exit_are_kept(asked):
    assert [y for _, _, y in asked["programs"].curves] == [[1.0, 2.0, 3.0]]


def test_apples_gpu_is_the_cpu(asked):
    assert asked["apple"].facts["device"] == ["cpu", "cpu", "cpu"]
    assert asked["apple"].facts["default"] == ["cpu"]
