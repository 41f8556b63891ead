from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from grader.assignment import Assignment
from grader.collect.saved_evidence import save
from grader.evidence import Evidence, ExecutionRecord, FileRecord, SubmissionRecord
from grader.finding import Finding
from grader.gradebook.grade_json import grade_json
from grader.gradebook.results import StudentFolder
from grader.gradebook.rows import StoredGrade
from grader.grading import ExecutionSummary, Grade, Mark
from grader.report.anonymous import without_name
from grader.report.gather import CONSOLE_TAIL, class_report, feedback_report
from grader.rubric import Criterion
from grader.sandbox.protocol import Status

SEED = 987654321987654321
WHEN = datetime(2026, 11, 1, tzinfo=UTC)
ASSIGNMENT = Assignment(
    "Title", "Course", (Criterion("value", "Value", Decimal(4)),), (), {"hw": 1}, data=lambda seed: {}, id="hw"
)


def evidence(console: str = "hello", runs: int = 1) -> Evidence:
    files = (FileRecord("hw.py", 12, "a" * 64),)
    record = SubmissionRecord("ada", "ada", 1, WHEN, "b" * 64, files, ("a link was skipped",), "hw.py")
    ran = [
        ExecutionRecord("run", Status.EXITED, "ran", 1.0, 1.0, 0.1, 100, "cpu", f"{console}{number or ''}", 0)
        for number in range(runs)
    ]
    return Evidence(record, SEED, tuple(ran), {"torch": "2", "python": "3"})


def grade(points: str = "4.00") -> Grade:
    marks = (Mark("value", "Value", Finding.passed("right"), Decimal(points), Decimal(4), manual=False),)
    return Grade("hw", "ada", 1, WHEN, marks, Decimal(0), ExecutionSummary("exited", "", 1.0, 1.0, 1, "cpu"))


def report(folder: Path, found: Evidence):
    save(found, folder / "evidence")
    return feedback_report(ASSIGNMENT, grade(), found, StudentFolder(folder))


def test_a_report_that_rules_grade_is_what_was_graded(tmp_path):
    read = ExecutionRecord("document", Status.EXITED, "read", 1.0, 1.0, 0.1, 9, "cpu", "", 0, about="lab.pdf")
    handed = evidence(runs=0)
    found = replace(handed, submission=replace(handed.submission, entry=None), executions=(read,))
    rubric = (Criterion("words", "Words", Decimal(4), lambda _: Finding.passed("enough")),)
    save(found, tmp_path / "evidence")

    def graded(rules):
        assignment = replace(ASSIGNMENT, rubric=rubric, report_rules=rules)
        return feedback_report(assignment, grade(), found, StudentFolder(tmp_path)).submission.entry

    assert graded(("words",)) == "lab.pdf"
    assert graded(()) is None


def test_a_report_says_what_was_graded_and_how(tmp_path):
    made = report(tmp_path, evidence())

    assert (made.assignment_title, made.course, made.assignment_id) == ("Title", "Course", "hw")
    assert made.submission.entry == "hw.py"
    assert made.submission.files == (("hw.py", 12, "a" * 64),)
    assert made.submission.notes == ("a link was skipped",)
    environment = dict(made.environment)
    assert (environment["torch"], environment["python"]) == ("2", "3")
    provenance = dict(made.provenance)
    assert provenance["limits"] == "120 s CPU, 600 s wall, 3072 MiB memory"
    assert provenance["submission"] == f"SHA-256 {'b' * 16}…"
    (run,) = made.runs
    assert (run.what, run.status, run.cpu_s) == ("Your code, as a script", "exited", 1.0)


def test_a_report_carries_grade_json(tmp_path):
    assert report(tmp_path, evidence()).attachment == grade_json(grade())


def test_a_report_knows_the_cpu_time_that_most_submissions_need(tmp_path):
    save(evidence(), tmp_path / "evidence")
    assignment = replace(ASSIGNMENT, usual_cpu_s=8)

    made = feedback_report(assignment, grade(), evidence(), StudentFolder(tmp_path))

    assert made.usual_cpu_s == 8


def test_a_report_never_tells_the_seed(tmp_path):
    made = report(tmp_path, evidence())

    assert str(SEED) not in repr(made)
    assert "the seed itself is secret" in dict(made.provenance)["seed"]


def test_a_report_shows_the_end_of_the_first_run_s_console(tmp_path):
    assert report(tmp_path, evidence("x" * 9000 + "end", runs=2)).console_tail == ("x" * 9000 + "end")[-CONSOLE_TAIL:]


def test_a_submission_that_was_never_run_has_a_report_without_console(tmp_path):
    assert report(tmp_path, evidence(runs=0)).console_tail == ""


def test_other_evidence_is_another_digest(tmp_path):
    digests = {dict(report(tmp_path, evidence(text)).provenance)["evidence"] for text in ("a", "b", "a")}

    assert len(digests) == 2


def test_the_class_report_s_digest_is_of_all_evidence_in_any_order():
    def stored(digest: str) -> StoredGrade:
        return StoredGrade(grade(), 1, "s", digest, "ada")

    one, two, three = stored("1"), stored("2"), stored("3")
    made = class_report(ASSIGNMENT, (one, two))

    assert made.grades == (one.grade, two.grade)
    assert class_report(ASSIGNMENT, (two, one)) == made
    assert class_report(ASSIGNMENT, (one, three)) != made


def test_a_report_without_a_name_names_nobody(tmp_path):
    named = report(tmp_path, evidence())
    facts = replace(named.submission, entry="ada.py", files=(("ada.py", 1, "a"),))
    made = without_name(replace(named, submission=facts))

    assert "ada" not in repr(made)
    assert made.submission.files == (("file 1.py", 1, "a"),)
    assert json.loads(made.attachment)["student"] == "anonymous"
    assert json.loads(made.attachment)["points"] == 4.0
