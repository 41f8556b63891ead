"""What counts as logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from homework_5 import part

from grader.finding import Finding
from grader.sandbox.protocol import Frame

LOGITS = torch.tensor([[0.3, -1.0, 2.0, 0.1, 0.0], [1.0, 0.5, -0.2, 0.4, 0.7], [2.0, 1.0, 0.0, 1.0, 3.0], [0.0] * 5])


def judged(monkeypatch: pytest.MonkeyPatch, outputs: torch.Tensor) -> Finding:
    forward: Any = part("forward")
    arrays = {"several": outputs.numpy().astype(np.float32), "single": outputs[:1].numpy().astype(np.float32)}
    monkeypatch.setattr(forward, "answer", lambda *_: Frame({}, arrays))
    found: Finding = forward.check(None)
    return found


@pytest.mark.parametrize("outputs", [LOGITS, LOGITS.log_softmax(1), LOGITS.relu(), LOGITS.sigmoid()])
def test_numbers_whose_softmax_says_something_are_logits(monkeypatch: pytest.MonkeyPatch, outputs: torch.Tensor):
    assert judged(monkeypatch, outputs).outcome == "passed"


def test_probabilities_are_no_logits(monkeypatch: pytest.MonkeyPatch):
    found = judged(monkeypatch, LOGITS.softmax(1))

    assert found.outcome == "failed"
    assert "probabilities, which are no logits" in found.message
    assert "leave out the softmax" in (found.hint or "")
