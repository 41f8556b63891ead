"""A homework of one function, `gram(x) = x @ x.T`, asked on a hidden input and judged outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from grader.assignment import Assignment
from grader.evidence import Evidence
from grader.finding import Finding
from grader.probes import Ask
from grader.readings import answers
from grader.rubric import Criterion
from grader.sandbox.protocol import Array, Limits

INSIDE = """
import torch
from inside.arrays import as_array


def answer(session, case):
    result, kind = as_array(session.namespace["gram"](torch.from_numpy(session.arrays["hidden.x"].copy())))
    return {"kind_of_result": kind}, {} if result is None else {"gram": result}
"""
LIMITS = Limits(wall_s=120, cpu_s=6, memory_mib=700, processes=48, scratch_mib=32, console_mib=1, result_mib=4)


def data(seed: int) -> dict[str, Array]:
    return {"hidden.x": np.random.default_rng(seed).standard_normal((8, 5)).astype(np.float32)}


def gram(evidence: Evidence) -> Finding:
    """Compared with what we compute from our own copy of the input."""
    x = data(evidence.seed)["hidden.x"]
    expected = x.astype(np.float64) @ x.T.astype(np.float64)
    answered = answers(evidence, "gram").get("hidden")
    if answered is None:
        raise evidence.why_missing()
    found = answered.arrays.get("gram")
    if found is None:
        return Finding.failed(f"expected numbers, found {answered.header.get('error', 'none')}")
    if found.shape != expected.shape:
        return Finding.failed(f"expected shape {expected.shape}, found {found.shape}")
    if not np.isfinite(found).all() or not np.allclose(found, expected, rtol=1e-4, atol=1e-4):
        return Finding.failed("expected x @ x.T, found other numbers")
    return Finding.passed("x @ x.T")


def gram_assignment(folder: Path) -> Assignment:
    """The assignment, with its code for the box in `folder`."""
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "asking.py").write_text(INSIDE)
    return Assignment(
        title="Gram",
        course="Hostile course",
        rubric=(Criterion("gram", "The Gram matrix", 2, gram),),
        probes=(Ask("gram", "asking", ({"id": "hidden"},)),),
        entry={r"gram": 1},
        data=data,
        limits=LIMITS,
        id="gram",
        folder=folder,
    )
