"""What a training loop returned beside what the reference's returns: losses, accuracies, learning rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.loops.loop_task import WORDS, History, LoopTask
from grader.checks.loops.trajectory import ATOL, RTOL, Trajectory
from grader.inside import loop_setting
from grader.readings.fields import mappings, sequence
from grader.sandbox.protocol import Array, Frame

NUMBERS = ("float", "int", "float64", "float32", "float16", "int64", "bool", loop_setting.PLAIN_TENSOR)
COUNTS = ("no", "one", "two", "three", "four", "five", "six")


def returned(frame: Frame, task: LoopTask) -> list[Array | None]:
    """The numbers of each result, where it is numbers."""
    return [_numbers(frame.arrays.get(f"history.{index}")) for index in range(len(task.results))]


def _numbers(array: Array | None) -> Array | None:
    return array.astype(np.float64) if array is not None and array.ndim == 1 and array.dtype.kind in "biuf" else None


def problems(frame: Frame, found: Sequence[Array | None], task: LoopTask, wanted: Trajectory) -> Iterator[str]:
    """What is wrong with what was returned."""
    if not task.results:
        return
    entries = mappings(frame.header.get("entries"))
    if _permuted(found, task, wanted):
        order = ", ".join(WORDS[result.holds] for result in task.results)
        yield f"the histories are returned in another order than {order}"
        return
    if len(entries) != len(task.results):
        yield f"expected {how_many(task)} to be returned, found {_shown(frame, len(entries))}"
        return
    for result, entry, own, right in zip(task.results, entries, found, wanted.histories, strict=True):
        yield from _of_history(result, entry, own, right, wanted)


def remarks(frame: Frame, task: LoopTask) -> Iterator[str]:
    """What costs nothing of what was returned."""
    for result, entry in zip(task.results, mappings(frame.header.get("entries")), strict=False):
        if loop_setting.PLAIN_TENSOR in sequence(entry.get("of")):
            yield f"{result.name} holds tensors: on a GPU they could not be plotted as they are, floats could"


def how_many(task: LoopTask) -> str:
    """How many histories are returned, in words."""
    count = len(task.results)
    return f"{COUNTS[count]} histor{'y' if count == 1 else 'ies'}"


def _permuted(found: Sequence[Array | None], task: LoopTask, wanted: Trajectory) -> bool:
    there = [array for array in found if array is not None]
    first, second = task.holding("loss"), task.holding("accuracy")
    if len(there) != len(task.results) or first is None or second is None:
        return False
    losses, accuracies = wanted.histories[first], wanted.histories[second]
    if close(there[first], losses):
        return False
    return any(close(array, losses) for array in there) and any(close(array, accuracies) for array in there)


def _shown(frame: Frame, count: int) -> str:
    kind = str(frame.header.get("result"))[:60]
    return f"a {kind}" if not count else f"a {kind} of {count}"


def _of_history(
    result: History, entry: Mapping[str, Any], found: Array | None, right: Array, wanted: Trajectory
) -> Iterator[str]:
    name = result.name
    kinds = [str(kind)[:40] for kind in sequence(entry.get("of"))]
    if any(kind not in NUMBERS for kind in kinds):
        yield f"{name} holds entries of type {', '.join(kinds)}, expected floats"
    if entry.get("length") != len(right):
        wanted_words = "where one number is expected" if result.mean else f"for {len(right)} batches"
        yield f"{name} has {entry.get('length')} entries {wanted_words}"
    elif found is None or found.shape != right.shape:
        yield f"{name} holds no numbers"
    elif result.holds == "rate":
        if not close(found, right) and not close(found, wanted.rates_before):
            yield f"{name} differs from the learning rates: {first_difference(found, right)}"
    elif result.holds == "accuracy":
        yield from _accuracy(name, found, right)
    elif not close(found, right):
        if so_far := _so_far(name, found, right):
            yield so_far
            return
        yield f"{name} differs from the reference: {first_difference(found, right)}"


def _accuracy(name: str, found: Array, right: Array) -> Iterator[str]:
    if close(found, right) or _near(found, right):
        return
    if close(found, 100 * right):
        yield f"{name} holds percentages (0 to 100), expected shares (0 to 1)"
    elif len(right) > 1 and close(found, right * loop_setting.sizes()):
        yield f"{name} holds counts of right predictions, expected shares (0 to 1)"
    elif len(right) > 1 and close(found[:-1], right[:-1]):
        yield "the accuracy of the last, smaller batch is not its share of right predictions"
    elif so_far := _so_far(name, found, right):
        yield so_far
    else:
        yield f"{name} differs from the reference: {first_difference(found, right)}"


def _so_far(name: str, found: Array, right: Array) -> str | None:
    """What is said of sums or averages over the epoch's batches until then."""
    if len(right) < 2:
        return None
    sizes, numbers = loop_setting.sizes(), np.arange(1, len(right) + 1)
    averages = (np.cumsum(right) / numbers, np.cumsum(right * sizes) / np.cumsum(sizes))
    if any(close(found, average) for average in averages):
        return f"{name} holds averages of all batches so far, expected each batch's own"
    if any(close(found, np.cumsum(values)) for values in (right, right * sizes)):
        return f"{name} holds sums of all batches so far, expected each batch's own"
    return None


def _near(found: Array, right: Array) -> bool:
    """A single prediction may tip over by rounding where two logits are all but equal."""
    if found.shape != right.shape:
        return False
    off = np.abs(found - right)
    sizes = loop_setting.sizes() if len(right) > 1 else np.array([loop_setting.COUNT])
    (odd,) = np.nonzero(off > ATOL)
    return len(odd) <= 1 and bool(np.allclose(off[odd], 1 / sizes[odd], rtol=RTOL, atol=ATOL))


def close(found: Array, right: Array) -> bool:
    """Whether numbers are the right ones, up to the rounding of float32 over an epoch."""
    return found.shape == right.shape and bool(np.allclose(found, right, rtol=RTOL, atol=ATOL))


def first_difference(found: Array, right: Array) -> str:
    """The first batch in which numbers differ, with both."""
    at = int(np.argmax(~np.isclose(found, right, rtol=RTOL, atol=ATOL)))
    where = f"batch {at + 1}: " if len(right) > 1 else ""
    return f"{where}expected {right[at]:.4g}, found {found[at]:.4g}"
