"""Images, labels and gradients drawn from the batch's secret seed. Labels of the full-size network stay outside."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from grader import Array
from grader.checks import drawn_gradients

from .cases import CLASSES, FILTERS, FLOW_FILTERS, FLOWS, Budget
from .given import NETWORKS

FULL_BATCH = 4
BLOCK_CHANNELS, BLOCK_SIZE = FILTERS, 8  # some blocks are written for the handout's filters only


def served(budget: Budget) -> Callable[[int], dict[str, Array]]:
    """For `Assignment.data`: what is sent into the sandbox with this budget, as a function of the seed."""
    return partial(arrays, budget)


@lru_cache(maxsize=8)
def arrays(budget: Budget, seed: int) -> dict[str, Array]:
    """Inputs for blocks, images for both sizes of network, labels to train on, gradients to plot."""
    images, labels = small(budget, seed)
    found: dict[str, Array] = {
        "block.images": block_images(seed),
        "full.images": full(seed)[0],
        "small.images": images,
        "small.labels": labels,
    }
    for name in FLOWS:
        found |= {f"gradients.{name}.{index}": gradient for index, gradient in enumerate(gradients(name, seed))}
    return found


def block_images(seed: int) -> Array:
    """Inputs of a block alone: 4 × channels × size × size."""
    random = np.random.default_rng([seed, 38])
    return random.standard_normal((4, BLOCK_CHANNELS, BLOCK_SIZE, BLOCK_SIZE)).astype(np.float32)


def small(budget: Budget, seed: int) -> tuple[Array, Array]:
    """Images (N × 3 × size × size) whose colours and coarse pattern depend on the class, with noise; labels (N)."""
    random = np.random.default_rng([seed, 5])
    colours = 1.5 * random.standard_normal((budget.classes, 3, 1, 1))
    patterns = colours + 0.5 * random.standard_normal((budget.classes, 3, 4, 4))
    labels = random.permutation(np.arange(budget.images) % budget.classes)
    coarse = patterns[labels] + 0.3 * random.standard_normal((budget.images, 3, 4, 4))
    large = coarse.repeat(budget.size // 4, axis=2).repeat(budget.size // 4, axis=3)
    images = large + 0.2 * random.standard_normal(large.shape)
    return images.astype(np.float32), labels.astype(np.int64)


def full(seed: int) -> tuple[Array, Array]:
    """A batch as the handout's networks get it: 3 × 32 × 32 and 100 classes. Only the images go into the sandbox."""
    random = np.random.default_rng([seed, 100])
    coarse = random.standard_normal((FULL_BATCH, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    images = coarse + 0.3 * random.standard_normal(coarse.shape)
    return images.astype(np.float32), random.integers(CLASSES, size=FULL_BATCH)


@lru_cache(maxsize=8)
def parameters(network: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names and shapes of the given network whose gradients are plotted."""
    made = NETWORKS[network]((2, 3, 8, 8), CLASSES, FLOW_FILTERS)
    return tuple((name, tuple(parameter.shape)) for name, parameter in made.named_parameters())


def gradients(network: str, seed: int) -> list[Array]:
    """One gradient for each parameter of a network."""
    random = np.random.default_rng([seed, len(network), FLOWS[network]])
    return drawn_gradients(random, [shape for _, shape in parameters(network)])
