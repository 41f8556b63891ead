"""Whether a network computes the same when nobody watches as in the pass that was written down.

What `grader/inside/passes.py` brings back is compared with the operations, run again here on the same weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.checks.plain_runs import alike
from grader.sandbox.protocol import Array

FAR = 0.02  # of the largest output: two correct evaluations in float32 were seen to differ by less than a tenth of it
WORDS = {
    "plain": "in an ordinary pass",
    "graded": "in a pass with gradients",
    "single": "for one sample alone",
}


@dataclass(frozen=True)
class Doubt:
    """Why what was written down is not what runs. `ours` if the writing down is at fault, else the network is."""

    words: str
    ours: bool


def doubt(arrays: Mapping[str, Array], again: Array, single: Array | None = None) -> Doubt | None:
    """Compare the outputs that came back with those computed `again` (N × …) from the operations.

    `single` was computed from the first sample alone: it need not be the first of `again`, as where the batch's
    statistics are used.
    """
    watched = arrays.get("output.watched")
    if watched is None or not _same(watched, again):
        return Doubt("its operations could not be written down: run again, they give other outputs", ours=True)
    wanted = {"plain": watched, "graded": watched, "single": single}
    for name, words in WORDS.items():
        found, right = arrays.get(f"output.{name}"), wanted[name]
        if found is not None and right is not None and not _same(found, right):
            return Doubt(f"{words} it computes something else than while its operations are written down", ours=False)
    return None


def without_prefix(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays of one mode."""
    return dict(_own(arrays, prefix))


def _own(arrays: Mapping[str, Array], prefix: str) -> Iterator[tuple[str, Array]]:
    for name, array in arrays.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), array


def _same(found: Array, wanted: Array) -> bool:
    return found.dtype.kind in "fiub" and alike(found, wanted, FAR)
