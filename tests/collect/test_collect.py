"""Which file is graded, what the sandbox is asked, and what its answers become. No box is needed."""

from __future__ import annotations

import numpy as np
import pytest
from core_examples import LIMITS, SEED, Script, assignment, data, ended, submission

from grader.assess import assess_one
from grader.collect.collect import collect
from grader.finding import Outcome
from grader.rubric import Criterion
from grader.sandbox.protocol import Execution, Frame, Status

STATS, NET, PLOT = "def get_stats(): pass\n", "class Net: pass\n", "plt.plot(1)\n"
WORK = submission({"main.py": STATS + NET, "notes.txt": "hello"})
SMALL = assignment(limits=LIMITS, full_sizes={"cifar10.size": np.array([9, 9])})
CUT_SHORT = [status for status in Status if status not in ("exited", "sandbox_failed")]


def test_a_box_is_asked_once_if_all_goes_well():
    box = Script([ended(Status.EXITED, Frame({"kind": "loaded"}))])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run"]
    assert [frame.header for frame in found.frames] == [{"kind": "loaded"}]


def test_a_box_gets_the_files_the_data_and_the_limits():
    box = Script([ended()])

    collect(WORK, SMALL, box, seed=SEED, device="cuda")

    (command,) = box.commands
    assert command.files == {"main.py": (STATS + NET).encode(), "notes.txt": b"hello"}
    assert {name: array.tobytes() for name, array in command.arrays.items()} == {
        name: array.tobytes() for name, array in data(SEED).items()
    }
    assert (command.program, command.limits, command.device) == ("student", LIMITS, "cuda")
    assert (command.request["entry"], command.request["gpu"]) == ("main.py", True)


def test_how_the_box_ended_is_kept():
    found = collect(WORK, SMALL, Script([ended(Status.EXITED, Frame({}))]), seed=SEED)

    (run,) = found.executions
    assert (run.mode, run.status, run.reason, run.console, run.frames) == ("run", "exited", "it exited", "printed", 1)
    assert (run.wall_s, run.cpu_s, run.peak_mib, run.start_cpu_s, run.device) == (2.0, 1.0, 300, 2.0, "cpu")


def test_what_was_handed_in_is_kept_without_its_contents():
    found = collect(WORK, SMALL, Script([ended()]), seed=SEED)

    assert (found.submission.student, found.submission.entry, found.seed) == ("ada", "main.py", SEED)
    assert found.submission.sha256 == WORK.sha256
    assert [(file.path, file.size, file.sha256) for file in found.submission.files] == [
        (file.path, file.size, file.sha256) for file in WORK.files
    ]


def test_a_sandbox_that_fails_is_asked_once_more():
    box = Script([ended(Status.SANDBOX_FAILED), ended()])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert box.commands[0] is box.commands[1]
    assert [run.status for run in found.executions] == [Status.EXITED]


def test_a_sandbox_that_fails_twice_makes_the_work_ungraded():
    def check(evidence):
        raise evidence.why_missing()

    box = Script([ended(Status.SANDBOX_FAILED), ended(Status.SANDBOX_FAILED)])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert len(box.commands) == 2
    assert assess_one(Criterion("a", "A", 1, check), found).outcome is Outcome.UNGRADED


@pytest.mark.parametrize("status", CUT_SHORT)
def test_a_run_that_was_cut_short_is_asked_for_its_definitions(status):
    early, late = Frame({"kind": "early"}), Frame({"kind": "late"})
    box = Script([ended(status, early), ended(Status.EXITED, late)])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run", "definitions"]
    assert [(run.mode, run.status) for run in found.executions] == [("run", status), ("definitions", Status.EXITED)]
    assert found.frames == (early, late)


def test_the_definitions_are_asked_in_the_same_words_and_on_the_same_data():
    box = Script([ended(Status.TIMED_OUT), ended()])

    collect(WORK, SMALL, box, seed=SEED)

    first, second = box.commands
    assert {**first.request, "mode": "definitions"} == second.request
    assert (first.arrays, first.files, first.limits) == (second.arrays, second.files, second.limits)


def test_definitions_that_are_cut_short_too_are_not_asked_again():
    box = Script([ended(Status.CPU_EXCEEDED), ended(Status.OUT_OF_MEMORY)])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert [run.status for run in found.executions] == [Status.CPU_EXCEEDED, Status.OUT_OF_MEMORY]


