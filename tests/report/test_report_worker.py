from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest
import report_examples as examples

from grader.exhibit import Table
from grader.finding import Finding
from grader.grading import Mark
from grader.report import ReportError
from grader.report.stamp import shows
from grader.report.worker import ReportWorkers, _Worker, render_class, render_feedback


class Deadly:
    """Kills the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (9,)


class Endless:
    """Holds up the process that unpickles it, for ever."""

    def __reduce__(self):
        return signal.pause, ()


def test_a_report_is_written_whole(feedback, tmp_path):
    render_feedback(examples.feedback(), tmp_path / "feedback.pdf")
    render_class(examples.class_report(1), tmp_path / "class.pdf")
    assert (tmp_path / "feedback.pdf").read_bytes() == feedback
    assert (tmp_path / "class.pdf").read_bytes().startswith(b"%PDF-")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["class.html", "class.pdf", "feedback.html", "feedback.pdf"]
    assert shows(tmp_path / "feedback.pdf", examples.feedback())


def test_what_helps_a_person_to_grade_is_on_their_page_and_not_in_the_students_report(tmp_path):
    table = Table("crib", "Our own answer", "", ("a",), (("forty-two",),))
    crib = Finding.ungraded("a person grades this", details=("forty-three",), exhibits=(table,))
    report = examples.feedback()
    marks = (*report.grade.marks, Mark("talk", "Discussion", crib, None, Decimal(2), manual=True))

    render_feedback(examples.with_grade(report, marks=marks), tmp_path / "feedback.pdf")

    students, graders = ((tmp_path / name).read_text() for name in ("feedback.html", "marking.html"))
    assert [word in students for word in ("forty-three", "forty-two")] == [False, False]
    assert [word in graders for word in ("forty-three", "forty-two")] == [True, True]


def test_a_report_that_fails_leaves_the_old_one(tmp_path):
    path = tmp_path / "feedback.pdf"
    path.write_bytes(b"old")
    broken = examples.with_grade(examples.feedback(), marks=(None,))
    with pytest.raises(ReportError, match=r"feedback.pdf: AttributeError"):
        render_feedback(broken, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError, match="cannot be written: No such file or directory"):
        render_class(examples.class_report(0), tmp_path / "none" / "class.pdf")


def test_a_worker_that_dies_costs_its_own_report_only(feedback, tmp_path):
    paths = [tmp_path / f"{i}.pdf" for i in range(3)]
    reports = [examples.feedback(), Deadly(), examples.feedback()]
    with ReportWorkers(2) as workers:
        futures = [workers.submit_feedback(*pair) for pair in zip(reports, paths, strict=True)]
    with pytest.raises(ReportError, match=r"1.pdf: the process that made it died"):
        futures[1].result()
    for i in (0, 2):
        assert futures[i].result() is None
        assert paths[i].read_bytes() == feedback


def test_a_report_that_never_ends_is_stopped(tmp_path):
    with ReportWorkers(1, wall_s=0.2) as workers:
        future = workers.submit_feedback(Endless(), tmp_path / "a.pdf")
        with pytest.raises(ReportError, match=r"a.pdf: not done after 0.2 s"):
            future.result()


def burn(_report, _path):
    """A report that a library never finishes, whatever it catches."""
    while True:
        with contextlib.suppress(BaseException):
            while True:
                pass


def swell(_report, _path):
    """A report that needs more memory than there is."""
    return bytearray(3 * 2**30)


def test_a_bomb_is_killed_by_its_time_or_stopped_by_its_memory(tmp_path):
    worker = _Worker(wall_s=60, cpu_s=1)
    with pytest.raises(ReportError, match=r"a.pdf: the process that made it died"):
        worker.run(burn, examples.feedback(), tmp_path / "a.pdf")
    with pytest.raises(ReportError, match=r"a.pdf: needed more than 2048 MiB"):
        worker.run(swell, examples.feedback(), tmp_path / "a.pdf")
    worker.close()


def test_a_workers_error_comes_back_as_it_was(tmp_path):
    twice = replace(examples.good_marks()[1].finding, exhibits=(examples.layer_table(),) * 2)
    report = examples.with_grade(examples.feedback(), marks=(examples.mark("c", "C", twice),))
    with ReportWorkers(1) as workers, pytest.raises(ReportError, match="expected once, found twice"):
        workers.submit_feedback(report, tmp_path / "a.pdf").result()


def test_importing_the_package_loads_no_renderer():
    program = (
        "import sys, grader.report, grader.report.worker; "
        "print({'weasyprint', 'matplotlib', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
