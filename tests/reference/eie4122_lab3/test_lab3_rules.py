"""What figures of a report on lab 3 are taken for, by the words about them: histograms of weights, a structure."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from grader.catalog import load_assignment
from grader.documents import Described

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rules():
    load_assignment("eie4122_lab3", ROOT / "reference")
    return {name: importlib.import_module(f"reference_eie4122_lab3.{name}") for name in ("histograms", "structure")}


def figure(own: str, told: str = "", heading: str = "", title: str = "") -> Described:
    return Described(1, "Figure 1", own, told, heading, title)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("Figure 1: Histogram of the weights in the bottom layer of FFNet", ""),
        ("Figure 1: Weights and gradients of the bottom layer, histograms", ""),
        ("Figure 1: Histogram of the bottom layer of FFNet", "Figure 1 shows that its gradients vanish."),
        ("Figure 1: Histogram of the bottom layer, whose gradient vanishes", ""),
        ("Figure 1: Distribution of the kernel of the output layer", ""),
        ("Figure 1: FFNet, input layer, histogram", "Figure 1 shows how the weights are spread."),
        ("图1：FFNet底层权重直方图", ""),
    ],
)
def test_these_are_histograms_of_weights(own: str, told: str, rules):
    shown = figure(own, told)

    assert rules["histograms"].is_histogram(shown)
    assert rules["histograms"].of_what(shown) is None


@pytest.mark.parametrize(
    ("own", "told", "what"),
    [
        ("Figure 1: Histogram of the gradients in the bottom layer of FFNet", "", "gradients"),
        ("Figure 1: Gradient histogram, upper layer of ResNet", "", "gradients"),
        ("Figure 1: Histogram of the gradient of the weights, bottom layer", "", "gradients"),
        ("Figure 1: Histogram of the bottom layer's weight gradients", "", "gradients"),
        ("Figure 1: Gradients at the bottom layer of FFNet (histogram)", "", "gradients"),
        ("Figure 1: Histogram, bottom layer", "Figure 1 shows the distribution of the gradients there.", "gradients"),
        ("Figure 1: Distribution of the activations of the last layer", "", "activations"),
        ("Figure 1: Histogram of the biases in the first layer", "", "biases"),
        ("Figure 1: Distribution of the points of both spirals", "", "the data"),
        ("图1：FFNet底层梯度直方图", "", "gradients"),
    ],
)
def test_histograms_of_something_else_are_told_apart(own: str, told: str, what: str, rules):
    assert rules["histograms"].of_what(figure(own, told)) == what


@pytest.mark.parametrize(
    "shown",
    [
        figure("Figure 1: Structure of the ResNet."),
        figure("Figure 1. A block of the residual network."),
        figure("Figure 1: ResNet", "The structure of the network is given in Figure 1.\nIts weights are few."),
        figure("Figure 1: ResNet", heading="3 Architecture of the ResNet"),
        figure("Figure 1: Structure of the ResNet used for training"),
        figure("Figure 1: The residual model with its skip connections"),
        figure("", title="Structure of the ResNet"),
    ],
    ids=lambda shown: shown.own or shown.title,
)
def test_these_show_a_structure(shown: Described, rules):
    assert rules["structure"].shows_structure(shown)


@pytest.mark.parametrize(
    "shown",
    [
        figure("Figure 1. ResNet, bottom layer", "Figure 1 shows the weights at the bottom layers of the ResNet."),
        figure("Figure 1. ResNet, last block", "Figure 1 illustrates the weights of the last block."),
        figure("Figure 1: Accuracy of the ResNet architecture"),
        figure("Table 1: Summary of the accuracy of both models"),
        figure("Figure 1: Loss of the model with skip connections"),
        figure("Figure 1: Weights of the residual block", heading="Structure of the ResNet"),
        figure("Figure 1: Layers of the ResNet: how their weights are distributed"),
        figure("", title="Histogram of the ResNet structure"),
    ],
    ids=lambda shown: shown.own or shown.title,
)
def test_these_show_none(shown: Described, rules):
    assert not rules["structure"].shows_structure(shown)
