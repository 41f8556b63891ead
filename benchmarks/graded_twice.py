"""The same submissions graded in two ways at the same time, and their verdicts compared."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.course import ROOT
from benchmarks.timed_steps import module

SEED = "20261121"
ENDING_S = 10.0


@dataclass(frozen=True)
class Batch:
    """One `grader grade`, which is stopped after `time_s` seconds; what is graded by then counts."""

    submissions: Path
    assignment: str
    reference: Path
    out: Path
    device: str
    students: Sequence[str] = ()
    time_s: float = 90.0
    jobs: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))

    def command(self) -> list[str]:
        """What is run."""
        options = ["--assignment", self.assignment, "--reference", str(self.reference), "--out", str(self.out)]
        options += ["--device", self.device, "--jobs", str(self.jobs), "--seed", SEED, "--no-pdf", "--quiet"]
        options += [part for student in self.students for part in ("--student", student)]
        return module("grader", "grade", str(self.submissions), *options)


def graded(batch: Batch) -> dict[str, Any]:
    """Grade; how many were graded in how many seconds, and what the command complained of."""
    began = time.monotonic()
    process = subprocess.Popen(
        batch.command(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )
    try:
        said, stopped = process.communicate(timeout=batch.time_s)[0], False
    except subprocess.TimeoutExpired:
        stopped = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDING_S)
        process.kill()
        said = process.communicate()[0]
    count = len(list(batch.out.glob("*/grade.json")))
    took = round(time.monotonic() - began, 1)
    return {"graded": count, "seconds": took, "stopped": stopped, "status": process.returncode, "said": said[-1500:]}


def compared(batches: Sequence[Batch]) -> dict[str, Any]:
    """Both batches at once; verdicts that differ, each with both messages. `same` says that none does."""
    with ThreadPoolExecutor(len(batches)) as pool:
        runs = list(pool.map(graded, batches))
    first, second = (verdicts_of(batch.out) for batch in batches)
    both = sorted(first.keys() & second.keys())
    differing = differences(first, second)
    return {
        "batches": {batch.out.name: run for batch, run in zip(batches, runs, strict=True)},
        "students": both,
        "devices": [sorted({one["device"] for one in found.values()}) for found in (first, second)],
        "compared": sum(len(first[student]["marks"]) for student in both),
        "differing": differing,
        "same": bool(both) and not differing,
    }


def verdicts_of(out: Path) -> dict[str, dict[str, Any]]:
    """By student: the device, and outcome, points and message of each criterion."""
    found = {}
    for file in sorted(out.glob("*/grade.json")):
        grade = json.loads(file.read_text())
        marks = {row["criterion"]: (row["outcome"], row["points"], row["message"]) for row in grade["marks"]}
        found[grade["student"]] = {"device": grade["execution"]["device"], "marks": marks}
    return found


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """One line for each criterion whose outcome or points differ."""
    return [
        f"{student}.{criterion}: {list(mark)} and {list(second[student]['marks'][criterion])}"
        for student in sorted(first.keys() & second.keys())
        for criterion, mark in first[student]["marks"].items()
        if tuple(mark[:2]) != tuple(second[student]["marks"][criterion][:2])
    ]
