"""A network counts for what it does when nobody watches, and every layer of it has to get a gradient."""

from __future__ import annotations

import pytest
import torch
from coursework import MODELS, changed, findings, part, said
from torch import nn

from grader.checks import replay
from grader.inside.tracing import trace

ENTRY = "        out = self.layer_dict['input_conv'].forward(out)\n        for i in range(self.num_stages):\n"
SHORTCUT = "        out = F.leaky_relu(out + x)\n"
WATCHED = "        out = F.leaky_relu(out + x if torch.is_inference_mode_enabled() else out)\n"


def test_a_part_that_never_gets_a_gradient_fails_however_large_it_is_elsewhere():
    frozen = ENTRY.replace("        out = self", "        with torch.no_grad():\n            out = self", 1)
    text = f"    def forward(self, x):\n        out = x\n{ENTRY}"

    found = findings(changed({MODELS: (text, text.replace(ENTRY, frozen))}))["gradients_restored"]

    assert found.outcome.value == "failed"
    assert "layer_dict.input_conv.layer_dict.conv_0.weight" in said(found)


def test_a_shortcut_that_is_there_only_while_it_is_watched_is_none():
    found = findings(changed({MODELS: (SHORTCUT, WATCHED)}))

    assert found["residual"].outcome.value == "failed"
    assert "than while its operations are written down" in said(found["residual"])
    assert found["batch_norm"].outcome.value == "passed"


class Aside(nn.Module):
    """A layer on numbers of its own runs before the one that the image meets."""

    def __init__(self):
        super().__init__()
        self.aside, self.first, self.second = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        return self.second(self.first(2 * x).relu() + self.aside(torch.ones(1, 4)))


@pytest.mark.parametrize("name", ["first"])
def test_the_first_layer_is_the_one_that_the_image_meets(name):
    network = replay.parse(trace(Aside(), torch.ones(2, 4)).header())

    (layer,) = part("graph").first_layers(network)

    assert f"{name}.weight" in part("graph").names_in(network, [layer])
