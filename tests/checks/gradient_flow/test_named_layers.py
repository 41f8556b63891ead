"""Names at the axis of a plot tell which layer is which, whatever they are called."""

from __future__ import annotations

import pytest

from grader.checks.gradient_flow.judged_flow import naming_problem

WANTED = [
    "layer_dict.input_conv.layer_dict.conv_0.weight",
    "layer_dict.input_conv.layer_dict.bn_0.weight",
    "logit_linear_layer.weight",
]


@pytest.mark.parametrize(
    "names",
    [("a", "b", "c"), ("input_conv.conv_0", "input_conv.bn_0", "logit_linear_layer"), ("1", "2", "3"), tuple(WANTED)],
)
def test_any_readable_names_will_do(names):
    assert naming_problem(names, WANTED) is None


@pytest.mark.parametrize("names", [None, (), ("a", "b"), ("weight",) * 3, ("", "a", "b"), tuple(reversed(WANTED))])
def test_names_that_are_missing_or_mislead_are_told(names):
    assert naming_problem(names, WANTED)


def test_names_without_weight_and_bias_are_readable():
    layers = [layer for layer in ("input_conv.bn_0", "block_0.conv_0", "logit") for _ in range(2)]
    wanted = [f"{layer}.{kind}" for layer, kind in zip(layers, ("weight", "bias") * 3, strict=True)]

    assert naming_problem(tuple(layers), wanted) is None
    assert naming_problem(("logit", "bn", "conv"), ["conv.weight", "bn.weight", "logit.weight"])
