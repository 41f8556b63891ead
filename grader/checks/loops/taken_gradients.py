"""The gradients that a step is taken with, beside those that the backward pass made (`inside/gradient_changes.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.inside.gradient_changes import Change

AS_MADE = "those that loss.backward() made"


def otherwise_taken(own: Sequence[Change], right: Sequence[Change]) -> str | None:
    """What a student's steps are taken with and what the reference's are, where that differs in words."""
    found, wanted = words_of(own), words_of(right)
    return None if found == wanted else f"the step is taken with {found}, expected {wanted}"


def words_of(changes: Sequence[Change]) -> str:
    """What the gradients were when steps were taken, from those that had changed."""
    if not changes:
        return AS_MADE
    alike = all(same for _, _, same in changes)
    if alike and all(now < made for made, now, _ in changes) and _are_one(now for _, now, _ in changes):
        return f"gradients clipped to a norm of {changes[0][1]:.3g}"
    if alike and _are_one(now / made for made, now, _ in changes):
        return f"gradients multiplied by {changes[0][1] / changes[0][0]:.3g}"
    return "gradients that were changed after loss.backward()"


def _are_one(values: Iterable[float]) -> bool:
    listed = list(values)
    return max(listed) <= 1.001 * min(listed)
