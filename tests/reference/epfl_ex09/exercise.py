"""Exercise 9 as its tests use it: its modules, and what a box answers for a network."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from core_examples import SEED, evidence
from torch import nn

import grader.inside
from grader.assess import assess_one
from grader.assignment import Assignment
from grader.catalog import load_assignment
from grader.checks import NetworkTask, judge_network, made_network
from grader.finding import Finding
from grader.inside import made
from grader.inside.raised import last_line
from grader.probes import MakeNetwork, weights_seed
from grader.sandbox.protocol import Frame

ROOT = Path(__file__).parents[3]
INSIDE = weights_seed(SEED)
PACKAGE = "reference_epfl_ex09"
_MODULES: dict[str, ModuleType] = {}


@lru_cache(maxsize=1)
def exercise() -> Assignment:
    """The assignment; loading it makes its modules importable."""
    torch.set_num_threads(1)
    found = load_assignment("epfl_ex09", ROOT / "reference")
    _MODULES.update(_own_modules())
    return found


def part(name: str) -> Any:
    """A module of the assignment."""
    return _module_of(name)


def _module_of(name: str) -> Any:
    """The module that the loaded assignment uses, even if another test has loaded the assignment again since."""
    exercise()
    if sys.modules.get(PACKAGE) is not _MODULES[PACKAGE]:
        for known in _own_modules():
            del sys.modules[known]
        sys.modules.update(_MODULES)
    found = importlib.import_module(f"{PACKAGE}.{name}")
    _MODULES.update(_own_modules())
    return found


def _own_modules() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == PACKAGE}


def inside(name: str) -> Any:
    """A module that runs in the sandbox, where the package `inside` is called so."""
    exercise()
    for known in list(sys.modules):
        if known.startswith("grader.inside."):
            sys.modules.setdefault(known.removeprefix("grader."), sys.modules[known])
    sys.modules.setdefault("inside", grader.inside)
    return _module_of(f"inside.{name}")


class Session:
    """As much of a box's session as the probes use."""

    def __init__(self, namespace: dict[str, Any], arrays: dict[str, Any]) -> None:
        self.namespace, self.main_names, self.arrays = namespace, namespace, arrays
        self.request: dict[str, Any] = {"seed": INSIDE, "entry": "ex09.ipynb"}


def block_answer(block: Any, factory: Any) -> Any:
    """What comes back for a residual block, read."""
    arrays = exercise().data(SEED)
    header, found = made.answer(Session({"ResidualBlock": factory}, arrays), block.case().request())
    told = json.loads(json.dumps(header))
    frame = Frame({"kind": "ask", "probe": "residual_block", "case": block.id, **told}, found)
    return made_network(evidence(frame), "residual_block", block.id, block.words, 2)


def judged_block(factory: type[nn.Module], block: Any = None) -> Any:
    """A student's block class compared with the reference."""
    block = block or part("cases").Block(4, 6, 2)
    data, residual = part("data"), part("hidden.residual_block")
    batches = [data.served(SEED)[data.block_images_of(block.inside, width)] for width in data.BLOCK_IMAGES]
    task = NetworkTask(block.words, residual.variants(block), batches, SEED)
    return judge_network(block_answer(block, factory), task)


PROBES_OF = {
    "mlp": "mlp",
    "cnn": "cnn",
    "train_epoch": "train_epoch",
    "residual_block": "residual_block",
    "dataloaders": "dataloaders",
}


def finding_of(criterion_id: str, namespace: dict[str, Any]) -> Finding:
    """What a criterion comes to for definitions that are called here, as a box would call them."""
    arrays = exercise().data(SEED)
    frames = []
    for probe in part("cases").PROBES:
        if probe.id == PROBES_OF[criterion_id]:
            frames += [
                _asked(_answer_to(probe), probe.id, case, namespace, arrays) for case in probe.request()["cases"]
            ]
    criterion = next(one for one in exercise().rubric if one.id == criterion_id)
    return assess_one(criterion, evidence(*frames))


def _answer_to(probe: Any) -> Any:
    """The code that answers a probe in a box."""
    if isinstance(probe, MakeNetwork):
        return made.answer
    own = importlib.import_module(f"grader.inside.asked.{probe.module}") if probe.library else inside(probe.module)
    return own.answer


def _asked(answer: Any, probe: str, case: dict[str, Any], namespace: dict[str, Any], arrays: dict[str, Any]) -> Frame:
    session = Session(namespace, arrays)
    session.request["seed"] = weights_seed(SEED)
    try:
        with warnings.catch_warnings(action="ignore"):  # a box shows them to nobody
            header, found = answer(session, json.loads(json.dumps(case)))
    except Exception as error:  # noqa: BLE001 - as the box does
        header, found = {"error": last_line(error).removeprefix("grader."), "in_student_code": True}, {}
    return Frame({"kind": "ask", "probe": probe, "case": case["id"], **json.loads(json.dumps(header))}, found)


def said(finding: Finding) -> str:
    """All that is said of a criterion, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))
