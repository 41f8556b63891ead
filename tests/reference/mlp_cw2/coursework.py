"""Coursework 2 as its tests use it: submissions made from a right one by replacing text, collected and assessed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from core_examples import submission

import grader.inside
from grader.assess import assess
from grader.assignment import Assignment
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.finding import Finding
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits

ROOT = Path(__file__).parents[3]
RIGHT = ROOT / "submissions" / "mlp_cw2" / "aino"
FOLDER = "pytorch_mlp_framework"
MODELS, BUILDER = f"{FOLDER}/model_architectures.py", f"{FOLDER}/experiment_builder.py"
SCRIPT = f"{FOLDER}/train_evaluate_image_classification_system.py"
LIMITS = Limits(cpu_s=45, wall_s=400, memory_mib=1536, console_mib=4)


def part(name: str) -> Any:
    """A module of the assignment."""
    coursework()
    return importlib.import_module(f"reference_mlp_cw2.{name}")


def inside(name: str) -> Any:
    """A module that runs in the sandbox, where `inside` is called so and the course's framework can be imported."""
    coursework()
    for known in list(sys.modules):
        if known.startswith("grader.inside."):
            sys.modules.setdefault(known.removeprefix("grader."), sys.modules[known])
    sys.modules.setdefault("inside", grader.inside)
    provided = str(ROOT / "reference" / "mlp_cw2" / "provided")
    sys.path.insert(0, provided)
    try:
        return importlib.import_module(f"reference_mlp_cw2.inside.{name}")
    finally:
        sys.path.remove(provided)


@lru_cache(maxsize=1)
def coursework() -> Assignment:
    """The assignment with the smallest budget for training."""
    torch.set_num_threads(1)
    loaded = load_assignment("mlp_cw2", ROOT / "reference")
    cases, data = (importlib.import_module(f"reference_mlp_cw2.{name}") for name in ("cases", "data"))
    return replace(loaded, limits=LIMITS, probes=cases.probes(cases.QUICK), data=data.served(cases.QUICK))


def right_work() -> dict[str, bytes]:
    """A right submission's files: the whole framework, with blocks wired by `--block_type`."""
    return {str(path.relative_to(RIGHT)): path.read_bytes() for path in sorted(RIGHT.rglob("*")) if path.is_file()}


def changed(changes: Mapping[str, tuple[str, str] | None]) -> dict[str, bytes]:
    """The right submission with one text replaced by another in some files; None takes the file away."""
    files = right_work()
    for path, change in changes.items():
        if change is None:
            del files[path]
            continue
        before, after = change
        text = files[path].decode()
        assert before in text, f"{path} does not hold {before!r}"
        files[path] = text.replace(before, after).encode()
    return files


def findings(files: Mapping[str, bytes]) -> dict[str, Finding]:
    """What each criterion comes to."""
    evidence = collect(submission(files), coursework(), BubblewrapSandbox(), seed=20_261_121)
    return assess(coursework(), evidence)


def said(finding: Finding) -> str:
    """All that is said of a criterion, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))
