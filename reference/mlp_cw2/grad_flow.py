"""Criterion `grad_flow`: what `plot_grad_flow` is called on, and what the framework calls its parts."""

from __future__ import annotations

import torch

from grader import weights_seed
from grader.checks import FlowTask, LayerGradients

from . import data
from .cases import CLASSES, FLOW_FILTERS, FLOWS, GRAD_FLOW
from .given import NETWORKS


def layers(network: str, seed: int) -> LayerGradients:
    """The given network as the box made it."""
    torch.manual_seed(weights_seed(seed))
    made = NETWORKS[network]((2, 3, 8, 8), CLASSES, FLOW_FILTERS)
    weights = tuple(parameter.detach().numpy() for parameter in made.parameters())
    names = tuple(name for name, _ in data.parameters(network))
    return LayerGradients(network, names, tuple(data.gradients(network, seed)), weights)


FLOW = FlowTask(
    values="all_grads",
    plotter="plot_func_def",
    place="a method plot_grad_flow of ExperimentBuilder",
    hint="hand in experiment_builder.py with the method filled in",
    is_returned=True,
    networks=tuple(FLOWS),
    layers=layers,
    asked=GRAD_FLOW,
)
