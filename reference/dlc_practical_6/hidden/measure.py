"""Measure how far two right answers lie apart, and write `tolerances.json`.

`make measure` runs it. For each configuration and seed the reference network gets fresh weights; the norms
of some samples are computed in float64 (the truth) and in float32 in every way that a right submission may
use: one thread or several, one sample at a time or a replay of the recorded operations, alone or side by side, other
summation orders (channels-last memory). Deviations are relative to the truth, over entries above the underflow bound.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import Array
from grader.checks import block_calls, replay, trace

from .. import data
from . import oracle, solution

FILE = "tolerances.json"
SEEDS, SAMPLES = 12, 10
UNDERFLOW = 1e-17


def images_and_targets(seed: int) -> tuple[Tensor, Tensor]:
    """The first samples, normalised as the embryo does."""
    arrays = data.served(seed)
    images = torch.from_numpy(arrays["cifar10.train.images"]).permute(0, 3, 1, 2).float()
    images = (images - images.mean()) / images.std()
    return images[:SAMPLES], torch.from_numpy(arrays["cifar10.train.labels"])[:SAMPLES]


def evaluations(model: solution.ResNet, images: Tensor, targets: Tensor) -> Iterator[tuple[str, Array]]:
    """The same norms in different right ways, the truth first."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    for name, dtype, threads, layout in (
        ("float64", torch.float64, 1, torch.contiguous_format),
        ("float32, 1 thread", torch.float32, 1, torch.contiguous_format),
        ("float32, 2 threads", torch.float32, 2, torch.contiguous_format),
        ("float32, channels last", torch.float32, 1, torch.channels_last),
    ):
        torch.set_num_threads(threads)
        model.load_state_dict(state)
        model.to(dtype).to(memory_format=layout)  # type: ignore[call-overload]
        pairs = zip(images.to(dtype), targets, strict=True)
        yield name, solution.gradient_norms(model, pairs).double().numpy()
    torch.set_num_threads(1)
    model.load_state_dict(state)
    model.float().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    network = replay.parse(trace(model, images[:1]).header())
    names = [block.convolutions[0] for block in block_calls(network, None)]
    weights = {name: value.detach() for name, value in model.state_dict().items()}
    samples = (network, weights, names, list(images), targets.tolist())
    for name, alone in (("replay", True), ("replay, side by side", False)):
        yield name, oracle.norms(oracle.gradients(*samples, alone=alone))


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Per configuration, the largest deviation over seeds, ways and entries, and the largest median."""
    found: dict[str, dict[str, float]] = {}
    for skip, batch in solution.CONFIGURATIONS:
        worst = median = 0.0
        lowest = 0.0
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            model = solution.ResNet(30, 10, 3, 10, skip, batch)
            truth, *others = (values for _, values in evaluations(model, *images_and_targets(seed)))
            counted = truth > UNDERFLOW
            for values in others:
                deviation = np.abs(values - truth)[counted] / truth[counted]
                worst, median = max(worst, deviation.max()), max(median, float(np.median(deviation)))
                lowest = max(lowest, float(np.abs(values - truth)[~counted].max(initial=0)))
        found[f"skip={int(skip)},batch={int(batch)}"] = {"worst": worst, "median": median, "below_underflow": lowest}
        print(f"skip={skip} batch={batch}: worst {worst:.3g}, median {median:.3g}, below {lowest:.3g}", file=sys.stderr)
    return {"seeds": SEEDS, "samples": SAMPLES, "underflow": UNDERFLOW, "measured": found}
