"""How the samples of homework 5 are graded: training for fewer steps, so that a class of them is graded in minutes."""

from __future__ import annotations

from dataclasses import replace

from grader import Assignment

from .. import settings
from ..budget import Budget
from ..data import CLASSES


def quick(assignment: Assignment) -> Assignment:
    """The assignment with a third of the steps."""
    settings.BUDGET = Budget(steps=20, average_batches=4)
    probes = [assignment.probes[0], settings.BUDGET.probe(CLASSES)]
    return replace(assignment, probes=probes, limits=replace(assignment.limits, cpu_s=300, wall_s=1200))
