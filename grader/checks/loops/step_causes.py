"""What the calls of a training loop say of its mistakes: modes, devices, steps, gradients that are not zeroed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from grader.checks.loops.loop_task import LoopTask
from grader.inside.gradient_changes import Change

Event = Sequence[object]  # its name first: batch, to, forward, loss, backward, zero_grad, optimizer.step, …


def causes(events: Sequence[Event], task: LoopTask, count: int, *, wrong: bool) -> Iterator[str]:
    """What the calls of an epoch of `count` batches say. Whether gradients were zeroed matters only where numbers are
    wrong.
    """
    passes = [event for event in events if event[0] == "forward"]
    if any(event[1:2] == [False] for event in passes):
        yield _mode_words(passes)
    if task.is_moved:
        yield from _unmoved(events, passes)
    if wrong:
        yield from _of_steps(events, task, count)


def _unmoved(events: Sequence[Event], passes: Sequence[Event]) -> Iterator[str]:
    images_stay = any(event[2:3] == [True] for event in passes)
    if images_stay:
        yield "the images are not moved to the device"
    elif any(event[0] == "loss" and event[2:3] == [False] for event in events):
        yield "the targets are not moved to the device"


def _mode_words(passes: Sequence[Event]) -> str:
    in_training = sum(event[1:2] == [True] for event in passes)
    only_itself = sum(event[1:2] == [False] and event[4:5] == [True] for event in passes)
    if only_itself:
        return (
            f"only the network's own attribute `training` is set in {only_itself} of {len(passes)} forward passes: "
            "its layers stay in evaluation mode"
        )
    return f"the network is in training mode in {in_training} of {len(passes)} forward passes"


def _of_steps(events: Sequence[Event], task: LoopTask, count: int) -> Iterator[str]:
    names = [event[0] for event in events]
    if early := _left_out(names, count):
        yield early
        return
    steps = {word: names.count(f"{word}.step") for word in ("optimizer", "scheduler")}
    for word, found in steps.items():
        if found != count and (word == "optimizer" or task.is_scheduled):
            yield f"the {word} steps {found} times for {count} batches"
    if steps["scheduler"] and steps["optimizer"] and names.index("scheduler.step") < names.index("optimizer.step"):
        yield "the scheduler steps before the optimizer"
    if "backward" in names and names.count("backward") != count:
        yield f"loss.backward() is called {names.count('backward')} times for {count} batches"
    if _without_gradients(events) and not _wiped(names):
        yield "no gradient is left when the optimizer steps: they are zeroed between loss.backward() and it"
    else:
        yield from _of_gradients(names, _kept(events), count)


def _without_gradients(events: Sequence[Event]) -> bool:
    """Whether every step of the optimizer found gradients of zero, though there were backward passes."""
    steps = [event for event in events if event[0] == "optimizer.step"]
    return any(event[0] == "backward" for event in events) and bool(steps) and all(e[1:2] == [False] for e in steps)


def _kept(events: Sequence[Event]) -> int | None:
    """How many backward passes found gradients of earlier ones; None in older evidence, which does not tell."""
    seen = [event for event in events if event[0] == "backward"]
    return None if any(len(event) < 2 for event in seen) else sum(event[1] is not True for event in seen[1:])


def _of_gradients(names: Sequence[object], kept: int | None, count: int) -> Iterator[str]:
    """Gradients may be zeroed in ways that are not noted: then `kept`, the passes that add to earlier ones, tells."""
    if names.count("zero_grad") == 0:
        if kept is None:
            yield "the gradients are not zeroed: no zero_grad is called"
        elif kept:
            yield (
                f"the gradients are not zeroed: no zero_grad between batches, {kept} of {count} backward passes add to "
                "what is there"
            )
    elif _wiped(names):
        yield "the gradients are zeroed between loss.backward() and optimizer.step()"
    elif names.count("forward") > count:
        yield f"the network runs {names.count('forward')} times for {count} batches"
    elif kept != 0 and names.count("zero_grad") < count - 1:
        yield f"the gradients are not zeroed for every batch: {names.count('zero_grad')} times for {count} batches"


def _left_out(names: Sequence[object], count: int) -> str | None:
    """What makes all other counts wrong as well."""
    if 0 < (seen := names.count("batch")) < count:
        return f"it returns after {seen} of {count} batches"
    return "loss.backward() is never called" if "loss" in names and "backward" not in names else None


def _wiped(names: Sequence[object]) -> bool:
    kept = [name for name in names if name in ("backward", "zero_grad", "optimizer.step")]
    return any(kept[at : at + 3] == ["backward", "zero_grad", "optimizer.step"] for at in range(len(kept)))


def gradient_changes(events: Sequence[Event]) -> list[Change]:
    """What was done with the gradients before steps, where something was."""
    told = [event[2] for event in events if event[0] == "optimizer.step" and len(event) > 2]
    return [(one[0], one[1], one[2] is True and one[0] > 0) for one in told if _is_change(one)]


def _is_change(told: object) -> TypeGuard[list[Any]]:
    if not isinstance(told, list) or len(told) != 3:
        return False
    return all(isinstance(norm, float) and math.isfinite(norm) and norm >= 0 for norm in told[:2])


def of_first_batch(events: Sequence[Event]) -> Iterator[str]:
    """The calls of the first batch, in order."""
    seen = 0
    for event in events:
        seen += event[0] == "batch"
        if seen > 1:
            return
        yield str(event[0])[:40]
