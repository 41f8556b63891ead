"""What a trained network knows, measured from the weights that came back."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader.checks import replay
from grader.checks.graph import without_dropout
from grader.checks.learning import LEAST_IMAGES, knowledge
from grader.inside.tracing import trace

BATCH, PLENTY = 5, 1e15
IMAGES = torch.randn(67, 3, 8, 8, generator=torch.Generator().manual_seed(1))
LABELS = np.arange(67) % 3


def recorded(made, batch=BATCH):
    """A network in evaluation mode as its operations, and its tensors by name."""
    made.eval()
    found = trace(made, IMAGES[:batch])
    tensors = dict(made.state_dict()) | {name: torch.from_numpy(array) for name, array in found.constants.items()}
    return replay.parse(json.loads(json.dumps(found.header()))), tensors


def network(*more):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), *more, nn.Flatten(), nn.Linear(256, 3))


def test_a_network_is_asked_about_every_image():
    made = network()

    found = knowledge(*recorded(made), IMAGES, LABELS, batch=BATCH, work=PLENTY)

    with torch.no_grad():
        logits = made(IMAGES)
    assert found.images == 67
    assert found.predictions.tolist() == logits.argmax(1).tolist()
    assert found.loss == pytest.approx(float(F.cross_entropy(logits, torch.from_numpy(LABELS))), rel=1e-5)
    assert (found.right, found.accuracy) == (int((found.predictions == LABELS).sum()), found.right / 67)


@pytest.mark.parametrize("end", [lambda x: x, lambda x: x - x.mean(0), lambda x: x.view(BATCH, 3)])
def test_a_network_that_takes_images_together_is_asked_about_those_that_it_was_written_for(end):
    class Ended(nn.Module):
        def __init__(self):
            super().__init__()
            self.made = network()

        def forward(self, x):
            return end(self.made(x))

    made = Ended()
    found = knowledge(*recorded(made), IMAGES[:60], LABELS[:60], batch=BATCH, work=PLENTY)

    with torch.no_grad():
        logits = torch.cat([made(some) for some in torch.split(IMAGES[:60], BATCH)])
    assert found.predictions.tolist() == logits.argmax(1).tolist()


@pytest.mark.parametrize("count", [2, 5, 6])
def test_few_images_are_enough_to_ask(count):
    made = network()
    found = knowledge(*recorded(made), IMAGES[:count], LABELS[:count], batch=BATCH, work=PLENTY)

    assert found.images == count


def test_a_large_network_is_asked_about_fewer_images_but_some():
    made = recorded(network())

    found = knowledge(*made, IMAGES, LABELS, batch=BATCH, work=1.0)
    half = knowledge(*made, IMAGES, LABELS, batch=BATCH, work=8.5 * BATCH * found.work)

    assert (found.images, half.images) == (LEAST_IMAGES, 8 * BATCH)


def test_dropout_in_evaluation_mode_is_switched_off():
    class Always(nn.Module):
        def forward(self, x):
            return F.dropout(x, 0.5)

    made, tensors = recorded(network(Always()))

    found = knowledge(without_dropout(made), tensors, IMAGES, LABELS, batch=BATCH, work=PLENTY)

    assert found.predictions.tolist() == network().eval()(IMAGES).argmax(1).tolist()
    with pytest.raises(replay.NotReplayable, match="random"):
        knowledge(made, tensors, IMAGES, LABELS, batch=BATCH, work=PLENTY)


@pytest.mark.parametrize(
    "made",
    [
        nn.Sequential(nn.Conv2d(3, 3, 1)),
        nn.Sequential(nn.Flatten(), nn.Linear(192, 2)),
        nn.Sequential(nn.Conv2d(3, 3, 8), nn.Flatten(), nn.Flatten(0)),
    ],
)
def test_outputs_that_are_no_logits_of_the_classes_are_refused(made):
    with pytest.raises(replay.NotReplayable, match="no batch of logits"):
        knowledge(*recorded(made), IMAGES, LABELS, batch=BATCH, work=PLENTY)


def test_values_that_nothing_needs_any_more_are_forgotten_and_change_nothing():
    made, tensors = recorded(network(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)))
    values = {number: tensors[name] for name, number in made.names.items() if name in tensors}
    kept, forgotten = {**values, made.input: IMAGES[:5]}, {**values, made.input: IMAGES[:5]}

    with torch.no_grad():
        assert torch.equal(replay.execute(made, kept), replay.execute(made, forgotten, keep=False))

    assert len(forgotten) == len(values) + 2
    assert len(kept) > len(forgotten)
