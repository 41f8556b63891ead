"""Calls the submission's `plot_grad_flow` on the given networks with known gradients; brings back what it plots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from mlp_framework_given.experiment_builder import ExperimentBuilder
from mlp_framework_given.model_architectures import ConvolutionalNetwork
from torch import nn

from inside.flow_calls import FlowFunction, Plotting, attempt, flows_in

from . import files

Header = dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Any]]:
    """One attempt for every such function, on the network of the case (`blocks` per stage)."""
    attempts: list[Header] = []
    arrays: dict[str, Any] = {}
    flows, problems = find(session)
    for index, flow in enumerate(flows[:4]):
        header, found = attempt(session, flow, plotting(network_of(session, case)))
        attempts.append(header)
        arrays |= {f"{index}.{name}": array for name, array in found.items()}
    return {"attempts": attempts, "problems": problems[:4]}, arrays


def find(session: Any) -> tuple[list[FlowFunction], list[str]]:
    """The functions, and what went wrong while loading files that should define one."""
    found: list[FlowFunction] = []
    problems = []
    for source in files.of_flows():
        namespace, error = files.namespace(session.load_file, source.path)
        flows = list(flows_in(source.path, source.text, namespace, files.FLOW_NAME))
        found += flows
        if error and not flows:
            problems.append(error)
    return found, problems


def network_of(session: Any, case: dict[str, Any]) -> nn.Module:
    """The given network of the case, its gradients filled with the arrays that were sent in."""
    torch.manual_seed(session.request["seed"])
    network: nn.Module = ConvolutionalNetwork((2, 3, 8, 8), 100, case["filters"], case["blocks"], 3)
    for index, parameter in enumerate(network.parameters()):
        parameter.grad = torch.from_numpy(session.arrays[f"gradients.{case['id']}.{index}"].copy())
    return network


def plotting(network: nn.Module) -> Plotting:
    """The framework around the function: an `ExperimentBuilder` with what its constructor makes."""
    logs = str(Path.cwd())
    return Plotting(
        network=network,
        plotter="plot_func_def",
        home=ExperimentBuilder,
        attributes={
            "model": network,
            "state": {},
            "experiment_name": "grad_flow",
            "num_epochs": 1,
            "experiment_folder": logs,
            "experiment_logs": logs,
            "experiment_saved_models": logs,
            "device": torch.device("cpu"),
            "starting_epoch": 0,
            "current_epoch": 0,
            "best_val_model_idx": 0,
            "best_val_model_acc": 0.0,
        },
    )
