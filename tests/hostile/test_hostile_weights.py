"""Files of weights that attack: each costs its author the points, with a message, and nobody else anything."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from core_examples import assignment, submission
from hostile_weights import FILES

from grader.assess import assess, grade_evidence
from grader.checks import Checkpoint, linear
from grader.collect.collect import collect
from grader.finding import Outcome
from grader.rubric import Criterion
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits

pytestmark = pytest.mark.costly

LIMITS = Limits(wall_s=60, cpu_s=2, memory_mib=900, processes=32, scratch_mib=96, console_mib=1)
SHORT = replace(LIMITS, wall_s=3)
NET = b"from torch import nn\n\nclass Net(nn.Linear):\n    def __init__(self):\n        super().__init__(3, 3)\n"


def data(seed):
    truth = np.random.default_rng(seed).integers(0, 3, 60)
    return np.eye(3, dtype=np.float32)[truth], truth


HANDED_IN = Checkpoint("model.pt", "Net()", test=data, seconds=0.7)
ACCURACY = HANDED_IN.accuracy(linear({0.5: 50, 0.9: 100}), classes=3)
ASSIGNMENT = replace(
    assignment(Criterion("accuracy", "Accuracy", 2, ACCURACY), data=lambda _: {}, entry={}),
    code="definitions",
    limits=LIMITS,
)


@pytest.fixture(scope="module")
def box():
    return BubblewrapSandbox()


def found(box, content, limits=LIMITS):
    asked = replace(ASSIGNMENT, limits=limits)
    evidence = collect(submission({"net.py": NET, "model.pt": content}), asked, box, seed=7)
    (mark,) = grade_evidence(asked, evidence, assess(asked, evidence)).marks
    return mark.finding


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_attacks_fails_with_a_message(box, name):
    before = Path("/etc/passwd").read_bytes()

    finding = found(box, FILES[name](), SHORT if name == "sleeps" else LIMITS)

    assert finding.outcome is Outcome.FAILED, finding
    assert finding.message
    assert len(finding.message) < 700
    assert "Traceback" not in finding.message
    assert Path("/etc/passwd").read_bytes() == before
    assert not Path("/tmp/passed").exists()


def test_an_honest_file_passes_after_all_of_them(box):
    packed = io.BytesIO()
    torch.save({"weight": torch.eye(3), "bias": torch.zeros(3)}, packed)

    assert found(box, packed.getvalue()).outcome is Outcome.PASSED


def test_there_are_thirty_of_them():
    assert len(FILES) >= 30
