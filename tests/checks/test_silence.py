"""A block's skip path is what is left when its weights are silent; a normalisation is known by what it does."""

from __future__ import annotations

import pytest
import torch
from recorded_networks import recorded
from torch import Tensor, nn
from torch.nn import functional as F

from grader.checks import replay, silence

X = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(2))


class Block(nn.Module):
    """Two convolutions, normalised as told; `end` makes the output of their result and the input."""

    def __init__(self, end=lambda y, x: y + x, norm=lambda y: y, small=1.0):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        with torch.no_grad():
            self.two.weight.mul_(small)
            self.two.bias.mul_(small)
        self.end, self.norm = end, norm

    def forward(self, x):
        return self.end(self.norm(self.two(self.norm(self.one(x)).relu())), x)


def seen(block: nn.Module) -> tuple[replay.Network, dict[str, Tensor]]:
    found = recorded(block, X)
    return replay.parse(found.header), found.tensors


def left_of(block: nn.Module, *, neutral: bool = False) -> tuple[Tensor, Tensor]:
    network, tensors = seen(block)
    x = X.clone().requires_grad_()
    names = {name for name, _ in block.named_parameters()}
    return replay.run(network, silence.silent(network, tensors, names, neutral=neutral), x), x


@pytest.mark.parametrize(
    ("end", "slope"),
    [
        (lambda y, x: y + x, 1.0),
        (lambda y, x: (y + x).relu(), 0.0),
        (lambda y, x: F.leaky_relu(x + y, 0.1), 0.1),
        (lambda y, x: y, None),
        (lambda y, x: y + 2 * x, None),
        (lambda y, x: y + x.relu().sqrt(), None),
        (lambda y, x: torch.cat((y, x), 1), None),
    ],
    ids=["added", "before the ReLU", "before a leaky ReLU", "nothing", "twice", "another function", "concatenated"],
)
def test_what_is_left_tells_where_the_input_was_added(end, slope):
    left, x = left_of(Block(end))

    found = silence.slope(left.detach(), x.detach())

    assert found == (slope if slope is None else pytest.approx(slope, abs=1e-4))


@pytest.mark.parametrize(("end", "back"), [(lambda y, x: y + x, True), (lambda y, x: y + x.detach(), False)])
def test_a_skip_path_that_no_gradient_comes_back_through_is_seen(end, back):
    left, x = left_of(Block(end))

    assert silence.comes_back(left, x) is back


def test_neutral_batch_norms_on_the_skip_path_let_the_input_through():
    norm = nn.BatchNorm2d(3)
    block = Block(lambda y, x: y + norm(x)).eval()
    block.add_module("side", norm.eval())

    assert silence.slope(left_of(block, neutral=True)[0].detach(), X) == pytest.approx(1, abs=1e-3)
    assert silence.slope(left_of(block)[0].detach(), X) is None


def over(*dimensions):
    """A normalisation written by hand, over these dimensions."""

    def norm(y):
        centred = y - y.mean(dimensions, keepdim=True)
        return centred / (centred.square().mean(dimensions, keepdim=True) + 1e-5).sqrt()

    return norm


@pytest.mark.parametrize(
    ("block", "invariant"),
    [
        (Block(norm=over(0, 2, 3)), True),
        (Block(norm=over(2, 3)), True),
        (Block(), False),
        (Block(small=1e-3), False),
        (Block(norm=torch.tanh), False),
    ],
    ids=["over the batch", "of each sample", "none", "small weights", "another function"],
)
def test_a_normalisation_by_hand_is_one_that_a_larger_convolution_does_not_change(block, invariant):
    network, tensors = seen(block)

    found = [
        silence.is_scale_invariant(network, tensors, X, [f"{layer}.weight", f"{layer}.bias"])
        for layer in ("one", "two")
    ]

    assert found == [invariant, invariant]


@pytest.mark.parametrize(("dimensions", "alone"), [((0, 2, 3), False), ((2, 3), True), ((1, 2, 3), True)])
def test_a_normalisation_over_the_batch_lets_samples_depend_on_each_other(dimensions, alone):
    assert silence.takes_samples_alone(*seen(Block(norm=over(*dimensions))), X) is alone
