"""A network counts for what it does when nobody watches, and every layer of it has to get a gradient."""

from __future__ import annotations

import pytest
from coursework import MODELS, changed, findings, said

pytestmark = pytest.mark.whole_sample  # each grades a right submission that was changed

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
    assert "than when its operations are written down" in said(found["residual"])
    assert found["batch_norm"].outcome.value == "passed"


def test_a_network_that_only_works_at_the_size_of_the_handout_is_left_to_a_person():
    """Instance normalization has nothing to normalize where a channel has become a single number."""
    found = findings(
        changed({MODELS: ("nn.BatchNorm2d(num_features=out.shape[1])", "nn.InstanceNorm2d(out.shape[1])")})
    )

    assert found["batch_norm"].outcome.value == "failed"
    assert found["residual"].outcome.value == found["gradients_restored"].outcome.value == "ungraded"
    assert "on the grader's smaller images alone" in said(found["residual"])
