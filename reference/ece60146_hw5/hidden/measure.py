"""Measure how the reference does within the budget, over seeds, widths, depths, with and without batch norm.

    python -m grader.checks.measure ece60146_hw5 [--images FOLDER]

writes `spread.json`, in about 5 CPU minutes. Run it again for another data set.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.checks import Training, set_mode
from grader.inside import training as inside

from .. import data
from ..budget import LEARNING_RATES, case_id
from ..settings import BUDGET
from .solution import HW5Net

FILE = "spread.json"
MARKS = (10, 20, 30, 40, 50, 60, 90, 120)
SEEDS = 3
# depth, width, batch norm, seeds, steps: the wide ones are measured less often because they are slow
VARIANTS = (
    (9, 16, True, SEEDS, 60),
    (9, 8, True, SEEDS, 120),
    (14, 8, True, SEEDS, 60),
    (9, 16, False, SEEDS, 60),
    (9, 64, True, 1, 60),
)


def trained(
    source: data.Source, variant: Sequence[Any], rate: float, seed: int
) -> tuple[list[float], dict[int, float]]:
    """Losses by step and accuracy at each mark, by the very loop that trains students' networks."""
    depth, width, batch_norm, _, steps = variant
    images = source(1000 + seed)
    torch.manual_seed(seed)
    network = HW5Net(len(set(images.train_labels)), depth, width, batch_norm)
    changes = {"steps": steps, "learning_rate": rate, "shuffle": seed + 1}
    run = Training(
        network=network,
        images=torch.from_numpy(data.normalised(images.train)),
        labels=torch.from_numpy(images.train_labels),
        budget=replace(BUDGET, work=1e18, step_cpu_s=1e6, cpu_s=1e9, **changes),
    )
    accuracy = {}
    for done in run.steps():
        if done in MARKS:
            accuracy[done] = _accuracy(run, images)
    return run.losses, accuracy


def _accuracy(run: Training, images: data.Images) -> float:
    """Of held-out images, in evaluation mode with averages of the present weights, as students' networks are asked."""
    inside.renew_averages(run.network, run.images, BUDGET.batch, BUDGET.average_batches)
    held_out = torch.from_numpy(data.normalised(images.held_out))
    with torch.no_grad():
        found = torch.cat([run.network(some).argmax(1) for some in torch.split(held_out, BUDGET.replayed)])
    set_mode(run.network, training=True)
    return float((found.numpy() == images.held_out_labels).mean())


def measured(source: data.Source) -> dict[str, Any]:
    """For each learning rate: accuracies by mark, lowest and highest smoothed loss by step."""
    found: dict[str, Any] = {}
    for rate in LEARNING_RATES:
        accuracies: dict[str, list[float]] = {}
        losses: list[list[float]] = []
        for variant in VARIANTS:
            for seed in range(variant[3]):
                curve, reached = trained(source, variant, rate, seed)
                losses.append(curve)
                for steps, share in reached.items():
                    accuracies.setdefault(str(steps), []).append(round(share, 4))
                print(case_id(rate), variant, seed, reached, file=sys.stderr, flush=True)
        found[case_id(rate)] = {"accuracy": accuracies, **_band(losses)}
    return found


def _band(losses: Sequence[Sequence[float]]) -> dict[str, list[float]]:
    smooth = [_smoothed(curve) for curve in losses]
    longest = max(map(len, smooth))
    columns = [[curve[step] for curve in smooth if step < len(curve)] for step in range(longest)]
    return {
        "lowest_loss": [round(min(column), 4) for column in columns],
        "highest_loss": [round(max(column), 4) for column in columns],
    }


def _smoothed(curve: Sequence[float], width: int = 5) -> list[float]:
    return [float(np.mean(curve[max(0, end - width) : end])) for end in range(1, len(curve) + 1)]


def add_options(parser: argparse.ArgumentParser) -> None:
    """On which data."""
    parser.add_argument("--images", type=Path, help="a folder of images by class instead of the embedded digits")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """On the embedded digits, or on another data set."""
    given: Path | None = options.images
    found = measured(data.image_folder(given) if given else data.digits)
    return {"data": given.name if given else "digits", "seeds": SEEDS, "variants": VARIANTS, "cases": found}
