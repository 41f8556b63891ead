"""Practical 6 as the tests of the core use it: its modules, and what a box answers for its solution."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import torch
from core_examples import SEED

from grader.inside import building
from grader.inside.tracing import trace
from grader.sandbox.protocol import Frame

ROOT = Path(__file__).parent.parent / "reference"


def part(name: str) -> Any:
    """A module of the loaded assignment."""
    return importlib.import_module(f"reference_dlc_practical_6.{name}")


def built(probe: str, case: Any, seed: int, arrays: Any) -> Frame:
    """What a box answers for the reference solution."""
    solution, flags = part("hidden.solution"), {"skip_connections": case.skip, "batch_normalization": case.batch}
    network = solution.ResNetBlock(10, 3, **flags) if probe == "block" else solution.ResNet(3, 10, **flags)
    inputs = torch.from_numpy(arrays["hidden.block" if probe == "block" else "hidden.images"])
    parameters = building.fill(network, seed)
    found = trace(network, inputs)
    header = {
        "kind": "build",
        "probe": probe,
        "case": case.id,
        "class": type(network).__name__,
        "parameters": parameters,
        "trace": found.header(),
    }
    return Frame(json.loads(json.dumps(header)), found.constants)


def answered(assignment: Any, seed: int) -> list[Frame]:
    """All frames of the probes that build something."""
    arrays = assignment.data(SEED)
    return [built(probe, case, seed, arrays) for probe in ("block", "network") for case in part("cases").CASES]
