"""Exports for instructors' platforms, tried as the platform runs them, in a scratch folder."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

import pytest
from tiny_course import MANUAL, doubling, write_course

from grader.catalog import load_assignment
from grader.lms.github_classroom import write_repository
from grader.lms.gradescope_autograder import autograder_zip, results
from grader.students import checkout
from grader.students.checkout import CheckoutError

QUIET = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GRADER_", "PYTHON"))}


@pytest.fixture(scope="module")
def one_wheel():
    return checkout.wheel()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = write_course(tmp_path_factory.mktemp("course"), more=(MANUAL,))
    (root / "tiny" / "hidden").mkdir()
    (root / "tiny" / "hidden" / "solution.py").write_text("def double(x):\n    return x + x\n")
    (root / "tiny" / "starter").mkdir()
    (root / "tiny" / "starter" / "hw.py").write_text("def double(x):\n    raise NotImplementedError\n")
    return load_assignment("tiny", root)


@pytest.fixture(scope="module")
def installed(one_wheel, tmp_path_factory):
    """The wheel unpacked as pip would: no checkout is near."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(io.BytesIO(one_wheel[1])) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def autograder(course, installed, tmp_path_factory):
    """`/autograder` after Gradescope unpacked the zip and ran `setup.sh`."""
    root = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(io.BytesIO(autograder_zip(course))) as archive:
        archive.extractall(root / "source")
        for info in archive.infolist():
            (root / "source" / info.filename).chmod(info.external_attr >> 16)
    python = root / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH={installed} exec {sys.executable} -P "$@"\n')
    python.chmod(0o755)
    return root


def graded(autograder, source):
    submission = autograder / "submission"
    submission.mkdir(exist_ok=True)
    (submission / "hw.py").write_text(source)
    (autograder / "results" / "results.json").unlink(missing_ok=True)
    command = [autograder / "source" / "run_autograder"]
    done = subprocess.run(
        command,
        env=QUIET | {"GRADER_AUTOGRADER": str(autograder)},
        cwd=autograder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((autograder / "results" / "results.json").read_text())


@pytest.mark.costly
def test_gradescope_gets_a_score_for_each_criterion_that_is_no_persons(autograder):
    found = graded(autograder, doubling("x + 1"))

    assert [(test["name"], test["score"], test["max_score"], test["status"]) for test in found["tests"]] == [
        ("value: Doubles", 0.0, 4.0, "failed"),
        ("sign: Has the right sign", 2.0, 2.0, "passed"),
    ]
    assert "hint: return 2 * x" in found["tests"][0]["output"]
    assert found["extra_data"]["grade"]["marks"][2]["manual"]


@pytest.mark.costly
def test_a_submission_on_gradescope_cannot_write_its_own_results(autograder):
    forge = f"""
import pathlib
for name in ("{autograder}/results/results.json", "/autograder/results/results.json"):
    try:
        pathlib.Path(name).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(name).write_text('{{"score": 100}}')
    except OSError:
        pass
"""
    found = graded(autograder, forge + doubling("x + 1"))

    assert sum(test["score"] for test in found["tests"]) == 2


def test_a_failure_of_the_grader_gives_gradescope_no_score_at_all():
    mark = {
        "criterion": "a",
        "title": "A",
        "outcome": "passed",
        "points": 2.0,
        "points_possible": 2.0,
        "manual": False,
        "message": "good",
        "hint": None,
    }
    broken = mark | {"outcome": "ungraded", "points": None}

    found = results({"marks": [mark, broken]})

    assert not any("score" in test for test in found["tests"])
    assert "a person has to look" in found["output"]


def test_the_scripts_for_gradescope_are_valid_shell(autograder):
    for name in ("setup.sh", "run_autograder", "system-packages"):
        subprocess.run(["bash", "-n", autograder / "source" / name], check=True)
        assert os.access(autograder / "source" / name, os.X_OK)


@pytest.fixture(scope="module")
def repository(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classroom") / "repository"
    write_repository(course, folder)
    return folder


def steps(repository):
    """The commands of the workflow."""
    return re.findall(r"^ +run: (.+)$", (repository / ".github" / "workflows" / "checks.yml").read_text(), re.MULTILINE)


def test_the_workflow_installs_a_wheel_that_is_there(repository, one_wheel):
    install, _ = steps(repository)

    assert install == f"pip install './.grader/{one_wheel[0]}[torch]'"
    assert (repository / ".grader" / one_wheel[0]).read_bytes() == one_wheel[1]


@pytest.mark.costly
@pytest.mark.parametrize(("source", "failures", "status"), [(doubling(), 0, 0), (doubling("x + 1"), 1, 1)])
def test_the_workflow_checks_a_students_work_and_writes_junit_xml(repository, installed, source, failures, status):
    (repository / "hw.py").write_text(source)
    _, check = steps(repository)
    command = check.replace("python -m pytest", "-m pytest -p no:grader -p grader.students.plugin").split()

    done = subprocess.run(
        [sys.executable, "-P", *command],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        env=QUIET | {"PYTHONPATH": str(installed)},
    )

    assert done.returncode == status, done.stdout + done.stderr
    suite = ET.parse(repository / "checks.xml").getroot().find("testsuite")  # noqa: S314 - our own file
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", str(failures))


def test_the_repository_holds_nothing_hidden(repository):
    assert not list(repository.rglob("hidden"))
    assert not [path for path in repository.rglob("*.py") if "return x + x" in path.read_text()]


def test_a_repository_is_written_into_a_new_folder_only(course, tmp_path):
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(CheckoutError, match="expected a new or an empty folder"):
        write_repository(course, tmp_path)


def test_without_a_checkout_there_is_no_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "CHECKOUT", tmp_path)

    with pytest.raises(CheckoutError, match="hint: run the command with the checkout's own"):
        checkout.wheel()
