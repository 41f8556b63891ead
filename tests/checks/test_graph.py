"""A network's operations as a graph: depth, first layers, which convolutions are normalised, which modules repeat."""

from __future__ import annotations

import pytest
import torch
from recorded_networks import recorded
from torch import nn

from grader.checks import Graph, block_calls, replay
from grader.checks.graph import is_gated, names_in
from grader.checks.matching import matched

IMAGES = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(4))


def graph_of(network: nn.Module, images: torch.Tensor = IMAGES) -> Graph:
    return Graph(replay.parse(recorded(network, images).header))


class Aside(nn.Module):
    """A layer on numbers of its own runs before the one that the image meets."""

    def __init__(self):
        super().__init__()
        self.aside, self.first, self.second = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        return self.second(self.first(2 * x).relu() + self.aside(torch.ones(1, 4)))


def test_the_first_layer_is_the_one_that_the_image_meets():
    found = graph_of(Aside(), torch.ones(2, 4))

    (layer,) = found.first_layers

    assert "first.weight" in names_in(found.network, [layer])


class Block(nn.Module):
    """Two convolutions, normalised as told, with a projection beside them."""

    def __init__(self, norms=("norm", "norm"), before=False):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(3) if norm else nn.Identity() for norm in norms)
        self.side, self.before = nn.Conv2d(3, 3, 1), before

    def forward(self, x):
        out = x
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            out = convolution(norm(out).relu()) if self.before else norm(convolution(out)).relu()
        return out + self.side(x)


def test_a_projection_beside_the_convolutions_makes_a_network_no_deeper():
    assert graph_of(nn.Sequential(Block(), Block())).depth == 4


@pytest.mark.parametrize(
    ("block", "counts"),
    [
        (Block(), (3, 2, 1)),
        (Block(before=True), (3, 1, 2)),
        (Block(norms=("norm", "")), (3, 1, 1)),
        (Block(norms=("", "")), (3, 0, 0)),
    ],
    ids=["after", "before", "one", "none"],
)
def test_a_convolution_is_normalised_by_a_batch_norm_that_no_layer_separates_it_from(block, counts):
    found = graph_of(block).normalised()

    assert (found.convolutions, found.after, found.before) == counts


def test_blocks_are_the_modules_with_two_convolutions_whose_class_is_repeated_most():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), Block(), Block(), nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)))

    found = block_calls(graph_of(network).network, None)

    assert [block.call.path for block in found] == ["1", "2"]
    assert found[0].convolutions[:2] == ("1.convolutions.0.weight", "1.convolutions.1.weight")


@pytest.mark.parametrize(
    ("options", "count"), [([{1, 2}, {1}, {1, 2}], 2), ([{1}, {1, 2}, {2, 3}], 3), ([set(), {5}], 1), ([], 0)]
)
def test_as_many_as_possible_get_an_option_of_their_own(options, count):
    found = matched(options)

    assert len(found) == len(set(found.values())) == count
    assert all(option in options[place] for place, option in found.items())


def excited(x):
    return x * torch.sigmoid(x.mean((2, 3)))[:, :, None, None]


def highway(x):
    gate = torch.sigmoid(2 * x)
    return gate * x.relu() + (1 - gate) * x


@pytest.mark.parametrize(
    ("forward", "gated"),
    [
        (excited, True),
        (highway, True),
        (lambda x: nn.functional.glu(torch.cat([x, x], 1), 1), True),
        (lambda x: (3 * x).tanh() * (2 * x).sigmoid(), True),
        (lambda x: x.relu().flatten(1) * x.flatten(1).softmax(-1), True),
        (lambda x: x * nn.functional.softplus(x).tanh(), False),
        (lambda x: x * x.sigmoid(), False),
        (nn.functional.silu, False),
        (lambda x: x.relu() * 0.5, False),
        (lambda x: x * torch.sigmoid(torch.ones(3, 1, 1)), False),
        (lambda x: (x - x.mean()) * (x.var() + 1e-5).rsqrt(), False),
        (lambda x: x.sigmoid() + x, False),
    ],
)
def test_gates_are_products_with_what_is_computed_of_the_input(forward, gated):
    class Made(nn.Module):
        def forward(self, x):
            return forward(x)

    assert is_gated(graph_of(Made()).network) is gated
