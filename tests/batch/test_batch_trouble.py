"""What can go wrong with one submission, one student's folder or the grader itself, beside good submissions."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from core_examples import zip_of, zipped
from tiny_course import Course, FakeSandbox, doubling, write_course

from grader.batch.regrade import regrade_one, report_one
from grader.batch.selection import BatchError
from grader.collect.saved_evidence import ARRAYS, DOCUMENT
from grader.gradebook import GradebookError
from grader.report.model import ReportError
from grader.report.worker import ReportWorkers
from grader.sandbox.protocol import Command, Execution

GOOD = doubling().encode()


def two_archives(folder):
    (folder / "bad.zip").write_bytes(zipped(hw__py=GOOD))
    (folder / "bad.tar.gz.zip").write_bytes(zipped(hw__py=GOOD))
    (folder / "bad.py").write_bytes(GOOD + b"# another version\n")


def way_out(folder):
    (folder / "bad.zip").write_bytes(zip_of([("hw.py", GOOD), ("../../evil.py", GOOD)]))


def bomb(folder):
    (folder / "bad.zip").write_bytes(zip_of([("hw.py", b"#" * 300_000_000)]))


def only_a_link(folder):
    (folder / "bad").mkdir()
    (folder / "bad" / "hw.py").symlink_to("/etc/passwd")


def nothing(folder):
    (folder / "bad").mkdir()


def empty_file(folder):
    (folder / "bad.py").write_bytes(b"")


def no_code(folder):
    (folder / "bad").mkdir()
    (folder / "bad" / "answer.docx").write_bytes(b"PK\x03\x04")


def cut_off_zip(folder):
    (folder / "bad.zip").write_bytes(zipped(hw__py=GOOD)[:40])


TROUBLE = {
    two_archives: "ungraded: two submissions of one student: `bad.py` and `bad.zip`",
    way_out: "failed: unsafe archive: the name `../../evil.py` leads outside it",
    bomb: "ungraded: nothing could be read: left out: hw.py (286.1 MiB, text): larger than 20.0 MiB",
    only_a_link: "failed: expected files, found none",
    nothing: "failed: expected files, found none",
    empty_file: "failed: the program ended without showing it",
    no_code: "failed: expected a Python script or a notebook with the work asked for, found answer.docx",
    cut_off_zip: "ungraded: damaged archive: ",
}


@pytest.fixture(scope="module")
def graded_alone(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("alone"))
    course.submit(ada="2 * x")
    course.grade()
    return (course.out / "ada" / "grade.json").read_bytes()


@pytest.fixture
def alone(course, graded_alone):
    """A good submission's grade when nothing else is there; the same submission is handed in."""
    course.submit(ada="2 * x")
    return graded_alone


@pytest.mark.parametrize("make", TROUBLE, ids=lambda make: make.__name__)
def test_a_bad_submission_has_its_message_and_its_neighbour_the_same_grade_as_without_it(course, alone, make):
    make(course.submissions)

    outcome = course.grade(fresh=True)

    assert course.message("bad").startswith(TROUBLE[make])
    assert (course.out / "ada" / "grade.json").read_bytes() == alone
    assert outcome.needs_a_person is TROUBLE[make].startswith("ungraded")
    assert outcome.problems == ()


def test_source_that_is_not_utf_8_goes_into_the_box_as_it_is(course, alone):
    (course.submissions / "bad.py").write_bytes(b"# caf\xe9\n" + GOOD)
    sandbox = FakeSandbox()

    course.grade(sandbox, fresh=True)

    assert {"bad.py": b"# caf\xe9\n" + GOOD} in [command.files for command in sandbox.commands]
    assert course.json("bad")["points"] == 6


HOSTILE = ("a\nb", "<script>alert(1)<", "=HYPERLINK(1)", "..\\x", "-rf", "\x1b[31mred")


