"""What `stats_values` compares with: it follows from the evidence alone and is kept; no tolerance is seen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from grader import Array, Evidence, kept, remembered
from grader.checks import replay

from .. import data
from ..cases import BLOCKS, CASES, SAMPLES, Configuration
from ..stats import result_of
from . import built, oracle
from .mistakes import FORMULAS, OTHERS
from .ran import Ran, Wrong, own_behaviour, ran, same_flags, samples
from .rerun import Rerun
from .targets import Targets


@dataclass(frozen=True)
class Attempt:
    """What get_stats returned for a configuration, and the samples that its columns belong to in one likely order.

    With `alone` samples are run one after the other, with `double` in float64.
    """

    evidence: Evidence
    case: str
    order: int
    found: Array
    alone: bool = False
    double: bool = False

    def right_answer(self, columns: Sequence[int], labels: Sequence[int] = ()) -> Array:
        """Blocks × columns: the norms for the samples' own labels, or for these."""
        how = (tuple(columns), tuple(labels), self.alone, self.double)
        return norms(self.evidence, self.case, self.order, *how)

    def wrong_answer(self, mistake: str, columns: Sequence[int]) -> Array | None:
        """Blocks × columns: what a usual mistake gives; None where it cannot be made."""
        return mistaken(self.evidence, self.case, self.order, tuple(columns), mistake)

    def labels(self, columns: Sequence[int]) -> tuple[int | None, ...]:
        """Of the columns' samples; None for those that nobody served."""
        return labels(self.evidence, self.case, self.order, tuple(columns))

    def images(self, columns: Sequence[int]) -> tuple[int, ...]:
        """For each column the first one that has the same image."""
        return same_images(self.evidence, self.case, self.order, tuple(columns))

    def strange(self, columns: Sequence[int]) -> tuple[str, ...]:
        """What of the network and of these samples was built on purpose."""
        return strange(self.evidence, self.case, self.order, tuple(columns))


def returned(evidence: Evidence, case: Configuration) -> Array:
    """What get_stats returned, blocks × samples; a transposed one as if it were not (its shape is judged elsewhere)."""
    call = result_of(evidence, case)
    found: Array = (call.result if call.result is not None else np.zeros(0)).astype(np.float64)
    return found.T if found.shape == (SAMPLES, BLOCKS) else found


@kept
def looked_at(evidence: Evidence, case: str) -> dict[str, Any]:
    """What ran for a configuration: `problem` and `hint` if nothing can be right then; else which flags it was `seen`
    to have, how many `orders` its samples may have, and the `excuse` for norms that say little.
    """
    try:
        with replay.or_a_person():
            return _looked_at(evidence, _case(case))
    except Wrong as wrong:
        return {"problem": str(wrong), "hint": wrong.hint}
    except replay.NotReplayable as error:
        return {"problem": f"the network cannot be run again: {error}", "hint": None}


def _looked_at(evidence: Evidence, case: Configuration) -> dict[str, Any]:
    own, found = own_behaviour(evidence).get(case), returned(evidence, case)
    if found.ndim != 2 or min(found.shape) < 2:
        shape = " × ".join(map(str, found.shape)) or "a single number"
        raise Wrong(f"expected a norm for every block and sample, found {shape}")
    made = _ran(evidence, case.id)
    seen = same_flags(evidence, case, result_of(evidence, case), own)
    if found.shape[0] != len(made.names):
        raise Wrong(f"expected one row for each of {len(made.names)} blocks, found {found.shape[0]} rows")
    if not np.isfinite(found).all():
        raise Wrong(f"{int((~np.isfinite(found)).sum()):,} of {found.size:,} norms are not finite numbers")
    orders = len(_orders(evidence, case.id))
    return {"seen": (seen.skip, seen.batch), "orders": orders, "excuse": built.excuse(made, seen)}


@kept
def norms(
    evidence: Evidence,
    case: str,
    order: int,
    columns: tuple[int, ...],
    others: tuple[int, ...],
    alone: bool,
    double: bool,
) -> Array:
    """Blocks × columns, for the samples' own labels or `others`. Raises NotReplayable."""
    rerun = _rerun(evidence, case, order, alone, double)
    return oracle.norms(rerun.gradients(columns, others)) if others else rerun.right_answer(columns)


@kept
def mistaken(evidence: Evidence, case: str, order: int, columns: tuple[int, ...], mistake: str) -> Array | None:
    """Blocks × columns: what a mistake gives. Raises NotReplayable."""
    if mistake in FORMULAS:
        return FORMULAS[mistake](_gradients(evidence, case, order, columns))
    return OTHERS[mistake](_rerun(evidence, case, order, False, False), columns)


@kept
def labels(evidence: Evidence, case: str, order: int, columns: tuple[int, ...]) -> tuple[int | None, ...]:
    """The columns' samples among the served images."""
    return tuple(_rerun(evidence, case, order, False, False).labels(columns))


@kept
def same_images(evidence: Evidence, case: str, order: int, columns: tuple[int, ...]) -> tuple[int, ...]:
    """For each column the first of these that has the same image."""
    images = [_orders(evidence, case)[order][column].numpy().tobytes() for column in columns]
    return tuple(columns[images.index(image)] for image in images)


@kept
def strange(evidence: Evidence, case: str, order: int, columns: tuple[int, ...]) -> tuple[str, ...]:
    """What was built on purpose of the network and the columns' samples."""
    images = _orders(evidence, case)[order]
    return tuple(built.strange(_ran(evidence, case), [images[column] for column in columns]))


@remembered
def _ran(evidence: Evidence, case: str) -> Ran:
    return ran(evidence, result_of(evidence, _case(case)))


@remembered
def _orders(evidence: Evidence, case: str) -> list[list[Tensor]]:
    known = _case(case)
    return samples(result_of(evidence, known), returned(evidence, known).shape[1])


@remembered
def _rerun(evidence: Evidence, case: str, order: int, alone: bool, double: bool) -> Rerun:
    made, images = _ran(evidence, case), _orders(evidence, case)[order]
    found = returned(evidence, _case(case))
    rerun = Rerun(made.network, made.tensors, made.names, images, targets_of(evidence), found, alone)
    return rerun.in_double() if double else rerun


@remembered
def _gradients(evidence: Evidence, case: str, order: int, columns: tuple[int, ...]) -> oracle.Gradients:
    return _rerun(evidence, case, order, False, False).gradients(columns)


@remembered
def targets_of(evidence: Evidence) -> Targets:
    """The served images, in which the samples of all configurations are found."""
    return Targets(data.served(evidence.seed))


def _case(name: str) -> Configuration:
    return next(case for case in CASES if case.id == name)
