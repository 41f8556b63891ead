"""How far two right computations differ, over seeds: what the tolerances rest on. Run with `make measure`."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from torch import nn

from grader import weights_seed
from grader.checks import fill
from grader.inside import loop_setting

from .. import data
from ..cases import BLOCKS
from . import residual_block, solution

SEEDS = 20


def networks(seed: int) -> float:
    """Largest relative difference between float32 and float64 outputs of all networks and blocks, both modes."""
    served = data.served(seed)
    worst = 0.0
    for width in data.NETWORK_IMAGES:
        for make in (solution.get_mlp, solution.get_cnn):
            worst = max(worst, _spread(make(width), served[data.images_of(width)], seed))
    for block in BLOCKS:
        for made in residual_block.variants(block).values():
            for width in data.BLOCK_IMAGES:
                worst = max(worst, _spread(made, served[data.block_images_of(block.inside, width)], seed))
    return worst


def _spread(network: nn.Module, batch: np.ndarray, seed: int) -> float:
    fill(network.float(), weights_seed(seed))
    worst = 0.0
    for training in (False, True):
        with torch.no_grad():
            single = network.train(training).float()(torch.from_numpy(batch)).double()
            double = network.double()(torch.from_numpy(batch).double())
        worst = max(worst, float((single - double).abs().max() / double.abs().max()))
    return worst


def epoch(seed: int, case: str) -> float:
    """Largest difference of losses, relative, between an epoch in float32 and one in float64."""
    served = data.served(seed)
    batches = loop_setting.batches(served[data.TRAINING_IMAGES], served[data.TRAINING_LABELS])
    losses = []
    for dtype in (torch.float32, torch.float64):
        network = loop_setting.network(weights_seed(seed)).to(dtype)
        optimizer = loop_setting.optimizer(case, network.parameters())
        moved = [(images.to(dtype), labels) for images, labels in batches]
        scheduler = loop_setting.scheduler(case, optimizer)
        losses.append(
            np.array(solution.train_epoch(network, optimizer, scheduler, loop_setting.criterion(case), moved)[0])
        )
    return float(np.max(np.abs(losses[0] - losses[1]) / losses[1]))


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """The largest of each over the seeds: relative to the largest output, and to the loss."""
    seeds = range(SEEDS)
    epochs = {case: max(epoch(seed, case) for seed in seeds) for case in ("adam", "sgd")}
    return {"seeds": SEEDS, "networks": max(map(networks, seeds)), "epochs": epochs}
