"""A student who is erased leaves no byte of name or work in the results, and everybody else all of theirs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from decimal import Decimal

import pytest
from click.testing import CliRunner
from tiny_course import Course, write_course

from grader.cli import main
from grader.gradebook.store import Gradebook
from grader.grading import HandMark
from grader.submission import Member, Origin

NAME, LOGIN, CODE = "Zebulon Quist", "zquist", "-271828"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three students, one of whom handed in twice; a class report, and what else may lie in a folder of results."""
    course = Course(tmp_path_factory.mktemp("course"))
    write_course(course.reference, more=('Criterion("style", "Reads well", 1)',))
    course.submit(ada="2 * x", bob="5", **{NAME: "4"})
    course.grade()
    course.submit(**{NAME: CODE})
    course.grade(pdf=True)
    _from_an_lms(course)
    _marked_by_hand(course)
    _commented(course)
    _kept_beside(course)
    return course


@pytest.fixture
def results(graded, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_REFERENCE", str(graded.reference))
    return shutil.copytree(graded.out, tmp_path / "results")


def _from_an_lms(course: Course) -> None:
    """The student's revisions say where a download had the work."""
    member = Member(NAME, "90210417", f"{LOGIN}@uni.edu")
    with Gradebook(course.out / "gradebook.sqlite") as book:
        one = next(stored for stored in book.current() if stored.grade.student == NAME)
        origin = Origin("canvas", "90210417", NAME, f"{LOGIN}_90210417_1_hw.zip", members=(member,))
        book.record(
            one.grade,
            submission_sha256=one.submission_sha256,
            evidence_sha256="other",
            folder=one.folder,
            origin=origin,
        )


def _marked_by_hand(course: Course) -> None:
    """One mark for the student, and one for ada whose reason names the student."""
    with Gradebook(course.out / "gradebook.sqlite") as book:
        for student, reason in ((NAME, "as in class"), ("ada", f"same words as {NAME}")):
            before = next(stored for stored in book.current() if stored.grade.student == student)
            given = HandMark("style", Decimal(1), "M. Lee", reason, "2026-11-01T10:00:00Z", None, "")
            book.record_marked([(before.grade, before, [given])])


def _commented(course: Course) -> None:
    """A comment on the student's work that was changed once, and one on ada's that names the student."""
    connection = sqlite3.connect(course.out / "gradebook.sqlite")
    insert = (
        "INSERT INTO comment (attempt_id, criterion, place, words, author, replaces)"
        """ SELECT max(attempt.id), 'style', '{"kind": "line", "path": "hw.py"}', ?, 'M. Lee', ? FROM attempt"""
        " JOIN student"
        " ON student.id = attempt.student_id WHERE name = ?"
    )
    first = connection.execute(insert, (f"why {CODE}?", None, NAME)).lastrowid
    connection.execute(insert, ("better", first, NAME))
    connection.execute(insert, (f"see {LOGIN}", None, "ada"))
    connection.commit()
    connection.close()


def _kept_beside(course: Course) -> None:
    out = course.out
    (out / "extensions.csv").write_text("student,waive,reason\n90210417,yes,ill\nbob,yes,travel\n")
    (out / "sheet.csv").write_bytes(f"student;points\n{NAME};1\nada;1\n".encode("utf-8-sig"))
    (out / "export").mkdir()
    with zipfile.ZipFile(out / "export" / "feedback.zip", "w") as archive:
        archive.writestr(f"{LOGIN}.pdf", b"%PDF")
    with zipfile.ZipFile(out / "people.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", f"<c>{NAME}</c>")
    (out / "similar.html").write_text(f"<pre>return {CODE}</pre>")  # under made-up names
    (out / "kept.txt").write_text("office hours on Monday\n")
    connection = sqlite3.connect(out / ".desk.sqlite")
    connection.execute("CREATE TABLE hold (session TEXT, place TEXT)")
    connection.execute("INSERT INTO hold VALUES ('s1', ?)", (f"{LOGIN}/style",))
    connection.commit()
    connection.close()
    (out / "cache" / LOGIN).mkdir(parents=True)
    (out / "cache" / LOGIN / "pairs.json").write_text(json.dumps([[LOGIN, "ada"]]))


def run(*words: object, code: int = 0, answer: str | None = None):
    result = CliRunner().invoke(main, list(map(str, words)), input=answer)
    assert result.exit_code == code, result.output
    return result


def everything(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_byte_of_name_login_id_or_code_is_left(results):
    before = everything(results)
    words = [word.encode() for word in (NAME, LOGIN, "90210417", CODE, "Zebulon", "Quist")]
    assert all(any(word in content for content in before.values()) for word in words)

    run("erase", NAME, results, "--yes")

    for path, content in everything(results).items():
        assert [word for word in words if word in content or word.decode() in path] == [], path


def test_what_others_have_stays_as_it_was(results):
    before = everything(results)
    run("erase", NAME, results, "--yes")
    after = everything(results)

    assert {path for path in before if path.startswith(("ada/", "bob/"))} <= after.keys()
    assert all(after[path] == before[path] for path in before if path.startswith(("ada/", "bob/", "kept")))
    assert after["extensions.csv"].decode().splitlines() == ["student,waive,reason", "bob,yes,travel"]
    assert after["sheet.csv"].decode("utf-8-sig").splitlines() == ["student;points", "ada;1"]
    assert [line.split(",")[0] for line in after["grades.csv"].decode().splitlines()] == ["student", "ada", "bob"]
    assert {"class.pdf", "class.html"} <= after.keys()
    assert (
        not {"people.xlsx", f"cache/{LOGIN}/pairs.json", "export/feedback.zip", ".desk.sqlite", "similar.html"}
        & after.keys()
    )


def test_the_gradebook_keeps_one_line_that_names_nobody_and_is_append_only_again(results):
    run("erase", NAME, results, "--yes", "--as", "M. Lee")

    with Gradebook(results / "gradebook.sqlite") as book:
        *_, last = book.audit()
    assert (last.actor, last.action, last.subject) == ("M. Lee", "erased", "a student")
    assert last.detail["attempt"] == 2
    connection = sqlite3.connect(results / "gradebook.sqlite")
    assert connection.execute("SELECT reason FROM hand_mark").fetchall() == [("same words as [erased]",)]
    assert connection.execute("SELECT words FROM comment").fetchall() == [("see [erased]",)]
    assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    for table in ("student", "mark", "audit", "hand_mark"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    connection.close()


def test_a_dry_run_and_a_no_change_nothing_and_say_what_would_go(results):
    before = everything(results)

    told = run("erase", LOGIN, "--out", results, "--dry-run").stdout
    run("erase", NAME, results, code=2, answer="n\n")
    silent = run("erase", NAME, results, code=2, answer="")

    assert everything(results) == before
    assert told.startswith(f"{NAME} in ")
    assert "2 attempts" in told
    assert "1 mark by a person" in told
    assert "extensions.csv: 1 row" in told
    assert "people.xlsx: removed: it names them" in told
    assert "hint: answer y, or give --yes" in silent.stderr


def test_a_yes_erases(results):
    told = run("erase", results, NAME, answer="y\n").stdout

    assert "not touched: what was handed in" in told
    assert "Zebulon" not in run("show", results, code=1).stdout


def test_the_folder_may_stand_in_the_settings_of_the_course(results, monkeypatch):
    monkeypatch.chdir(results.parent)
    (results.parent / "grader.toml").write_text('results = "results"\n')

    assert run("erase", LOGIN, "--dry-run").stdout == run("erase", LOGIN, "results", "--dry-run").stdout


def test_a_beginning_is_not_enough_and_nobody_is_erased_by_mistake(results):
    assert "did you mean" in run("erase", "Zebu", results, "--yes", code=2).stderr
    assert "one student at a time" in run("erase", "ada", "bob", results, code=2).stderr
    assert "gradebook.sqlite" in run("erase", "ada", results / "ada", code=2).stderr


def test_work_of_others_that_names_the_student_is_told_and_stays(results):
    page = results / "ada" / "feedback.html"
    page.write_text(page.read_text() + f"<p>I worked with {NAME}.</p>")

    told = run("erase", NAME, results, "--yes", code=1).stderr

    assert "erased, but these still hold a word that names the student: ada/feedback.html" in told


def test_a_short_name_that_is_a_word_in_the_work_of_others_is_no_trace(results):
    """`bob` is erased, `bobsled` in a remark stays."""
    (results / "notes.txt").write_text("bobsled\n")

    run("erase", "bob", results, "--yes")

    assert (results / "notes.txt").read_text() == "bobsled\n"
    assert "ada" in (results / "grades.csv").read_text()


def test_without_its_assignment_a_student_is_erased_all_the_same(results, monkeypatch, tmp_path):
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("GRADER_REFERENCE", str(tmp_path / "none"))

    told = run("erase", NAME, results, "--yes", code=1).stderr

    assert "hint: `grader report` makes them" in told
    assert not any(b"Quist" in content for content in everything(results).values())
