"""The same trivial submissions with other graders: `python -m benchmarks.peers [--count N] [--peers-count N]`.

nbgrader and Otter are installed from PyPI into throw-away virtual environments of their own (some minutes).
All three grade a notebook of one function with one check. What counts is CPU seconds per submission, what a
batch costs once included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.clock import CpuClock
from benchmarks.course import ROOT, TRIVIAL, write_assignment

GOALS = {"nbgrader": 25, "otter-grader": 80}
CHECK = "assert double(7) == 14"
OTTER_TEST = """
OK_FORMAT = True
test = {"name": "q1", "points": 4, "suites": [{"cases": [{"code": ">>> double(7)\\n14", "hidden": False,
        "locked": False}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}]}
"""


def notebook(*cells: tuple[str, dict[str, Any]]) -> str:
    """A notebook of code cells with their metadata."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell{n}",
            "metadata": metadata,
            "execution_count": None,
            "outputs": [],
            "source": text,
        }
        for n, (text, metadata) in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made})


def environment(folder: Path, package: str) -> Path:
    """A new virtual environment with `package` from PyPI; its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / package)], check=True)
    pip = [str(folder / package / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, package, "ipykernel"], check=True)
    return folder / package / "bin"


def run(command: list[str], folder: Path, programs: Path) -> str:
    """Run `command` with the programs of a virtual environment first; its output."""
    variables = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout + done.stderr


def with_grader(clock: CpuClock, folder: Path, count: int) -> float:
    """CPU seconds of `grader grade --no-pdf`."""
    write_assignment(folder / "reference")
    for number in range(count):
        (folder / f"work/s{number:04}").mkdir(parents=True)
        (folder / f"work/s{number:04}/hw.ipynb").write_text(notebook((f"# student {number}\n{TRIVIAL}", {})))
    command = [sys.executable, "-m", "grader", "grade", str(folder / "work"), "--assignment", "doubling", "--no-pdf"]
    command += ["--reference", str(folder / "reference"), "--out", str(folder / "out")]
    before = clock.seconds()
    run(command, ROOT, Path(sys.executable).parent)
    used = clock.seconds() - before
    assert (folder / "out/grades.csv").read_text().count(",4.0,") >= count
    return used


def with_nbgrader(clock: CpuClock, folder: Path, count: int, programs: Path) -> float:
    """CPU seconds of `nbgrader autograde`."""
    course = folder / "course"
    (course / "source/ps1").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    common = {"schema_version": 3, "locked": False, "task": False}
    answer = {"nbgrader": {**common, "grade": False, "grade_id": "answer", "solution": True}}
    test = {"nbgrader": {**common, "grade": True, "grade_id": "test", "locked": True, "points": 4, "solution": False}}
    (course / "source/ps1/hw.ipynb").write_text(
        notebook((f"### BEGIN SOLUTION\n{TRIVIAL}### END SOLUTION", answer), (CHECK, test))
    )
    run(["nbgrader", "generate_assignment", "ps1", "--create"], course, programs)
    released = json.loads((course / "release/ps1/hw.ipynb").read_text())
    for number in range(count):
        released["cells"][0]["source"] = f"# student {number}\n{TRIVIAL}"
        (course / f"submitted/s{number:04}/ps1").mkdir(parents=True)
        (course / f"submitted/s{number:04}/ps1/hw.ipynb").write_text(json.dumps(released))
    before = clock.seconds()
    run(["nbgrader", "autograde", "ps1", "--create"], course, programs)
    used = clock.seconds() - before
    assert len(list((course / "autograded").glob("*/ps1/hw.ipynb"))) == count
    return used


def with_otter(clock: CpuClock, folder: Path, count: int, programs: Path) -> float:
    """CPU seconds of `otter run`, once for each submission."""
    course = folder / "otter"
    (course / "tests").mkdir(parents=True)
    (course / "tests/q1.py").write_text(OTTER_TEST)
    run(["otter", "generate", "--tests-dir", "tests", "--no-environment"], course, programs)
    used = 0.0
    for number in range(count):
        (course / "hw.ipynb").write_text(notebook((f"# student {number}\n{TRIVIAL}", {})))
        before = clock.seconds()
        run(["otter", "run", "hw.ipynb", "--autograder", "autograder.zip"], course, programs)
        used += clock.seconds() - before
        results = json.loads((course / "results.json").read_text())
        assert any(test.get("score") == 4 for test in results["tests"]), results
        (course / "results.json").unlink()
    return used


def main() -> None:
    """Install, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200, help="submissions for grader")
    options.add_argument("--peers-count", type=int, default=10, help="submissions for each of the others")
    given = options.parse_args()
    clock = CpuClock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = {package: environment(folder, package) for package in GOALS}
        ours = with_grader(clock, folder, given.count) / given.count
        print(f"grader: {ours:.3f} CPU s a submission, of {given.count}; by {clock.way}")
        for package, measure in (("nbgrader", with_nbgrader), ("otter-grader", with_otter)):
            theirs = measure(clock, folder, given.peers_count, programs[package]) / given.peers_count
            goal = f"goal {GOALS[package]}"
            print(f"{package}: {theirs:.2f} CPU s, of {given.peers_count}: {theirs / ours:.1f} times as much ({goal})")


if __name__ == "__main__":
    main()