def test_hostile_names_stay_text(course, alone):
    for name in HOSTILE:
        (course.submissions / name).mkdir()
        (course.submissions / name / "hw.py").write_bytes(GOOD)

    outcome = course.grade(fresh=True, pdf=True)

    folders = {path.parent.name for path in course.out.glob("*/grade.json")} - {"ada"}
    assert len(folders) == len(HOSTILE)
    for folder in folders:
        assert set(folder) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        found = json.loads((course.out / folder / "grade.json").read_text())
        assert found["points"] == 6
        assert found["student"].isprintable()
        assert (course.out / folder / "feedback.pdf").exists()
    assert all(row.isprintable() for row in (course.out / "grades.csv").read_text().splitlines())
    assert not any(student.startswith(("=", "+", "-", "@")) for student in course.rows())
    assert outcome.problems == ()
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


def test_a_sandbox_that_raises_leaves_one_student_ungraded(course, alone):
    course.submit(bad="1  # crash the sandbox")

    outcome = course.grade(fresh=True)

    assert outcome.needs_a_person
    assert course.message("bad") == "ungraded: the grader failed: OSError: no processes left"
    assert course.json("bad")["points"] is None
    assert course.json("bad")["points_so_far"] == 0
    assert course.rows()["bad"]["status"] == "ungraded"
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


def test_a_sandbox_that_cannot_be_built_is_tried_twice_and_leaves_the_student_ungraded(course, alone):
    course.submit(bad="1  # no box")
    sandbox = FakeSandbox()

    course.grade(sandbox, fresh=True)

    assert sandbox.students.count("1  # no box") == 2
    assert course.message("bad") == "ungraded: the sandbox failed: the box could not be set up"
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


class Recovered:
    """A machine on which the same submissions make no trouble any more."""

    def __init__(self, sandbox: FakeSandbox) -> None:
        self.sandbox = sandbox

    def run(self, command: Command) -> Execution:
        files = {name: content.split(b"  #")[0] + b"\n" for name, content in command.files.items()}
        return self.sandbox.run(replace(command, files=files))


@pytest.mark.parametrize("trouble", ["1  # crash the sandbox", "1  # no box"])
def test_what_was_ungraded_because_the_sandbox_failed_is_run_again(course, trouble):
    course.submit(ada=trouble, bob="2 * x")
    course.grade()
    sandbox = FakeSandbox()
    course.grade(Recovered(sandbox))

    assert sandbox.students == ["1"]
    assert (course.json("ada")["attempt"], course.json("ada")["points"]) == (1, 2.0)
    assert course.rows()["ada"]["status"] == "graded"


def test_a_check_that_raises_leaves_its_criterion_ungraded_and_no_other(course, alone):
    course.submit(bad="13")

    outcome = course.grade(fresh=True)

    assert outcome.needs_a_person
    assert course.message("bad") == "failed: double(7): expected 14, found 13"
    mistake = "ungraded: the grader failed at this criterion: ZeroDivisionError: a mistake in this check (assignment"
    assert course.message("bad", "sign").startswith(mistake)
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


def test_a_failure_after_the_evidence_leaves_it_for_a_regrade(course, alone, monkeypatch):
    course.submit(bad="1")
    with monkeypatch.context() as broken:
        broken.setattr("grader.batch.run.grade_evidence", lambda *_: 1 / 0)
        course.grade(fresh=True)
        assert course.message("bad") == "ungraded: the grader failed: ZeroDivisionError: division by zero"

    course.rewrite(regrade_one)

    assert course.message("bad") == "failed: double(7): expected 14, found 1"
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


def test_a_report_that_cannot_be_rendered_is_a_problem_and_the_grade_stands(course, alone, monkeypatch):
    course.submit(bad="1")
    submit = ReportWorkers.submit_feedback

    def broken(self, report, path):
        if path.parent.name != "bad":
            return submit(self, report, path)
        return self._threads.submit(lambda: (_ for _ in ()).throw(ReportError("no such font")))

    with monkeypatch.context() as patched:
        patched.setattr(ReportWorkers, "submit_feedback", broken)
        outcome = course.grade(fresh=True, pdf=True)

    assert outcome.needs_a_person
    assert outcome.problems == ("bad: no PDF: no such font",)
    assert course.json("bad")["points"] == 2
    assert (course.out / "ada" / "feedback.pdf").exists()
    sandbox = FakeSandbox()
    assert course.grade(sandbox, pdf=True).problems == ()
    assert sandbox.commands == []
    assert (course.out / "bad" / "feedback.pdf").exists()


