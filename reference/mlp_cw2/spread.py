"""The reference's measured spread over seeds (`hidden/measured.json`, made by `measure.py`), and what follows from it.

Students do not have it: what they run asks `known` first, or goes without.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from grader.checks import Spread, measured

BROKEN, HEALTHY, BATCH_NORM, RESIDUAL = "VGG_38", "VGG_08", "VGG_38 BN", "VGG_38 BN + RC"
MEASURED = Path(__file__).parent / "hidden" / "measured.json"
Mode = Literal["training", "evaluation"]


def _measured() -> Mapping[str, Any]:
    return measured(MEASURED)


def known() -> bool:
    """Whether the reference's numbers are here."""
    return MEASURED.is_file()


def seeds() -> int:
    """How many seeds were measured."""
    count: int = _measured()["seeds"]
    return count


def gradients(network: str) -> Spread:
    """Mean absolute gradient of each layer's weight as the network is made."""
    return Spread(**_measured()["networks"][network]["gradients"])


def losses(network: str, budget: str) -> Spread:
    """Loss before each step of a budget."""
    return Spread(**_measured()["networks"][network][budget]["losses"])


def after(network: str, budget: str, mode: Mode = "training") -> Spread:
    """Loss on the training images after a budget."""
    return Spread(**_measured()["networks"][network][budget][mode])


def loss_limit(budget: str, mode: Mode) -> float | None:
    """Below it lies no loss of the broken network, by three times its range over seeds and at least a twentieth.

    Networks that train more slowly than the references lie below it too: a shortcut without batch normalization,
    say. None if this budget is too small to tell the references from the broken network in this mode, and where no
    numbers are here.
    """
    if not known():
        return None
    worst = max(after(network, budget, mode).largest[0] for network in (BATCH_NORM, RESIDUAL))
    broken = after(BROKEN, budget, mode)
    least, largest = broken.least[0], broken.largest[0]
    return min(least - 3 * (largest - least), 0.95 * least) if worst < 0.9 * least else None


def gradient_limit() -> float:
    """Below it, the first layer's gradient lies nearer to the broken network's than to a reference's, in decades."""
    largest = gradients(BROKEN).largest[0]
    least = min(gradients(network).least[0] for network in (BATCH_NORM, RESIDUAL))
    return math.sqrt(largest * least)
