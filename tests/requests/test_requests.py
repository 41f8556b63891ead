"""Students ask, as far as the policy allows; every answer is kept, and the student sees it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_course import Course, Quiet

from grader.catalog import load_assignment
from grader.cli import main
from grader.collect.saved_evidence import load as load_evidence
from grader.gradebook.store import Gradebook
from grader.report.gather import feedback_report
from grader.report.student.feedback import feedback_html
from grader.requests import Policy, RequestsError, RequestsRead, answer_request, bring_in, read_asked

ASKED = RequestsRead("bob", "value", "It is\n right on my machine", "2026-11-21 10:00")
RELEASED = datetime(2026, 11, 20, tzinfo=UTC)
POLICY = Policy(released=RELEASED)


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("asked")
    course = Course(root)
    course.submit(ada="14", bob="12")
    course.grade()
    return root


@pytest.fixture
def course(graded_once, tmp_path, monkeypatch) -> Course:
    shutil.copytree(graded_once, tmp_path / "class")
    found = Course.__new__(Course)
    found.reference, found.out = tmp_path / "class" / "reference", tmp_path / "class" / "results"
    monkeypatch.setenv("GRADER_REFERENCE", str(found.reference))
    return found


def ask(course: Course, *asked: RequestsRead, policy: Policy = POLICY):
    with Gradebook(course.out / "gradebook.sqlite") as book:
        return bring_in(book, asked, policy=policy, author="Lead")


def answer(course: Course, number: int = 1, **how):
    load = partial(load_assignment, root=course.reference)
    return answer_request(course.out, load, Quiet(), number=number, author="M. Lee", pdf=False, **how)


def audited(course: Course) -> list[tuple[str, str, str]]:
    with Gradebook(course.out / "gradebook.sqlite") as book:
        return [(one.actor, one.action, one.subject) for one in book.audit()][-3:]


def page(course: Course, student: str) -> str:
    """The student's report as a page."""
    stored = course.stored()[student]
    from grader.gradebook.results import Results

    folder = Results(course.out).student(stored.folder)
    evidence = load_evidence(folder.evidence)
    report = feedback_report(
        load_assignment("tiny", course.reference), stored.grade, evidence, folder, requests=stored.requests
    )
    return feedback_html(report)[0]


def test_a_request_is_kept_with_the_points_that_stood_then(course):
    kept, refused = ask(course, ASKED)

    assert (len(kept), refused) == (1, [])
    [request] = course.stored()["bob"].requests
    assert (request.words, request.points, request.asked_at) == (
        "It is right on my machine",
        0,
        "2026-11-21T10:00:00Z",
    )
    assert audited(course)[-1] == ("Lead", "asked for a regrade", "bob")


def test_the_same_request_again_is_brought_in_once(course):
    ask(course, ASKED)

    assert ask(course, ASKED, ASKED) == ([], [])
    assert len(course.stored()["bob"].requests) == 1


def test_the_policy_bounds_the_number_and_the_oldest_come_first(course):
    many = [RequestsRead("bob", "value", f"number {day}", f"2026-11-2{day} 10:00") for day in (3, 1, 2)]

    kept, refused = ask(course, *many, policy=Policy(most=2, released=RELEASED))

    assert [one.words for one in kept] == ["number 1", "number 2"]
    assert [one.why for one in refused] == ["expected at most 2 of one student, found another one"]
    assert ask(course, RequestsRead("bob", "sign", "one more"), policy=Policy(most=2))[1] != []
    assert ask(course, RequestsRead("ada", "sign", "another student"), policy=Policy(most=2))[1] == []


@pytest.mark.parametrize(("asked", "allowed"), [("2026-11-27 00:00", True), ("2026-11-27 00:01", False)])
def test_the_policy_bounds_the_days_after_the_grades_were_given_out(course, asked, allowed):
    kept, refused = ask(course, RequestsRead("bob", "value", "late?", asked))

    assert (len(kept), len(refused)) == ((1, 0) if allowed else (0, 1))


def test_every_wrong_line_is_told_and_nothing_is_brought_in(course):
    wrong = (
        RequestsRead("eve", "value", "x", where="line 2: "),
        RequestsRead("bob", "colour", "x", where="line 3: "),
        RequestsRead("bob", "value", " ", where="line 4: "),
        RequestsRead("bob", "value", "x", "some day", where="line 5: "),
    )

    with pytest.raises(RequestsError) as caught:
        ask(course, ASKED, *wrong)

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "hint",
    ]
    assert not course.stored()["bob"].requests


