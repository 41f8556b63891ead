"""Blocks asked without a sandbox: namespaces of functions stand for submissions."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core_examples import SEED, evidence

from grader.assess import assess_one
from grader.evidence import Evidence
from grader.finding import Finding
from grader.inside.cause import told
from grader.inside.served import ARRAYS
from grader.probes import Ask, weights_seed
from grader.rubric import Block, Criterion
from grader.sandbox.protocol import Frame

ENTRY = "work.py"


class Session:
    """As much of a box's session as blocks use."""

    def __init__(self, namespace: Mapping[str, Any], seed: int) -> None:
        self.namespace = dict(namespace)
        self.arrays = ARRAYS
        self.request: dict[str, Any] = {"seed": weights_seed(seed), "entry": ENTRY}


def answered(block: Block, namespace: Mapping[str, Any], seed: int = SEED) -> Evidence:
    """The evidence of what stands in a namespace."""
    ARRAYS.clear()
    ARRAYS.update(block.data(seed))
    frames = []
    for probe in block.probes:
        assert isinstance(probe, Ask)
        asked = importlib.import_module(f"grader.inside.asked.{probe.module}")
        for case in json.loads(json.dumps(list(probe.cases))):
            try:
                with warnings.catch_warnings(action="ignore"):  # a box shows them to nobody
                    header, arrays = asked.answer(Session(namespace, seed), case)
            except Exception as error:  # noqa: BLE001 - as a box does
                header, arrays = told(error), {}
            sent, arrays = (
                json.loads(json.dumps(header)),
                dict(sorted(arrays.items(), reverse=True)),
            )  # their order is lost on the way
            frames.append(Frame({"kind": "ask", "probe": probe.id, "case": case["id"], **sent}, arrays))
    return replace(evidence(*frames), seed=seed)


def found(block: Block, seed: int = SEED, /, **namespace: Any) -> Finding:
    """The block's finding on what stands in a namespace."""
    return assess_one(Criterion("it", "It", 1, block), answered(block, namespace, seed))
