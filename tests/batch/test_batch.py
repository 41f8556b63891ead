"""A batch from a folder of submissions to grades: its files, what is kept, what is done again."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tiny_course import MANUAL, SEED, FakeSandbox, Quiet, doubling, write_course

from grader.batch.selection import BatchError
from grader.gradebook.grade_json import grade_json
from grader.intake import IntakeOptions


def test_grade_json_holds_what_other_tools_read(course):
    course.submit(ada="2 * x")
    course.grade(reading=IntakeOptions(times="file"))

    found = course.json("ada")
    moment = found.pop("submitted_at")
    assert moment.endswith("Z")
    assert len(moment) == len("2026-11-01T22:10:00Z")
    assert found == {
        "schema": 1,
        "assignment": "tiny",
        "student": "ada",
        "attempt": 1,
        "points": 6.0,
        "points_possible": 6.0,
        "late_penalty": 0.0,
        "status": "graded",
        "execution": {
            "status": "exited",
            "wall_s": 0.5,
            "cpu_s": 0.4,
            "peak_mib": 100,
            "device": "cpu",
            "sandbox": "bubblewrap",
        },
        "marks": [
            {
                "criterion": "value",
                "title": "Doubles",
                "outcome": "passed",
                "points": 4.0,
                "points_possible": 4.0,
                "manual": False,
                "message": "double(7) is 14",
                "hint": None,
            },
            {
                "criterion": "sign",
                "title": "Has the right sign",
                "outcome": "passed",
                "points": 2.0,
                "points_possible": 2.0,
                "manual": False,
                "message": "above 0",
                "hint": None,
            },
        ],
    }


def test_grades_csv_has_a_row_per_student_and_a_column_per_criterion(course):
    course.submit(bob="-3", ada="2 * x")
    course.grade()

    assert (course.out / "grades.csv").read_text().splitlines() == [
        "student,points,points_possible,late_penalty,status,value,sign",
        "ada,6.0,6.0,0.0,graded,4.0,2.0",
        "bob,0.67,6.0,0.0,graded,0.0,0.67",
    ]


def test_every_file_of_the_contract_is_there_and_no_other(course):
    course.submit(ada="2 * x")
    course.grade(pdf=True)

    assert {str(path.relative_to(course.out)) for path in course.out.rglob("*")} == {
        ".lock",
        "grades.csv",
        "gradebook.sqlite",
        "class.pdf",
        "ada",
        "ada/grade.json",
        "ada/exhibits.json",
        "ada/findings.json",
        "class.html",
        "ada/feedback.pdf",
        "ada/feedback.html",
        "ada/evidence",
        "ada/evidence/evidence.json",
        "ada/evidence/arrays.safetensors",
    }
    for name in ("class.pdf", "ada/feedback.pdf"):
        assert (course.out / name).read_bytes().startswith(b"%PDF-")


def test_without_pdf_there_is_none(course):
    course.submit(ada="2 * x")
    course.grade(pdf=False)

    assert list(course.out.rglob("*.pdf")) == []
    assert course.json("ada")["points"] == 6


def test_a_criterion_that_a_person_grades_leaves_the_points_open(course):
    write_course(course.reference, more=(MANUAL,))
    course.submit(ada="2 * x")

    outcome = course.grade()

    assert outcome.needs_a_person
    found = course.json("ada")
    assert (found["points"], found["points_so_far"], found["points_possible"]) == (None, 6.0, 7.0)
    assert found["status"] == course.rows()["ada"]["status"] == "ungraded"
    assert found["marks"][2]["manual"] is True
    assert course.message("ada", "style") == "ungraded: a person grades this"
    assert course.rows()["ada"] | {"points": "", "style": "", "value": "4.0"} == course.rows()["ada"]


def test_zero_points_need_no_person(course):
    course.submit(ada="-1")

    assert not course.grade().needs_a_person


def test_the_box_is_told_the_probes_and_neither_rubric_nor_secret_seed(course):
    course.submit(ada="2 * x")
    sandbox = FakeSandbox()
    course.grade(sandbox)

    [command] = sandbox.commands
    assert command.request["seed"] != SEED
    assert command.files == {"hw.py": b"def double(x):\n    return 2 * x\n"}
    told = json.dumps(dict(command.request))
    assert "Has the right sign" not in told
    assert "Doubles" not in told


def test_a_seed_is_drawn_for_each_batch_and_kept(course):
    course.submit(ada="2 * x")
    first, again, fresh = FakeSandbox(), FakeSandbox(), FakeSandbox()
    course.grade(first, seed=None)
    course.submit(ada="3 * x")
    course.grade(again, seed=None)
    course.grade(fresh, seed=None, fresh=True)

    seeds = [sandbox.commands[0].request["seed"] for sandbox in (first, again, fresh)]
    assert seeds[0] == seeds[1] != seeds[2]


def test_another_seed_than_the_batch_was_begun_with_is_an_error_and_changes_nothing(course):
    course.submit(ada="2 * x")
    course.grade()
    before = course.files("grade.json", "grades.csv")
    sandbox = FakeSandbox()
    course.submit(bob="1")

    with pytest.raises(BatchError, match=r"(?s)expected the seed it was begun with, found --seed 12.*hint: .*--fresh"):
        course.grade(sandbox, seed=12)

    assert sandbox.commands == []
    assert course.files("grade.json", "grades.csv") == before
    course.grade(sandbox, seed=12, fresh=True)
    assert sorted(course.rows()) == ["ada", "bob"]


def test_as_many_submissions_run_at_a_time_as_there_are_jobs(course):
    course.submit(ada="1", bob="2", cyd="3")
    together = threading.Barrier(3, timeout=60)

    course.grade(FakeSandbox(lambda _: together.wait()), jobs=3)

    assert not together.broken


def test_with_one_job_one_submission_runs_at_a_time(course):
    course.submit(ada="1", bob="2", cyd="3")
    running = threading.Lock()
    progress = Quiet()

    def alone(_: object) -> None:
        assert running.acquire(blocking=False)
        running.release()

    course.grade(FakeSandbox(alone), progress, jobs=1)

    order = [step for step in progress.steps if step[0] in ("started", "finished")]
    assert order == [(word, name) for name in ("ada", "bob", "cyd") for word in ("started", "finished")]


def test_an_unchanged_submission_is_not_run_again(course):
    course.submit(ada="1", bob="2 * x")
    course.grade()
    before = course.files("grade.json", "grades.csv", "evidence.json", "exhibits.json")
    sandbox, progress = FakeSandbox(), Quiet()

    outcome = course.grade(sandbox, progress)

    assert sandbox.commands == []
    assert outcome.kept == 2
    assert ("begin", 2, 2) in progress.steps
    assert course.files("grade.json", "grades.csv", "evidence.json", "exhibits.json") == before


def test_a_second_run_reads_no_evidence(course, monkeypatch):
    course.submit(ada="1", bob="2 * x")
    course.grade(pdf=True)
    monkeypatch.setattr("grader.collect.saved_evidence.load", lambda _: pytest.fail("evidence was read"))
    monkeypatch.setattr(
        "grader.gradebook.results.StudentFolder.evidence_sha256", lambda _: pytest.fail("evidence was read")
    )
    monkeypatch.setattr("grader.batch.opening.one_thread", lambda: pytest.fail("torch was imported"))

    assert course.grade(pdf=True).kept == 2


def test_a_second_run_renders_nothing_again(course):
    course.submit(ada="1")
    course.grade(pdf=True)
    pdfs = [course.out / "class.pdf", course.out / "ada" / "feedback.pdf"]
    before = [path.stat().st_ino for path in pdfs]  # a rendered file is a new one under the old name

    course.grade(pdf=True)

    assert [path.stat().st_ino for path in pdfs] == before


def test_reports_that_were_left_out_are_made_by_the_next_run(course):
    course.submit(ada="1")
    course.grade(pdf=False)
    sandbox = FakeSandbox()

    course.grade(sandbox, pdf=True)

    assert sandbox.commands == []
    assert (course.out / "class.pdf").exists()
    assert (course.out / "ada" / "feedback.pdf").exists()


def test_a_report_that_was_lost_is_made_again_as_it_was(course):
    course.submit(ada="2 * x", bob="13")
    course.grade(pdf=True, seed=SEED)
    reports = ("feedback.html", "feedback.pdf")
    before = course.files(*reports)
    for path in [path for name in reports for path in course.out.rglob(name)]:
        path.unlink()

    course.grade(pdf=True, seed=SEED)

    assert len(before) == 4
    assert course.files(*reports) == before


def test_a_new_grade_without_pdf_leaves_no_old_report_behind(course):
    course.submit(ada="1", bob="2")
    course.grade(pdf=True)
    course.submit(ada="2 * x")

    course.grade(pdf=False)

    assert not (course.out / "ada" / "feedback.pdf").exists()
    assert not (course.out / "class.pdf").exists()
    assert (course.out / "bob" / "feedback.pdf").exists()


def test_a_changed_submission_is_graded_again_as_the_next_attempt(course):
    course.submit(ada="1", bob="2 * x")
    course.grade()
    course.submit(ada="2 * x")
    sandbox = FakeSandbox()

    course.grade(sandbox)

    assert sandbox.students == ["2 * x"]
    assert (course.json("ada")["attempt"], course.json("ada")["points"]) == (2, 6.0)
    assert course.json("bob")["attempt"] == 1
    assert {name: row["points"] for name, row in course.rows().items()} == {"ada": "6.0", "bob": "6.0"}


def test_files_that_got_lost_are_written_again_from_the_evidence(course):
    course.submit(ada="1")
    course.grade()
    before = course.files("grade.json", "grades.csv")
    (course.out / "ada" / "grade.json").unlink()
    (course.out / "grades.csv").unlink()
    sandbox = FakeSandbox()

    course.grade(sandbox)

    assert sandbox.commands == []
    assert course.files("grade.json", "grades.csv") == before


def test_a_submission_whose_evidence_got_lost_is_run_again(course):
    course.submit(ada="1")
    course.grade()
    (course.out / "ada" / "evidence" / "arrays.safetensors").unlink()
    sandbox = FakeSandbox()

    course.grade(sandbox)

    assert len(sandbox.commands) == 1
    assert course.json("ada")["attempt"] == 1
    assert (course.out / "ada" / "evidence" / "arrays.safetensors").exists()


@pytest.mark.parametrize("lost", ["evidence.json", "arrays.safetensors"])
def test_damaged_evidence_is_noticed_when_it_is_needed_and_the_submission_is_run_again(course, lost):
    course.submit(ada="1")
    course.grade()
    (course.out / "ada" / "evidence" / lost).write_bytes(b"{}")
    (course.out / "ada" / "grade.json").unlink()
    sandbox = FakeSandbox()

    course.grade(sandbox)

    assert len(sandbox.commands) == 1
    assert course.json("ada")["points"] == 2


def test_evidence_of_another_attempt_does_not_pass_for_that_of_the_recorded_one(course):
    course.submit(ada="1")
    course.grade()
    recorded = course.stored()["ada"]
    course.submit(ada="2 * x")

    def stop(step: str) -> None:
        if step == "stage ada assessing":  # the new evidence is saved, the new grade is not recorded
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        course.grade(progress=Quiet(stop), jobs=1)
    assert course.stored()["ada"] == recorded
    course.submit(ada="1")
    sandbox = FakeSandbox()
    course.grade(sandbox)

    assert sandbox.students == ["1"]
    assert course.json("ada")["points"] == 2


def test_only_the_students_asked_for_are_graded_and_the_others_stay_in_the_csv(course):
    course.submit(ada="1", bob="2 * x", cyd="3")
    sandbox = FakeSandbox()
    course.grade(sandbox, students=("ada",))
    assert list(course.rows()) == ["ada"]

    course.grade(sandbox, students=("cyd", "bob"))

    assert sorted(sandbox.students) == ["1", "2 * x", "3"]
    assert list(course.rows()) == ["ada", "bob", "cyd"]


def test_starting_over_forgets_every_earlier_grade_and_no_file_of_others(course):
    course.submit(ada="1", bob="2")
    course.grade(pdf=True)
    (course.out / "notes.txt").write_text("mine")
    (course.out / "bob").joinpath("old.txt").write_text("of the batch")
    for student in ("ada", "bob"):
        (course.submissions / student / "hw.py").unlink()
        (course.submissions / student).rmdir()
    course.submit(ada="1")
    sandbox = FakeSandbox()

    course.grade(sandbox, fresh=True)

    assert len(sandbox.commands) == 1
    assert list(course.rows()) == ["ada"]
    assert not (course.out / "bob").exists()
    assert not (course.out / "class.pdf").exists()
    assert (course.out / "notes.txt").read_text() == "mine"


def test_grade_json_equals_the_gradebook(course):
    course.submit(ada="1", bob="2 * x", cyd="13")
    course.grade()

    for name, stored in course.stored().items():
        assert (course.out / name / "grade.json").read_bytes() == grade_json(stored.grade)


class Ahead(FakeSandbox):
    """Notes what is announced."""

    def __init__(self) -> None:
        super().__init__()
        self.announced: list[int] = []

    @contextmanager
    def expecting(self, commands: int) -> Iterator[None]:
        self.announced.append(commands)
        yield


def test_a_sandbox_that_works_ahead_is_told_how_many_submissions_are_left(course):
    course.submit(ada="2 * x", bob="3", cyd="x")
    course.grade(students=("ada",))
    sandbox = Ahead()
    course.grade(sandbox)

    assert sandbox.announced == [2]


def test_a_student_who_withdrew_is_said_and_kept(course):
    course.submit(ada="2 * x", bob="3")
    course.grade(FakeSandbox())
    shutil.rmtree(course.submissions / "bob")

    outcome = course.grade(FakeSandbox())

    [remark] = outcome.remarks
    assert remark.startswith("bob is not among the submissions any more: the old grade is kept; hint: give --fresh or ")
    assert set(course.rows()) == {"ada", "bob"}
    assert course.grade(FakeSandbox(), students=("ada",)).remarks == outcome.remarks


def test_a_student_who_was_renamed_is_said_with_both_names(course):
    for name in ("Jane Doe", "Jane Smith"):
        course.submissions = course.out.parent / name
        folder = course.submissions / f"{name}_101_assignsubmission_file"
        folder.mkdir(parents=True)
        (folder / "hw.py").write_text(doubling())
        outcome = course.grade(FakeSandbox())

    assert outcome.remarks[0].startswith("Jane Doe_101 is called Jane Smith_101 now: the old grade is kept; hint: ")
