"""What counts as logits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from grader.checks.chosen import logits
from grader.finding import Finding
from grader.sandbox.protocol import Frame

LOGITS = torch.tensor([[0.3, -1.0, 2.0, 0.1, 0.0], [1.0, 0.5, -0.2, 0.4, 0.7], [2.0, 1.0, 0.0, 1.0, 3.0], [0.0] * 5])


def judged(outputs: torch.Tensor, filled: torch.Tensor | None = None, single: torch.Tensor | None = None) -> Finding:
    """`filled` are the outputs with hidden weights, `single` those for one image alone, else the first of several."""
    alone = outputs[:1] if single is None else single
    arrays = {"several": outputs.numpy().astype(np.float32), "single": alone.numpy().astype(np.float32)}
    arrays |= {} if filled is None else {"filled": filled.numpy().astype(np.float32)}
    return logits.judged(Frame({}, arrays), 5, (3, 64, 64), 4)


@pytest.mark.parametrize("outputs", [LOGITS, LOGITS.log_softmax(1), LOGITS.relu(), LOGITS.sigmoid()])
def test_numbers_whose_softmax_says_something_are_logits(outputs: torch.Tensor):
    assert judged(outputs).outcome == "passed"


def test_probabilities_are_no_logits():
    found = judged(LOGITS.softmax(1))

    assert found.outcome == "failed"
    assert "probabilities, which are no logits" in found.message
    assert "leave out the softmax" in (found.hint or "")


@pytest.mark.parametrize("over_the_batch", [torch.softmax, torch.log_softmax])
def test_a_softmax_over_the_batch_is_named(over_the_batch):
    found = judged(over_the_batch(LOGITS, 0), single=over_the_batch(LOGITS[:1], 0))

    assert found.outcome == "failed"
    assert "for 1 image alone the same number for each class, whatever it shows" in found.message
    assert "dim=1, not dim=0" in (found.hint or "")


NOISE = LOGITS[:, :1].expand(4, 5)
NOTHING = {
    "zeros": 0 * LOGITS,
    "next to nothing": 1e-25 * LOGITS,
    "less than a float can hold": 1e-44 * LOGITS,
    "one image for all": LOGITS[:1].expand(4, 5),
    "a constant and noise": 3.0 + 1e-6 * LOGITS,
    "a large constant and noise": 1e7 + LOGITS,
    "the same number for all classes": NOISE,
    "a hundred times the same number": 100.0 * NOISE,
}


@pytest.mark.parametrize("name", NOTHING)
def test_outputs_that_tell_no_image_from_another_are_failed(name: str):
    found = judged(NOTHING[name], NOTHING[name])

    assert found.outcome == "failed"
    assert "the logits of four different images are the same" in found.message


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_logits_of_any_usual_scale_tell_images_apart(scale: float):
    assert judged(scale * LOGITS).outcome == "passed"


def test_a_deep_network_whose_first_weights_let_nothing_through_passes_with_hidden_ones():
    found = judged(LOGITS[:1].expand(4, 5), LOGITS)

    assert found.outcome == "passed"
    assert "below 0.0001 they would count as the same" in found.details[0]