def test_an_answer_with_points_is_a_mark_by_a_person_in_one_step(course):
    ask(course, ASKED)

    answer(course, words="you are right", points="3")

    assert course.json("bob")["points"] == 5.0
    [request] = course.stored()["bob"].requests
    assert request.answer is not None
    assert (request.answer.words, request.answer.points, request.answer.author) == ("you are right", 3, "M. Lee")
    assert ("M. Lee", "answered a regrade request", "bob") in audited(course)


def test_an_answer_without_points_leaves_the_grade_as_it_is(course):
    ask(course, ASKED)
    before = course.files("grade.json", "grades.csv")

    answer(course, words="the handout asks for 14")

    assert course.files("grade.json", "grades.csv") == before
    assert course.stored()["bob"].requests[0].answer.points is None


def test_a_further_answer_holds_and_the_first_is_kept(course):
    ask(course, ASKED)
    answer(course, words="no")
    answer(course, words="yes after all", points="4")

    assert course.stored()["bob"].requests[0].answer.words == "yes after all"
    with Gradebook(course.out / "gradebook.sqlite") as book, book.reading() as connection:
        assert [row["words"] for row in connection.execute("SELECT words FROM answer")] == ["no", "yes after all"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"number": 7, "words": "x"}, "expected the number of one that came in .1., found 7"),
        ({"words": "x", "points": "9"}, "request 1: value: expected 0 to 4 points"),
        ({"words": "  "}, "answer: expected 1 to 2000 characters, found 0"),
    ],
)
def test_an_answer_that_cannot_be_changes_nothing(course, how, message):
    ask(course, ASKED)

    with pytest.raises(Exception, match=message):
        answer(course, **how)

    assert course.stored()["bob"].requests[0].answer is None


def test_the_students_report_shows_the_request_and_its_answer(course):
    ask(course, RequestsRead("bob", "value", "Is <b>14</b> not right?", "2026-11-21 10:00"))
    assert "Not answered yet." in page(course, "bob")

    answer(course, words="It is; I misread it", points="4")

    shown = page(course, "bob")
    assert "What you asked" in shown
    assert "Is &lt;b&gt;14&lt;/b&gt; not right?" in shown
    assert "You have 4 points for it now. M. Lee on" in shown
    assert "It is; I misread it." in shown
    assert "What you asked" not in page(course, "ada")


def test_files_are_read_as_csv_as_toml_and_as_a_folder_of_forms(tmp_path):
    (tmp_path / "a.csv").write_text("student;criterion;request;asked\nbob;value;why?;2026-11-21 10:00\n")
    (tmp_path / "b.toml").write_text('[[request]]\nstudent = "ada"\ncriterion = "sign"\nrequest = "why?"\n')

    assert [(one.student, one.words) for one in read_asked(tmp_path)] == [("bob", "why?"), ("ada", "why?")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "student,request\n", "expected the columns student, criterion, request; not found: criterion"),
        ("a.toml", "x = 1", r"expected a table \[\[request\]\]"),
        ("a.toml", "[[request]]\nstudent = 1", "request 1: expected texts for student, criterion, request"),
        ("a.toml", "= 1", "expected TOML, found"),
    ],
)
def test_a_file_that_is_not_right_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)

    with pytest.raises(Exception, match=message):
        read_asked(tmp_path / name)


def test_the_commands_bring_in_list_and_answer(course, tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, ["requests", *arguments])

    (tmp_path / "r.csv").write_text(
        "student,criterion,request,asked\nbob,value,why?,2026-12-21\nada,sign,hm,2026-11-21\n"
    )
    out = str(course.out)

    brought = run("import", out, str(tmp_path / "r.csv"), "--released", "2026-11-20", "--as", "Lead")
    listed = run("list", out)
    answered = run("answer", out, "1", "--reason", "fine as it is", "--as", "M. Lee", "--no-pdf")

    assert brought.exit_code == 1
    assert "brought in: 1 request\nrefused: bob, value: expected it until 2026-11-27" in brought.output
    assert "1  ada, sign (2 points), 2026-11-2" in listed.output
    assert (listed.exit_code, answered.exit_code) == (1, 0)
    assert json.loads(run("list", out, "--json").stdout)["waiting"] == 0
    assert "answered by M. Lee, points stay: fine as it is" in run("list", out, "--all").output
