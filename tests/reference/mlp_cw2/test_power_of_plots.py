"""The gradients that are plotted tell every usual mistake apart, whatever the batch's seed."""

from __future__ import annotations

import numpy as np
import pytest
from coursework import part

from grader.checks import power_of_curve
from grader.checks.gradient_flow.judged_flow import rivals


@pytest.mark.parametrize("network", ["VGG_08", "VGG_38"])
@pytest.mark.parametrize("seed", [1, 2])
def test_zeros_constants_weights_and_other_figures_would_have_been_seen(network: str, seed: int):
    flow = part("grad_flow")
    layers = flow.layers(network, seed)
    right = layers.reduced("weights", flow.FLOW.figure.reduce)

    found = power_of_curve(right, rivals(layers, "weights", flow.FLOW))

    assert found.enough()
    assert found.seen["zeros"] == found.seen["the weights in their place"] == len(right)


def test_curves_of_one_number_prove_nothing():
    assert power_of_curve(np.full(5, 2.0), {}).count == 0
    assert power_of_curve(np.zeros(5), {}).count == 0
