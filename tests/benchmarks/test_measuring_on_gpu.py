"""The measurement on a GPU, as far as it can be tried without one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from benchmarks.gpu import SAMPLES, steps_of
from benchmarks.graded_twice import differences
from benchmarks.how_busy import Watched, samples_of, summary
from benchmarks.timed_steps import Step, run_steps

ROOT = Path(__file__).parents[2]
GATHERS = (ROOT / "benchmarks/gather_for_gpu.sh").read_text()
MACHINES_OWN = {"numpy", "scipy", "pillow"}
ANSWERS = """
import sys, time
name = sys.argv[1]
if name == "hangs":
    time.sleep(60)
if name == "fails":
    sys.exit("no such GPU")
print("said before", "{\\"name\\": \\"" + name + "\\"}", sep="\\n")
"""


def outcomes(out: Path, *names: str, seconds: float = 20.0, most: float = 60.0) -> dict[str, dict[str, object]]:
    steps = [Step(name, 1.5 if name == "hangs" else seconds, dict) for name in names]
    found = run_steps(steps, [sys.executable, "-c", ANSWERS], out, most)
    assert json.loads(out.read_text()) == found
    return found


def test_a_step_that_fails_or_hangs_is_recorded_and_the_others_are_done(tmp_path: Path):
    found = outcomes(tmp_path / "gpu.json", "fails", "hangs", "works")

    assert found["fails"]["failed"] == "exit status 1"
    assert "no such GPU" in str(found["fails"]["said"])
    assert found["hangs"]["failed"] == "not done after 2 s"
    assert found["works"]["found"] == {"name": "works"}


def test_no_step_begins_when_the_time_is_over(tmp_path: Path):
    assert outcomes(tmp_path / "gpu.json", "works", most=0.5) == {"works": {"failed": "no time was left"}}


def test_verdicts_differ_by_outcome_or_points_but_not_by_words():
    def verdicts(**marks: tuple[str, float, str]) -> dict[str, object]:
        return {"ada": {"device": "cpu", "marks": marks}, "only here": {"device": "cpu", "marks": {}}}

    first = verdicts(flags=("passed", 2.0, "in 0.1 s"), graph=("passed", 2.0, "right"), shape=("partial", 1.0, ""))
    second = verdicts(flags=("passed", 2.0, "in 0.2 s"), graph=("failed", 0.0, "wrong"), shape=("partial", 0.5, ""))
    del second["only here"]

    assert [line.partition(":")[0] for line in differences(first, second)] == ["ada.graph", "ada.shape"]


def test_how_busy_a_gpu_is_comes_from_what_nvidia_smi_says():
    samples = samples_of(["0, 400\n", "80, 900\n", "[N/A], [N/A]\n", "\n", "40, 700\n"])

    assert summary(samples) == {"samples": 3, "busy_percent": 40.0, "any_work_percent": 66.7, "most_used_mib": 900}


def test_samples_are_taken_while_something_else_is_done():
    says = "import time; print('50, 100', flush=True); time.sleep(60)"
    with Watched([sys.executable, "-c", says]) as busy:
        while not busy.samples:
            os.sched_yield()

    assert busy.samples == [(50, 100)]


def test_without_nvidia_smi_there_are_no_samples():
    with Watched(["/nowhere/nvidia-smi"]) as busy:
        pass

    assert summary(busy.samples) == {"samples": 0}


def test_the_samples_that_are_graded_are_there():
    assert {name for name in SAMPLES if f"verdicts {name}" in {step.name for step in steps_of(trial=False)}} == {
        *SAMPLES
    }
    for assignment, students in SAMPLES.items():
        assert [name for name in students if not (ROOT / "submissions" / assignment / name).exists()] == []


def test_all_that_the_grader_imports_is_gathered_or_the_machines_own():
    (listed,) = re.findall(r"wanted=\((.*?)\"", GATHERS, re.DOTALL)
    gathered = {plain(name) for name in listed.split()}
    needed: set[str] = set()
    found = needs("homework-grader")
    while found - needed:
        needed |= found
        found = {other for name in needed - MACHINES_OWN for other in needs(name)}

    assert needed - gathered - MACHINES_OWN == set()


def needs(package: str) -> set[str]:
    return {plain(re.split(r"[^\w.-]", line)[0]) for line in requires(package) or () if ";" not in line}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def gpu_sh(*arguments: str, python: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(ROOT / "benchmarks/gpu.sh"), *arguments]
    return subprocess.run(command, env=os.environ | {"PYTHON": python}, capture_output=True, text=True, check=False)


@pytest.mark.costly
def test_the_command_measures_with_the_machines_own_packages(tmp_path: Path):
    options = ["--packages", str(tmp_path), "--trial", "--steps", "machine", "--out", str(tmp_path / "gpu.json")]

    done = gpu_sh(*options, python=sys.executable)

    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads((tmp_path / "gpu.json").read_text()).values()
    assert found["found"]["packages"]["torch"] != "not installed"


def test_the_command_says_what_is_missing_without_pytorch(tmp_path: Path):
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/bash\nexec {sys.executable} -I -S "$@"\n')
    python.chmod(0o755)

    done = gpu_sh("--packages", str(tmp_path), python=str(python))

    assert done.returncode == 2
    assert "expected a Python with PyTorch" in done.stderr
    assert "hint: PYTHON=" in done.stderr
