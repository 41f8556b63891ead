"""Frames as a box sends them: a network that was built, a call that was recorded, figures."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from grader.inside.tracing import trace
from grader.sandbox.protocol import Frame

torch.manual_seed(0)
NETWORK = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
TRACE = trace(NETWORK, torch.zeros(1, 3, 8, 8)).header()
STATE = {f"network.0.state.{name}": value.numpy() for name, value in NETWORK.state_dict().items()}
SAMPLE = np.arange(192, dtype=np.float32).reshape(1, 3, 8, 8)

BUILD = Frame(
    {
        "kind": "build",
        "probe": "block",
        "case": "on",
        "class": "Block",
        "remarks": ["s for skip"],
        "parameters": [["conv.weight", [4, 3, 3, 3]], ["scale", []]],
        "trace": TRACE,
        "result_kind": "Tensor",
    },
    {"output": np.ones((1, 4, 6, 6), np.float32), "constant.0": np.ones(2), "other": np.ones(3)},
)
CALL = Frame(
    {
        "kind": "call",
        "function": "get_stats",
        "phase": "run",
        "case": "on",
        "complete": True,
        "networks_made": 1,
        "arguments": {"skip": True, "n": 3},
        "result_kind": "Tensor",
        "forward_passes": 2,
        "cpu_s": 0.5,
        "networks": [{"class": "Net", "training": True, "parameters": ["0.weight"], "changed": 2, "trace": TRACE}],
        "samples": [{"network": 0, "array": "ab12", "count": 1}, {"network": 0, "array": "ab12", "count": 1}],
    },
    {"result": np.ones((30, 100)), "sample.ab12": SAMPLE, **STATE},
)
FIGURES = Frame(
    {
        "kind": "figures",
        "curves": [
            {"figure": 0, "panel": 1, "label": "both", "y_scale": "log"},
            {"figure": 1, "panel": 0, "label": "none", "y_scale": "linear"},
        ],
    },
    {
        "curve.0.x": np.arange(3.0),
        "curve.0.y": np.ones(3),
        "curve.1.x": np.arange(2),
        "curve.1.y": np.zeros(2, np.float32),
    },
)
