"""A machine that is too slow for a training budget: what its time came to, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from grader.grading import Grade

TOO_SLOW = "this machine is too slow for the training"
MEND = "grade on a GPU (--device cuda) or on a faster machine, or give training more time in the assignment's budget"


def too_slow(steps: int, wanted: int, seconds: float) -> str:
    """What happened, with an estimate of the CPU seconds that would be needed."""
    needed = seconds * wanted / max(1, steps)
    return f"{TOO_SLOW}: {steps} of {wanted} steps in {seconds:.0f} CPU seconds, about {needed:.0f} are needed"


def remarks_on_speed(grades: Iterable[Grade]) -> list[str]:
    """One note for a whole batch, if anything in it was left to a person because the machine is too slow."""
    told = {
        grade.student: mark.finding.message
        for grade in grades
        for mark in grade.marks
        if mark.finding.outcome == "ungraded" and TOO_SLOW in mark.finding.message
    }
    if not told:
        return []
    first = next(iter(told.values()))
    example = first[first.index(TOO_SLOW) :].partition(";")[0]
    count = f"{len(told)} submission{'s' * (len(told) > 1)} could not be judged"
    return [f"{example}; {count} for it; hint: {MEND}, and grade them again with --fresh"]
