"""What becomes of jobs that Slurm does not take; a program in the place of `sbatch` refuses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_course import Course

from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import Tls
from grader.executors.launch import reached
from grader.executors.slurm_queue import AGAIN_S, MOST_REFUSED, Queue

ROOT = Path(__file__).parents[2]
DASKS = "Command exited with non-zero exit code.\nExit code: 1\nstderr:\nsbatch: error: invalid partition\n"


class Cluster:
    """Dask's, as far as the queue needs it."""

    def __init__(self, workers=()):
        self.scheduler_info = {"workers": {key: {} for key in workers}}
        self.asked = []

    def adapt(self, **wanted):
        self.asked.append(wanted["minimum_jobs"])


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(s=1000.0)
    monkeypatch.setattr("grader.executors.slurm_queue.time.monotonic", lambda: now.s)
    return now


def test_a_queue_that_takes_nothing_is_told_at_once_in_sbatchs_words():
    queue = Queue()
    queue.refuse(DASKS)

    with pytest.raises(ExecutorError, match=r"found it refused: sbatch: error: invalid partition\nhint: does `sinfo`"):
        queue.see_to(Cluster(), 2)


def test_jobs_refused_after_others_were_taken_are_offered_again_after_a_while(clock):
    queue, cluster = Queue(), Cluster(["a worker"])
    queue.take()
    queue.refuse(DASKS)
    queue.see_to(cluster, 2)
    assert cluster.asked == []
    clock.s += AGAIN_S + 1
    queue.see_to(cluster, 2)
    assert cluster.asked == [2]
    queue.take()
    clock.s += AGAIN_S + 1
    queue.see_to(cluster, 2)

    assert cluster.asked == [2]


def test_where_nobody_works_any_more_and_none_is_taken_for_long_the_batch_ends(clock):
    queue = Queue()
    queue.take()
    for _ in range(MOST_REFUSED + 1):
        queue.refuse(DASKS)
    queue.see_to(Cluster(["a worker"]), 1)

    with pytest.raises(ExecutorError, match="invalid partition"):
        queue.see_to(Cluster(), 1)


@pytest.mark.costly
def test_a_batch_whose_jobs_are_refused_ends_without_a_traceback(course: Course, tmp_path: Path):
    course.submit(ada="2 * x")
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text("#!/bin/sh\necho 'sbatch: error: Batch job submission failed' >&2\nexit 1\n")
    sbatch.chmod(0o755)
    command = [sys.executable, "-m", "grader", "grade", course.submissions, "--assignment", "tiny", "--no-pdf"]
    command += ["--reference", course.reference, "--out", course.out, "--executor", "slurm"]
    path = f"{sbatch.parent}:{os.environ['PATH']}"

    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 2, done.stderr
    assert "expected Slurm to take a job, found it refused: sbatch: error: Batch job submission failed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_certificate_that_is_not_there_is_named(tmp_path):
    nowhere = Tls(ca=tmp_path / "ca.pem", cert=tmp_path / "me.pem", key=tmp_path / "me.key")

    with (
        pytest.raises(ExecutorError, match=r"\[tls\] ca: expected a file, found none at"),
        reached("tls://x:1", nowhere),
    ):
        pass
