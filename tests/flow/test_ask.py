"""Code of an assignment's own in the sandbox: asked case by case, in a new box after one that died."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_examples import SEED, Script, assignment, ended, submission

from grader.collect.collect import collect
from grader.evidence import MissingEvidence
from grader.probes import Ask
from grader.readings import answers
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Frame, Limits, Status

INSIDE = """
import numpy as np
from inside.arrays import as_array


def answer(session, case):
    if case["id"] == "other file":
        return {"found": session.load_file("other.py").namespace["other"]()}, {}
    return {"found": session.namespace[case["function"]]()}, {"squares": np.arange(3) ** 2}
"""
STUDENT = """
import os

def two(): return 2

def leaves(): os.kill(os.getpid(), 9)

def never_ends():
    while True: pass

def fails(): raise ValueError("no")

two() + fails()
"""
CASES = [
    {"id": "two", "function": "two"},
    {"id": "fails", "function": "fails"},
    {"id": "leaves", "function": "leaves"},
    {"id": "again", "function": "two"},
    {"id": "endless", "function": "never_ends"},
    {"id": "other file"},
    {"id": "nothing", "function": "nothing"},
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asks")
    (folder / "inside").mkdir()
    (folder / "inside" / "questions.py").write_text(INSIDE)
    made = assignment(
        probes=(Ask("own", "questions", CASES, seconds=0.5),),
        code="definitions",
        folder=folder,
        limits=Limits(cpu_s=20, wall_s=200),
        entry={"two": 1},
    )
    work = submission({"main.py": STUDENT, "other.py": "def other(): return 'there'\n"})
    return collect(work, made, BubblewrapSandbox(), seed=SEED)


def test_an_answer_comes_back_with_its_arrays(found):
    answer = answers(found, "own")["two"]

    assert answer.header["found"] == 2
    assert answer.arrays["squares"].tolist() == [0, 1, 4]


def missing(found, case):
    with pytest.raises(MissingEvidence) as raised:
        answers(found, "own", "the function")[case]
    return raised.value.reason, raised.value.ours


def test_an_exception_of_the_student_is_the_students(found):
    assert missing(found, "fails") == ("the function raised ValueError: no", False)


def test_an_exception_of_the_probe_is_ours(found):
    assert missing(found, "nothing") == ("the function raised KeyError: 'nothing'", True)


def test_a_box_that_died_costs_only_the_case_that_killed_it(found):
    answered = answers(found, "own")

    assert [run.status for run in found.executions] == [Status.NO_RESULT, Status.EXITED]
    assert "leaves" not in answered
    assert missing(found, "leaves") == ("the program did not finish: " + found.executions[0].reason, False)
    assert answered["again"].header["found"] == 2


def test_a_case_that_does_not_end_is_given_up_and_the_students(found):
    reason, ours = missing(found, "endless")

    assert "longer than 0.5 s of CPU time" in reason
    assert not ours


def test_another_file_can_be_asked_as_well(found):
    assert answers(found, "own")["other file"].header["found"] == "there"


def asking(number):
    return Frame({"kind": "asking", "number": number})


SMALL = assignment(probes=(Ask("own", "questions", CASES),), code="definitions", limits=Limits(cpu_s=8))
WORK = submission({"main.py": "def get_stats(): pass\n", "report.PDF": b"%PDF", "notes.txt": "hello"})


def test_a_new_box_gets_what_cpu_time_is_left_but_never_too_little():
    box = Script(
        [
            ended(Status.NO_RESULT, asking(0)),
            replace(ended(Status.NO_RESULT, asking(1)), usage=replace(ended().usage, cpu_s=7.5)),
            ended(),
        ]
    )

    collect(WORK, SMALL, box, seed=SEED)

    assert [command.request["answered"] for command in box.commands] == [0, 1, 2]
    assert [command.limits.cpu_s for command in box.commands] == [8, 7, 2]


@pytest.mark.parametrize("number", [-1, 0, True, "1", None, 10**9])
def test_a_box_that_claims_no_progress_is_not_followed_for_ever(number):
    box = Script([ended(Status.NO_RESULT, asking(0)), *[ended(Status.NO_RESULT, asking(number))] * 5])

    found = collect(WORK, SMALL, box, seed=SEED)

    assert len(found.executions) == 2


def test_documents_are_read_in_boxes_that_hold_nothing_else():
    box = Script([ended(), ended(Status.EXITED, Frame({"kind": "page", "text": "hello"}))])

    found = collect(WORK, replace(SMALL, documents=("*.pdf",)), box, seed=SEED)

    command = box.commands[1]
    assert (command.program, dict(command.files), dict(command.arrays)) == ("document", {"report.PDF": b"%PDF"}, {})
    assert [frame.header["text"] for frame in found.document_frames("report.PDF")] == ["hello"]


def test_of_too_many_documents_those_nearest_to_the_top_are_read():
    papers = {f"a/papers/{number}.pdf": b"%PDF" for number in range(9)}
    box = Script([ended()] * 6)

    found = collect(submission({**papers, "report.pdf": b"%PDF"}), replace(SMALL, documents=("*.pdf",)), box, seed=SEED)

    assert len(found.documents()) == 5
    assert "report.pdf" in found.documents()


def test_student_code_cannot_send_what_looks_like_a_document():
    forged, real = Frame({"kind": "page", "text": "forged"}), Frame({"kind": "page", "text": "real"})
    box = Script([ended(Status.EXITED, forged, forged), ended(Status.EXITED, real)])

    found = collect(WORK, replace(SMALL, documents=("*.pdf",)), box, seed=SEED)

    assert found.document_frames("report.PDF") == (real,)
    assert found.of_kind("page") == [forged, forged]


def test_a_document_that_ends_its_box_is_missing_by_its_own_fault():
    box = Script([ended(), ended(Status.OUT_OF_MEMORY)])

    found = collect(WORK, replace(SMALL, documents=("*.pdf",)), box, seed=SEED)

    with pytest.raises(MissingEvidence, match="could not be read") as missing:
        found.document_frames("report.PDF")
    assert not missing.value.ours


def test_a_sandbox_that_failed_at_a_document_is_our_fault():
    box = Script([ended(), ended(Status.SANDBOX_FAILED), ended(Status.SANDBOX_FAILED)])

    found = collect(WORK, replace(SMALL, documents=("*.pdf",)), box, seed=SEED)

    with pytest.raises(MissingEvidence) as missing:
        found.document_frames("report.PDF")
    assert missing.value.ours


def test_an_assignment_without_code_reads_documents_only():
    box = Script([ended()])

    found = collect(WORK, replace(SMALL, code="none", documents=("*.pdf",)), box, seed=SEED)

    assert [run.mode for run in found.executions] == ["document"]
    assert found.submission.entry is None
