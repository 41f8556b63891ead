"""Pytest in a folder of work: one test for each public check, beside the student's own tests."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from kits import ROOT, check_in, pytest_in, run
from tiny_course import MANUAL, doubling, write_course

pytestmark = pytest.mark.costly

HIDDEN = "from .hidden import secret\n"


def folder_of_work(folder, result="2 * x", more=(MANUAL,)):
    folder.mkdir(exist_ok=True)
    write_course(folder / ".grader" / "checks", more=more)
    (folder / "grader.toml").write_text('assignment = "tiny"\n')
    (folder / "hw.py").write_text(doubling(result))
    return folder


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    return folder_of_work(tmp_path_factory.mktemp("right"))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    return folder_of_work(tmp_path_factory.mktemp("wrong"), "x - 9")


def test_right_work_passes_and_its_points_are_told(right):
    done = pytest_in(right)

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert "✓ value  4 of 4  double(7) is 14" in done.stdout
    assert "6 of 6 points checked here" in done.stdout


def test_wrong_work_fails_with_what_was_expected_what_was_found_and_a_hint(wrong):
    done = pytest_in(wrong)

    assert done.returncode == 1
    assert "✗ value  0 of 4  double(7): expected 14, found -2" in done.stdout
    assert "hint: return 2 * x" in done.stdout
    assert "△ sign  0.67 of 2  expected above 0, found -2" in done.stdout
    assert "0.67 of 6 points checked here" in done.stdout
    assert done.stdout.count("hint: return 2 * x") == 1
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", [pytest_in, check_in])
def test_where_nothing_can_be_kept_the_checks_run_all_the_same(command, tmp_path):
    folder = folder_of_work(tmp_path / "work")
    (folder / ".grader" / "last").write_text("no folder")

    done = command(folder)

    assert "✓ value  4 of 4  double(7) is 14" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("-vv",), ("-n", "2")])
def test_a_failure_stands_once_on_a_server_too(wrong, options, monkeypatch, tmp_path):
    monkeypatch.setenv("CI", "true")

    done = pytest_in(wrong, *options, "--junitxml", str(tmp_path / "report.xml"))

    assert done.stdout.count("hint: return 2 * x") == 1, done.stdout
    assert "FAILED grader.toml::value" in done.stdout
    assert (tmp_path / "report.xml").read_text().count("hint: return 2 * x") == 2  # as the message, and as the text


def test_unchanged_work_is_not_run_again(right):
    pytest_in(right)
    kept = list((right / ".grader" / "last").glob("*/evidence.json"))
    before = [path.stat().st_mtime_ns for path in kept]

    pytest_in(right)

    assert [path.stat().st_mtime_ns for path in kept] == before


def test_checks_are_chosen_by_name(wrong):
    done = pytest_in(wrong, "-k", "sign")

    assert "1 failed, 1 deselected" in done.stdout


def test_the_first_failure_can_be_the_last(wrong):
    assert "1 failed" in pytest_in(wrong, "-x").stdout.splitlines()[-1]


def test_what_failed_last_is_run_first_again(tmp_path):
    folder = folder_of_work(tmp_path / "work", "2 * x if x < 0 else 1")
    plugin = ("-p", "no:grader", "-p", "grader.students.plugin")
    run(folder, *plugin)

    done = run(folder, *plugin, "--lf")

    assert done.stdout.splitlines()[-1].strip("= ").startswith("1 failed in")


def test_several_processes_share_one_run(tmp_path):
    folder = folder_of_work(tmp_path / "work")

    done = pytest_in(folder, "-n", "2")

    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert "6 of 6 points checked here" in done.stdout
    assert len(list((folder / ".grader" / "last").glob("*/evidence.json"))) == 1


def test_the_students_own_tests_and_conftest_keep_working(tmp_path):
    folder = folder_of_work(tmp_path / "work")
    (folder / "conftest.py").write_text("import pytest\n@pytest.fixture\ndef seven(): return 7\n")
    (folder / "test_own.py").write_text("from hw import double\ndef test_double(seven): assert double(seven) == 14\n")

    done = pytest_in(folder)

    assert "3 passed" in done.stdout, done.stdout
    assert done.returncode == 0


def test_results_can_be_written_as_junit_xml(wrong, tmp_path):
    pytest_in(wrong, "--junitxml", str(tmp_path / "report.xml"))

    cases = ET.parse(tmp_path / "report.xml").getroot().iter("testcase")  # noqa: S314 - our own file

    assert {case.get("name"): len(list(case.iter("failure"))) for case in cases} == {"value": 1, "sign": 1}


def test_a_check_that_cannot_tell_is_skipped_with_the_reason_and_not_passed(tmp_path):
    folder = folder_of_work(tmp_path / "work", "13")

    done = pytest_in(folder, "-rs", "-k", "sign")

    assert "1 skipped" in done.stdout
    assert "cannot be checked here" in done.stdout
    assert "no points are decided here" in done.stdout


def test_a_wrong_configuration_is_an_error_with_a_message(tmp_path):
    (tmp_path / "grader.toml").write_text('assignment = "nothing like it"\n')

    done = pytest_in(tmp_path)

    assert done.returncode == 2
    assert "assignment 'nothing like it': not found" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_folder_without_a_configuration_is_an_ordinary_one(tmp_path):
    (tmp_path / "test_own.py").write_text("import sys\ndef test(): assert 'torch' not in sys.modules\n")

    done = pytest_in(tmp_path)

    assert "1 passed" in done.stdout
    assert "public checks" not in done.stdout


def test_the_plugin_costs_nothing_when_it_is_not_used():
    script = "import sys, grader.students.plugin; print(sorted({'numpy', 'torch', 'pydantic'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "[]"


def test_grader_check_shows_the_same_without_pytest(right, wrong):
    passed, failed = check_in(right), check_in(wrong)

    assert (passed.returncode, failed.returncode) == (0, 1), passed.stderr
    assert "✓ value  4 of 4  double(7) is 14" in passed.stdout
    assert "6 of 6 points checked here, 1 looked at after you submit" in passed.stdout
    assert "looked at when the work is graded: style (by a person)" in passed.stdout
    assert "✗ value  0 of 4  double(7): expected 14, found -2" in failed.stdout
    assert "hint: return 2 * x" in failed.stdout


def test_grader_check_without_a_configuration_says_what_to_do(tmp_path):
    done = check_in(tmp_path)

    assert done.returncode == 2
    assert "hint: `grader starter ASSIGNMENT DIR` writes one" in done.stderr


def test_hidden_checks_are_neither_run_nor_shown(tmp_path):
    hidden = 'Criterion("secret", "Secret", 3, secret.check)'
    form = 'Criterion("form", "Form", 3, secret.check, preview=sign)'
    folder = folder_of_work(tmp_path / "work", more=(hidden, form))
    source = folder / ".grader" / "checks" / "tiny" / "assignment.py"
    source.write_text(HIDDEN + source.read_text())

    done = check_in(folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ form  – of 3, form only  above 0" in done.stdout
    assert "looked at when the work is graded: secret, form" in done.stdout