def test_a_report_that_fails_in_an_unforeseen_way_is_a_problem_too(course, alone, monkeypatch):
    monkeypatch.setattr("grader.report.worker.ReportWorkers._run", lambda *_: 1 / 0)

    outcome = course.grade(fresh=True, pdf=True)

    assert outcome.problems == tuple(
        f"{name}: no PDF: ZeroDivisionError: division by zero" for name in ("ada", "class")
    )
    assert (course.out / "ada" / "grade.json").read_bytes() == alone


def test_a_student_folder_that_cannot_be_written_costs_that_student_only(course, alone):
    course.submit(bad="1", cyd="2 * x")
    course.grade(students=("ada",))
    (course.out / "bad").write_text("a file where a folder should be")

    outcome = course.grade()

    assert outcome.needs_a_person
    assert [problem.split(":")[0] for problem in outcome.problems] == ["bad"]
    assert course.rows()["bad"]["status"] == "ungraded"
    assert course.rows()["cyd"]["points"] == "6.0"
    assert course.stored()["bad"].grade.marks[0].finding.message.startswith("the grader failed: FileExistsError")
    assert (course.out / "ada" / "grade.json").read_bytes() == alone
    (course.out / "bad").unlink()
    assert course.grade().problems == ()
    assert course.json("bad")["points"] == 2


def test_a_full_disk_under_one_student_costs_that_student_only(course, alone, monkeypatch):
    course.submit(bad="1")

    def full(path, content):
        if "bad" in path.parts and path.name in (DOCUMENT, ARRAYS):
            raise OSError(28, "No space left on device", str(path))
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr("grader.files.write_new", full)
        outcome = course.grade()

    assert outcome.needs_a_person
    assert "No space left on device" in course.message("bad")
    assert (course.out / "ada" / "grade.json").read_bytes() == alone
    assert course.grade().problems == ()
    assert course.json("bad")["points"] == 2
    assert list((course.out / "bad").glob(".*")) == []


def test_a_gradebook_that_fails_ends_the_batch_and_keeps_what_is_recorded(course, alone, monkeypatch):
    course.grade()
    course.submit(bob="1", cyd="2")

    def full(*_: object, **__: object) -> None:
        raise GradebookError("gradebook.sqlite: expected a gradebook that can be written, found: disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("grader.gradebook.store._insert_grade", full)
        with pytest.raises(GradebookError, match="disk is full"):
            course.grade()

    assert list(course.stored()) == ["ada"]
    course.grade()
    assert list(course.rows()) == ["ada", "bob", "cyd"]


def test_results_right_in_the_submissions_folder_are_no_submission(course):
    course.submit(ada="2 * x")
    course.out = course.submissions / "results"
    course.grade()
    sandbox = FakeSandbox()

    course.grade(sandbox)

    assert list(course.rows()) == ["ada"]
    assert sandbox.commands == []


@pytest.mark.parametrize("where", ["", "ada", "ada/results", ".."])
def test_results_are_never_written_among_submitted_files(course, where):
    course.submit(ada="2 * x", submissions="1")
    course.out = (course.submissions / where).resolve()

    with pytest.raises(BatchError, match=r"(?s)--out: .*hint: "):
        course.grade(fresh=True)

    assert (course.submissions / "ada" / "hw.py").exists()
    assert sorted(path.name for path in course.submissions.iterdir()) == ["ada", "submissions"]


@pytest.mark.parametrize("file", [DOCUMENT, ARRAYS])
def test_regrade_goes_on_beside_evidence_that_cannot_be_read(course, file):
    course.submit(ada="2 * x", bad="1")
    course.grade()
    (course.out / "bad" / "evidence" / file).write_bytes(b"not what it was")
    write_course(course.reference, points="5")  # what nobody assesses anew needs no arrays

    for how in (regrade_one, report_one) if file == DOCUMENT else (regrade_one,):
        outcome = course.rewrite(how)
        assert [problem.split(":")[0] for problem in outcome.problems] == ["bad"]
        assert course.json("ada")["points"] == 7
        assert course.json("bad")["points"] == 2
