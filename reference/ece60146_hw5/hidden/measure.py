"""Measure how the reference does within the budget, over seeds, widths, depths, with and without batch norm.

    python -m grader.checks.measure ece60146_hw5 [--images FOLDER]

writes `spread.json`, in about 5 CPU minutes. Run it again for another data set.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grader.checks import ReferenceVariant, measured_at_rates

from .. import settings
from .solution import HW5Net

FILE = "spread.json"
SEEDS = 3
# depth, width, batch norm, seeds, steps: the wide ones are measured less often because they are slow
VARIANTS = (
    (9, 16, True, SEEDS, 60),
    (9, 8, True, SEEDS, 120),
    (14, 8, True, SEEDS, 60),
    (9, 16, False, SEEDS, 60),
    (9, 64, True, 1, 60),
)


def variant(depth: int, width: int, batch_norm: bool, seeds: int, steps: int) -> ReferenceVariant:
    """One of them."""
    told = (depth, width, batch_norm, seeds, steps)
    return ReferenceVariant(told, lambda classes: HW5Net(classes, depth, width, batch_norm), seeds, steps)


def add_options(parser: argparse.ArgumentParser) -> None:
    """On which data."""
    parser.add_argument("--images", type=Path, help="a folder of images by class instead of the embedded digits")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """On the embedded digits, or on another data set."""
    given: Path | None = options.images
    variants = [variant(*one) for one in VARIANTS]
    found = measured_at_rates(settings.source(given), variants, settings.LEARNING_RATES, settings.BUDGET)
    return {"data": settings.data_name(given), "seeds": SEEDS, "variants": VARIANTS, "cases": found}
