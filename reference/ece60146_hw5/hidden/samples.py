"""How the samples of homework 5 are graded: training for fewer steps, so that a class of them is graded in minutes."""

from __future__ import annotations

from dataclasses import replace

from grader.assignment import Assignment
from grader.sandbox.protocol import Limits

from ..budget import Budget


def quick(assignment: Assignment) -> Assignment:
    """The assignment with a third of the steps."""
    short = Budget(steps=20, cpu_s=60, predict_cpu_s=60, average_batches=4)
    probes = [assignment.probes[0], short.probe(5)]
    return replace(assignment, probes=probes, limits=Limits(cpu_s=180, wall_s=900))
