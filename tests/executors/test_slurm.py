"""Slurm runs here for real: jobs of its queue are the workers, each behind its own sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import slurm_here
from tiny_course import Course

ROOT = Path(__file__).parents[2]
SITE = """
[slurm]
queue = "debug"
interface = "lo"
memory = "1GiB"
job_script_prologue = ["export PYTHONPATH={root}"]
"""


@pytest.mark.slurm
def test_a_class_is_graded_by_jobs_on_slurms_nodes(course: Course, tmp_path: Path):
    course.submit(ada="2 * x", alan="x + 1", kurt="-3", emmy="14")
    (tmp_path / "cluster.toml").write_text(SITE.format(root=ROOT))
    with slurm_here.running(2) as environment:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "grader", "grade", course.submissions, "--assignment", "tiny"),
                *("--reference", course.reference, "--out", course.out, "--no-pdf", "--executor", "slurm"),
                *("--jobs", "2", "--cluster", tmp_path / "cluster.toml"),
            ],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        left = subprocess.run(["squeue", "-h"], env=environment, capture_output=True, text=True, check=True).stdout

    assert done.returncode == 0, done.stderr
    assert {name: row["points"] for name, row in course.rows().items()} == {
        "ada": "6.0",
        "alan": "2.0",
        "kurt": "0.67",
        "emmy": "6.0",
    }
    assert hosts(course) <= {"n1", "n2"}
    assert not left.strip()


def hosts(course: Course) -> set[str]:
    """The machines that the evidence was collected on."""
    return {json.loads(path.read_text())["environment"]["host"] for path in course.out.glob("*/evidence/evidence.json")}
