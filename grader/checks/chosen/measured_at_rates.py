"""Measure how a reference does within the budget, at each learning rate, over seeds and variants of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from grader.checks.chosen.loss_figure import smoothed
from grader.checks.chosen.reference_reached import HeldOutBudget, case_id
from grader.checks.image_folders import ImageSource, TrainingImages, normalised
from grader.inside import training
from grader.inside.passes import set_mode

MARKS = (10, 20, 30, 40, 50, 60, 90, 120)  # steps after which the accuracy is measured


@dataclass(frozen=True)
class ReferenceVariant:
    """One way to make the reference, given the number of classes; it is trained for `steps` with each of the seeds."""

    told: tuple[Any, ...]
    make: Callable[[int], nn.Module]
    seeds: int
    steps: int


def measured_at_rates(
    source: ImageSource, variants: Sequence[ReferenceVariant], rates: Sequence[float], budget: HeldOutBudget
) -> dict[str, Any]:
    """For each learning rate: accuracies by mark, lowest and highest smoothed loss by step."""
    return {case_id(rate): _at_rate(source, variants, rate, budget) for rate in rates}


def _at_rate(
    source: ImageSource, variants: Sequence[ReferenceVariant], rate: float, budget: HeldOutBudget
) -> dict[str, Any]:
    accuracies: dict[str, list[float]] = {}
    losses: list[list[float]] = []
    for variant in variants:
        for seed in range(variant.seeds):
            curve, reached = trained(source, variant, rate, seed, budget)
            losses.append(curve)
            for steps, share in reached.items():
                accuracies.setdefault(str(steps), []).append(round(share, 4))
            print(case_id(rate), variant.told, seed, reached, file=sys.stderr, flush=True)
    return {"accuracy": accuracies, **_band(losses)}


def trained(
    source: ImageSource, variant: ReferenceVariant, rate: float, seed: int, budget: HeldOutBudget
) -> tuple[list[float], dict[int, float]]:
    """Losses by step and accuracy at each mark, by the very loop that trains students' networks."""
    images = source(1000 + seed)
    torch.manual_seed(seed)
    network = variant.make(len(set(images.train_labels)))
    endless = replace(budget, patience=1, work=1e18, step_cpu_s=1e6, cpu_s=1e9)
    run = training.Training(
        network=network,
        images=torch.from_numpy(normalised(images.train)),
        labels=torch.from_numpy(images.train_labels),
        budget=replace(endless, steps=variant.steps, learning_rate=rate, shuffle=seed + 1),
    )
    accuracy = {done: _accuracy(run, images, budget) for done in run.steps() if done in MARKS}
    return run.losses, accuracy


def _accuracy(run: training.Training, images: TrainingImages, budget: HeldOutBudget) -> float:
    """Of held-out images, in evaluation mode with averages of the present weights, as students' networks are asked."""
    training.renew_averages(run.network, run.images, budget.batch, budget.average_batches)
    held_out = torch.from_numpy(normalised(images.held_out))
    with torch.no_grad():
        found = torch.cat([run.network(some).argmax(1) for some in torch.split(held_out, budget.replayed)])
    set_mode(run.network, training=True)
    return float((found.numpy() == images.held_out_labels).mean())


def _band(losses: Sequence[Sequence[float]]) -> dict[str, list[float]]:
    smooth = [smoothed(curve) for curve in losses]
    longest = max(map(len, smooth))
    columns = [[curve[step] for curve in smooth if step < len(curve)] for step in range(longest)]
    return {
        "lowest_loss": [round(min(column), 4) for column in columns],
        "highest_loss": [round(max(column), 4) for column in columns],
    }
