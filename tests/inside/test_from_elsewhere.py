"""Folders, programs, settings and GPUs of the machine that a script was written on."""

from __future__ import annotations

import pytest
from answering import Answer, Submission, answers
from scripts_from_elsewhere import APPLE, FOLDERS, OF_THE_COURSE, OF_THE_STUDENT, PROGRAMS

SCRIPTS = {"folders": FOLDERS, "programs": PROGRAMS, "apple": APPLE}


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    works = {name: Submission({"work.py": text, "data.txt": "mine"}) for name, text in SCRIPTS.items()}
    return answers({**works, "support": Submission(OF_THE_COURSE), "handed out": Submission(OF_THE_STUDENT)}, {})


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


def test_all_ways_to_look_for_a_file_agree(asked):
    answer = asked["handed out"]
    assert (answer.errors, answer.end) == ([], "exited")
    ways = answer.facts["agree"]

    assert [len(set(way)) for way in ways] == [1] * len(ways), ways
    assert [way[0] for way in ways] == [True] * 6 + [False] * 2 + [True] * 4
    assert answer.facts["sizes"] == [len("of the course")] * 5
    assert answer.facts["folders"] == [True, True, True, False]


def test_a_folder_of_the_courses_is_listed_however_one_lists_it(asked):
    facts = asked["handed out"].facts

    assert facts["listed"] == [["a.csv", "deep", "given.tar"]] * 5
    assert facts["read"] == ["a", "b"]
    assert facts["no folder"].startswith("FileNotFoundError")
    assert facts["no folder of a path"].startswith("FileNotFoundError")


def test_what_the_course_handed_out_can_be_copied(asked):
    facts = asked["handed out"].facts

    assert facts["copy"] == facts["copy2"] == facts["copyfile"] == ["of the course"] * 2
    assert facts["tree"] == ["a", "b", True]
    assert facts["libraries"] == [[[1]], True, [1, 2], [3], ["copied.txt"], ["packed.csv"]]
    assert facts["copies nothing"].startswith("FileNotFoundError")
    assert facts["looks at nothing"].startswith("FileNotFoundError")


def test_what_the_course_handed_out_is_read_by_whatever_opens_files(asked):
    facts = asked["handed out"].facts

    assert facts["numbers"] == [[[1, 2]] * 5] * 3
    assert facts["no numbers"].startswith("FileNotFoundError")
    assert facts["nothing lower"].startswith("FileNotFoundError")
    assert facts["own numbers"] == 3


def test_one_may_go_into_a_folder_of_the_courses_and_back(asked):
    facts = asked["handed out"].facts

    assert facts["gone into"] == [["1", "2"], ["numbers.txt"], "measured"]
    assert facts["and back"] == [True, "of the course"]
    assert facts["gone nowhere"].startswith("FileNotFoundError")


def test_in_a_folder_that_both_have_the_students_file_goes_first(asked):
    facts = asked["handed out"].facts

    assert facts["both"] == [["mine.csv", "theirs.csv"]] * 4
    assert sorted(facts["entry"]) == [["mine.csv", True, "mine"], ["theirs.csv", True, "theirs"]]
    assert facts["here"] == [["given.csv"], ["given.csv"], True, False, True]
    assert facts["within"][0] == ["a.csv", "b.csv", "given.csv", "mine.csv", "theirs.csv"]
    assert [len(found) for found in facts["within"]] == [5, 5, 5]


def test_the_grader_itself_finds_what_was_handed_in_alone(asked):
    """What was loaded is the student's: nothing of the course's beside it."""
    loaded = asked["handed out"].loaded

    assert "theirs.py" not in str(loaded)