def test_a_sandbox_that_fails_at_the_definitions_is_asked_once_more():
    box = Script([ended(Status.TIMED_OUT), ended(Status.SANDBOX_FAILED), ended()])

    collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run", "definitions", "definitions"]


LOOKED_BEYOND = [
    {"kind": "loaded", "errors": [{"kind": "IndexError", "message": "index 4 is out of bounds"}]},
    {"kind": "loaded", "errors": [{"kind": "RuntimeError", "message": "index out of range in self"}]},
    {"kind": "call", "error": "Traceback...\nIndexError: index 5000"},
    {"kind": "call", "phase": "run", "forward_passes": 3, "samples": [{"count": 1}, {"count": 0}, {"count": 1}]},
    {"kind": "call", "phase": "direct", "error": "ValueError: Expected more than 1 value", "samples": [{"count": 0}]},
    {"kind": "call", "phase": "run", "forward_passes": 0, "samples": []},
]


@pytest.mark.parametrize("header", LOOKED_BEYOND)
def test_code_that_looks_for_more_samples_is_run_on_data_of_the_real_size(header):
    box = Script([ended(Status.EXITED, Frame(header)), ended(Status.EXITED, Frame({"kind": "whole"}))])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run", "run"]
    assert [set(command.arrays) - set(data(SEED)) for command in box.commands] == [set(), {"cifar10.size"}]
    assert [frame.header["kind"] for frame in found.frames] == ["whole"]
    assert len(found.executions) == 1


ENOUGH = [
    {"kind": "loaded", "errors": [{"kind": "ValueError"}]},
    {"kind": "call", "phase": "run", "forward_passes": 2, "samples": [{"count": 1}, {"count": 4}]},
    {"kind": "call", "phase": "run", "forward_passes": 2, "left_out": True},
    {"kind": "call", "phase": "direct", "forward_passes": 0, "samples": [], "error": "NameError: x"},
    {"kind": "call", "phase": "peek", "forward_passes": 0, "samples": []},
    {"kind": "call", "phase": "run", "samples": [None, 0, {"count": None}, {"count": [0]}]},
    {"kind": "call", "phase": "run", "samples": {"count": 0}},
]


@pytest.mark.parametrize("header", ENOUGH)
def test_nothing_else_is_a_reason_for_more_data(header):
    box = Script([ended(Status.EXITED, Frame(header))])

    collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run"]


def test_without_a_real_size_more_data_cannot_be_given():
    box = Script([ended(Status.EXITED, Frame(LOOKED_BEYOND[0]))])

    collect(WORK, assignment(), box, seed=SEED)

    assert box.modes == ["run"]


@pytest.mark.parametrize("errors", [3, True, [None, 3, {"a": [[]]}], {"x": {}}, "x" * 10**6, None])
def test_errors_of_any_form_are_only_looked_at(errors):
    box = Script([ended(Status.EXITED, Frame({"kind": "loaded", "errors": errors}))])

    collect(WORK, SMALL, box, seed=SEED)

    assert box.modes == ["run"]


@pytest.mark.parametrize("reason", ["problem", "ambiguous"])
def test_what_a_person_has_to_decide_is_never_run(reason):
    found = collect(submission({"main.py": STATS}, **{reason: "two archives"}), SMALL, Script([]), seed=SEED)

    assert (found.executions, found.frames) == ((), ())
    assert getattr(found.submission, reason) == "two archives"


def test_a_submission_without_the_work_is_never_run():
    found = collect(submission({"essay.pdf": "hello"}), SMALL, Script([]), seed=SEED)

    assert (found.executions, found.submission.entry) == ((), None)


def test_the_stages_are_told_as_they_begin():
    stages = []

    collect(WORK, SMALL, Script([ended(Status.TIMED_OUT), ended()]), seed=SEED, stage=stages.append)

    assert stages == ["running", "asking its definitions"]


def test_an_execution_without_anything_is_kept_as_well():
    found = collect(WORK, SMALL, Script([Execution(Status.NO_RESULT, "nothing"), ended()]), seed=SEED)

    assert found.executions[0].reason == "nothing"
