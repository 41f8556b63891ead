"""A training loop's epochs as a figure and a table."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.loops.loop_task import LoopTask
from grader.exhibit import LineFigure, Panel, Series, Table
from grader.sandbox.protocol import Array

MOST = 200  # points
WORDS = {
    "batch": "a batch comes from the loader",
    "forward": "forward pass",
    "loss": "criterion",
    "backward": "loss.backward()",
    "zero_grad": "optimizer.zero_grad()",
    "optimizer.step": "optimizer.step()",
    "scheduler.step": "scheduler.step()",
    "to": "moved to the device",
}
RIGHT_STEPS = ("batch", "to", "to", "zero_grad", "forward", "loss", "backward", "optimizer.step", "scheduler.step")


def loss_panel(title: str, right: Array, own: Array | None) -> Panel:
    """One epoch's losses and the reference's."""
    batches = tuple(float(number) for number in range(1, len(right) + 1))
    series = [Series("reference", batches, tuple(right.tolist()), "reference")]
    if own is not None and len(own):
        numbers = tuple(float(number) for number in range(1, min(len(own), MOST) + 1))
        series.insert(0, Series("yours", numbers, tuple(own[:MOST].tolist())))
    return Panel(title, tuple(series))


def loss_figure(task: LoopTask, panels: Sequence[Panel]) -> LineFigure:
    """The losses of all epochs."""
    return LineFigure(
        "losses",
        "Loss of each batch",
        f"The losses that {task.function} returned and the reference's, from the same weights on the same batches.",
        "Line charts of the loss against the batch, one panel for each epoch; the returned and the right one.",
        "batch",
        "loss",
        tuple(panels),
    )


def order_table(task: LoopTask, steps: Sequence[str]) -> Table:
    """The calls of the first batch beside the right ones."""
    words = [[WORDS.get(name, name) for name in names] for names in (_right_steps(task), steps[:20])]
    length = max(map(len, words))
    left, right = (part + ["–"] * (length - len(part)) for part in words)
    return Table(
        "steps",
        "The first batch, call by call",
        "Gradients may be zeroed anywhere before loss.backward(), and the accuracy computed where you like.",
        ("", "Reference", "Yours"),
        tuple((str(number), *pair) for number, pair in enumerate(zip(left, right, strict=True), 1)),
    )


def _right_steps(task: LoopTask) -> list[str]:
    left_out = {"to": not task.is_moved, "scheduler.step": not task.is_scheduled}
    return [step for step in RIGHT_STEPS if not left_out.get(step)]
