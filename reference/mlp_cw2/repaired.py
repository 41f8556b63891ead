"""What a repaired network has to show: the block in use, 38 layers, and a loss that falls."""

from __future__ import annotations

import math
from collections.abc import Iterator

from grader.checks import AsMade

from . import spread
from .cases import BLOCKS, STAGES
from .network_readings import Built, Trained

FALLEN = 0.95  # of the first loss
LAYERS = 2 + 2 * STAGES * (BLOCKS + 1)  # entry, two in every block, linear


def problems(found: Built, *, normalised: bool, by_hand: bool = False) -> Iterator[str]:
    """What is wrong with a network, in words; with `normalised`, as one of batch normalizations.

    Those written `by_hand` cannot be counted in the network, only in the block.
    """
    if found.problem:
        yield first_problem(found)
    if found.made:
        yield from _structure(found.made, found, normalised=normalised, counted=not by_hand)
    if found.trained:
        yield from _training(found.trained, normalised=normalised)


def first_problem(found: Built) -> str:
    """Why there is no network to measure, in words."""
    return f"VGG_38 of {found.words}{found.made_by}: {found.problem}" if found.blocks else found.problem or ""


def _structure(made: AsMade, found: Built, *, normalised: bool, counted: bool) -> Iterator[str]:
    if found.blocks and not made.used.get(found.blocks[0]):
        yield f"{made.origin} does not use {found.blocks[0]}"
    if not normalised:
        return
    if made.depth != LAYERS:
        yield f"expected {LAYERS} layers, found {made.depth} on the way from the input to the output"
    # The entry block is given; batch normalizations of a pre-activation block stand before its convolutions.
    within = made.normalised
    if counted and within.count < within.convolutions - 1:
        yield f"{within.count} of {within.convolutions} convolutions of the network have a batch normalization"


def _training(trained: Trained, *, normalised: bool) -> Iterator[str]:
    if not spread.known():
        yield from (
            () if _falls(trained) else (f"it does not train: the loss is {trained.training:.3g} after the budget",)
        )
        return
    budget = trained.budget.id
    limit = spread.loss_limit(budget, "training")
    if limit is not None and not trained.training <= limit:
        yield _lost(trained.training, "training", budget, limit)
    limit = spread.loss_limit(budget, "evaluation")
    if normalised and limit is not None and trained.training <= limit and not trained.evaluation <= limit:
        yield _lost(trained.evaluation, "evaluation", budget, limit)


def _lost(loss: float, mode: spread.Mode, budget: str, limit: float) -> str:
    reference, broken = spread.after(spread.BATCH_NORM, budget, mode), spread.after(spread.BROKEN, budget, mode)
    what = "it does not train" if mode == "training" else "it trains, but fails in evaluation mode"
    return (
        f"{what}: the loss after the budget is {loss:.3g} in {mode} mode, expected at most {limit:.3g} "
        f"(reference {reference.words}, broken network {broken.words})"
    )


def trains(trained: Trained) -> bool:
    """Whether the loss after the budget is one of a network that trains."""
    if not spread.known():
        return _falls(trained)
    limit = spread.loss_limit(trained.budget.id, "training")
    return limit is None or trained.training <= limit


def _falls(trained: Trained) -> bool:
    """Whether the loss ends below its beginning: what can be said where the reference's is not known."""
    return trained.training < FALLEN * trained.losses[0] if len(trained.losses) else math.isfinite(trained.training)
