"""Slurm runs here for real: jobs of its queue are the workers, each behind its own sandbox."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import slurm_here
from tiny_course import Course

pytestmark = pytest.mark.costly

ROOT = Path(__file__).parents[2]
SITE = """
[slurm]
queue = "debug"
interface = "lo"
memory = "1GiB"
job_script_prologue = ["export PYTHONPATH={root}"]
"""


@pytest.mark.slurm
def test_a_class_is_graded_by_jobs_on_slurms_nodes_though_one_is_cancelled(course: Course, tmp_path: Path):
    course.submit(ada="2 * x", alan="x + 1", kurt="-3", emmy="14")
    (tmp_path / "cluster.toml").write_text(SITE.format(root=ROOT))
    command = [sys.executable, "-m", "grader", "grade", course.submissions, "--assignment", "tiny", "--no-pdf"]
    command += ["--reference", course.reference, "--out", course.out, "--executor", "slurm", "--jobs", "2"]
    command += ["--cluster", tmp_path / "cluster.toml"]
    with slurm_here.running(2) as environment:
        head = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        with ended_after(head, 240):
            said = told_until("is ready", head)
            cancelled = slurm(environment, "squeue", "-h", "-t", "R", "-o", "%A").split()[0]
            slurm(environment, "scancel", cancelled)
            said += head.communicate()[1]
        left = slurm(environment, "squeue", "-h", "-t", "PD,R")

    assert head.returncode == 0, said
    assert {name: row["points"] for name, row in course.rows().items()} == {
        "ada": "6.0",
        "alan": "2.0",
        "kurt": "0.67",
        "emmy": "6.0",
    }
    assert not left.strip()
    assert hosts(course) <= {"n1", "n2"}


def hosts(course: Course) -> set[str]:
    """The machines that the evidence was collected on."""
    return {json.loads(path.read_text())["environment"]["host"] for path in course.out.glob("*/evidence/evidence.json")}


def slurm(environment: Mapping[str, str], *command: str) -> str:
    """What one of Slurm's commands says."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def ended_after(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """A process that hangs is killed, so that the test fails and does not hang with it."""
    end = threading.Timer(seconds, process.kill)
    end.start()
    try:
        yield
    finally:
        end.cancel()


def told_until(words: str, process: subprocess.Popen[str]) -> str:
    """What it said, up to the line with these words or to its end."""
    assert process.stderr is not None
    said = ""
    while words not in said and (line := process.stderr.readline()):
        said += line
    return said
