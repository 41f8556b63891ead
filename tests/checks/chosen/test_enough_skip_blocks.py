"""Skip blocks are found by what they compute, however they are written."""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader.checks import replay
from grader.checks.chosen import enough_skip_blocks
from grader.checks.chosen.network_structure import NetworkStructure, StructureParameter
from grader.inside import building
from grader.inside.standins import dlstudio
from grader.inside.tracing import trace_as_far_as_it_goes

CHANNELS = 4


class Block(nn.Module):
    """Two convolutions; `how` says what becomes of them and the input."""

    def __init__(self, how, ch=CHANNELS):
        super().__init__()
        self.one, self.two = nn.Conv2d(ch, ch, 3, padding=1), nn.Conv2d(ch, ch, 3, padding=1)
        self.side, self.norm = nn.Conv2d(ch, ch, 1), nn.BatchNorm2d(ch)
        self.how = how

    def forward(self, x):
        return self.how(self, x, self.two(F.relu(self.norm(self.one(x)))))


def added_in_slices(block, x, y):
    y[:, :2] += x[:, :2]
    y[:, 2:] += x[:, 2:]
    return y


def added_in_place(block, x, y):
    y = torch.relu(y)
    y += x
    return y


WORKING = {
    "plain": lambda block, x, y: y + x,
    "then relu": lambda block, x, y: F.relu(x + y),
    "function": lambda block, x, y: torch.add(x, y),
    "in place": added_in_place,
    "in slices": added_in_slices,
    "projected": lambda block, x, y: y + block.side(x),
    "scaled": lambda block, x, y: y + 0.5 * x,
    "pooled": lambda block, x, y: F.avg_pool2d(y, 3, 1, 1) + F.avg_pool2d(x, 3, 1, 1),
    "concatenated": lambda block, x, y: y + torch.cat((x[:, :2], x[:, 2:]), 1),
    "subtracted": lambda block, x, y: x - y,
    "a tenth of the convolutions": lambda block, x, y: x + 0.1 * y,
    "gated": lambda block, x, y: x + y * torch.sigmoid(x.mean((2, 3), keepdim=True)),
    "then tanh": lambda block, x, y: torch.tanh(x + y),
    "stacked and summed": lambda block, x, y: torch.stack((y, x)).sum(0),
    "stacked and averaged": lambda block, x, y: torch.stack([x, y], dim=-1).mean(dim=-1),
    "joined in a new dimension and summed": lambda block, x, y: torch.cat((x[None], y[None]), 0).sum(0),
    "interpolated": lambda block, x, y: torch.lerp(x, y, 0.3),
    "added with a scale": lambda block, x, y: torch.addcmul(x, y, torch.full((1, CHANNELS, 1, 1), 0.5)),
    "added with a gate": lambda block, x, y: torch.addcmul(x, torch.sigmoid(y.mean((2, 3), keepdim=True)), y),
    "Python's sum": lambda block, x, y: sum([x, y]),
}
NOT_WORKING = {
    "nothing added": lambda block, x, y: y,
    "detached": lambda block, x, y: y + x.detach(),
    "times zero": lambda block, x, y: y + 0 * x,
    "only its mean's sign": lambda block, x, y: y + torch.zeros_like(x),
    "concatenated only": lambda block, x, y: torch.cat((y, x), 1)[:, :CHANNELS],
    "multiplied": lambda block, x, y: y * x,
    "stacked, the larger one": lambda block, x, y: torch.stack((y, x)).amax(0),
    "stacked, the product": lambda block, x, y: torch.stack((y, x)).prod(0),
    "stacked and summed over channels": lambda block, x, y: (
        torch.stack((y, x)).sum(2)[:, :, None].expand(2, -1, CHANNELS, -1, -1)[0]
    ),
    "stacked with nothing": lambda block, x, y: torch.stack((y, torch.zeros_like(x))).sum(0),
    "stacked with what is detached": lambda block, x, y: torch.stack((y, x.detach())).sum(0),
    "interpolated to the end": lambda block, x, y: torch.lerp(x, y, 1.0),
    "next to nothing of it": lambda block, x, y: y + 1e-5 * x,
    "only while the convolutions give nothing": lambda block, x, y: y + x * (y.abs().amax() == 0),
    "only while a weight is zero": lambda block, x, y: y + x * (block.one.weight.abs().sum() == 0),
}


def trunk_of(network, size=8):
    """What is found in a network that gets 3-channel images."""
    building.fill(network, 5)
    found, error = trace_as_far_as_it_goes(network, torch.randn(2, 3, size, size))
    parsed = replay.parse(json.loads(json.dumps(found.header())))
    images = torch.randn(2, 3, size, size)
    return NetworkStructure(
        name="Net",
        how="",
        parameters=tuple(StructureParameter(name, tuple(one.shape), True) for name, one in network.named_parameters()),
        owners=(),
        forward_error=str(error) if error else None,
        untraced=None,
        network=parsed,
        arrays=found.constants,
        seed=11,
        shape=(3, size, size),
        samples=images.numpy,
    )


def network(*blocks, head=True):
    layers = [nn.Conv2d(3, CHANNELS, 3, padding=1), *blocks]
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(5)) if head else nn.Sequential(*layers)


@pytest.mark.parametrize("how", WORKING)
def test_a_block_whose_input_is_added_works(how):
    trunk = trunk_of(network(*[Block(WORKING[how]) for _ in range(3)], head=False)).trunk

    assert (len(trunk.working), trunk.broken, trunk.bare) == (3, 0, ("0.weight",))


@pytest.mark.parametrize("how", NOT_WORKING)
def test_a_block_whose_input_does_not_get_through_does_not(how):
    trunk = trunk_of(network(*[Block(NOT_WORKING[how]) for _ in range(3)], head=False)).trunk

    assert not trunk.working


class Halving(nn.Module):
    """Two convolutions, then both paths are halved: `how` says with what."""

    def __init__(self, how, ch=CHANNELS):
        super().__init__()
        self.one, self.two = nn.Conv2d(ch, ch, 3, padding=1), nn.Conv2d(ch, ch, 3, padding=1)
        self.small, self.other = nn.Conv2d(ch, ch, 1, stride=2), nn.Conv2d(ch, ch, 1, stride=2)
        self.wide, self.mix = nn.Conv2d(ch, ch, 3, stride=2, padding=1), nn.Conv2d(ch, ch, 1)
        self.norm, self.pool, self.how = nn.BatchNorm2d(ch), nn.MaxPool2d(2), how

    def forward(self, x):
        return self.how(self, x, torch.relu(self.two(torch.relu(self.one(x)))))


def added_in_place_after_one_downsampler(block, x, y):
    y, x = block.small(y), block.small(x)
    y += x
    return y


def batched(block, x, y):
    y, x = block.small(torch.cat((y, x))).chunk(2)
    return y + x


def batched_in_slices(block, x, y):
    both = block.norm(block.small(torch.cat((x, y), dim=0)))
    return both[: len(x)] + both[len(x) :]


HALVING = {
    "one downsampler called once for both": batched,
    "one downsampler and its normalization called once for both": batched_in_slices,
    "stacked, after one downsampler": lambda block, x, y: torch.stack((block.small(y), block.small(x))).sum(0),
    "one downsampler for both": lambda block, x, y: block.small(y) + block.small(x),
    "one downsampler with its normalization for both": lambda block, x, y: (
        block.norm(block.small(y)) + block.norm(block.small(x))
    ),
    "one downsampler in place": added_in_place_after_one_downsampler,
    "one 3 x 3 downsampler for both": lambda block, x, y: block.wide(y) + block.wide(x),
    "a downsampler for each": lambda block, x, y: block.small(y) + block.other(x),
    "one pool for both": lambda block, x, y: block.pool(y) + block.pool(x),
    "one downsampler after the sum": lambda block, x, y: block.small(y + x),
    "two projections on the skip path": lambda block, x, y: block.pool(y) + block.mix(block.small(x)),
}


@pytest.mark.parametrize("how", HALVING)
def test_a_block_that_halves_the_size_works_however_its_paths_are_halved(how):
    trunk = trunk_of(network(*[Halving(HALVING[how]) for _ in range(2)], head=False)).trunk

    assert (len(trunk.working), trunk.broken, trunk.bare) == (2, 0, ("0.weight",))


def test_a_downsampler_on_both_paths_makes_no_skip_path_where_nothing_is_added():
    nothing = (lambda block, x, y: block.small(y) + 0 * block.small(x), lambda block, x, y: batched(block, 0 * x, y))

    trunk = trunk_of(network(*map(Halving, nothing), head=False)).trunk

    assert (len(trunk.working), dict(trunk.silent)) == (0, {"skip": ("1.one.weight", "2.one.weight"), "main": ()})


@pytest.mark.parametrize(
    "dead",
    [
        lambda _, x, y: x + 0 * y,
        lambda _, x, y: x + 1e-5 * y,
        lambda _, x, y: x + y.detach(),
        lambda _, x, y: torch.add(x, y, alpha=0),
    ],
)
def test_a_block_whose_convolutions_do_not_reach_the_sum_does_not_work(dead):
    trunk = trunk_of(network(*[Block(dead) for _ in range(2)], head=False)).trunk

    assert (len(trunk.working), dict(trunk.silent)) == (0, {"skip": (), "main": ("1.one.weight", "2.one.weight")})


def judged(*blocks):
    return enough_skip_blocks.judged(trunk_of(network(*blocks, head=False)), 20, 5)


def test_a_block_that_does_not_work_spoils_no_twenty_others():
    working, broken = Block(WORKING["plain"]), Block(NOT_WORKING["times zero"])
    made = [copy.deepcopy(working) for _ in range(20)]

    assert judged(*made, broken, made[0]).outcome == "passed"
    found = judged(*made[1:], broken)
    assert found.outcome == "failed"
    assert "in 1 block the block's input does not reach the sum along the skip path" in found.message


def test_a_block_that_is_used_again_counts_once():
    block = Block(WORKING["plain"])

    trunk = trunk_of(network(block, block, block, head=False)).trunk

    assert (len(trunk.working), trunk.repeated) == (1, 2)


def test_blocks_that_have_no_convolution_of_their_own_count_once():
    first, second, third = (Block(WORKING["plain"]) for _ in range(3))
    third.one, third.two = first.one, second.two

    trunk = trunk_of(network(first, second, third, head=False)).trunk

    assert (len(trunk.working), trunk.repeated) == (2, 1)


class Older(nn.Module):
    """One convolution that runs twice, or once where the number of channels changes."""

    def __init__(self, inside=CHANNELS, outside=CHANNELS):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside)

    def forward(self, x):
        y = F.relu(self.norm(self.convolution(x)))
        if y.shape == x.shape:
            return F.relu(self.norm(self.convolution(y))) + x
        return y + torch.cat((x, x), 1)


def test_one_convolution_may_run_twice_in_a_block_and_that_is_said():
    found = judged(*[Older() for _ in range(20)])

    assert found.outcome == "passed"
    assert any("in 20 blocks one convolution runs twice" in detail for detail in found.details)
    assert not any("runs twice" in detail for detail in judged(*[Block(WORKING["plain"]) for _ in range(20)]).details)


def test_a_blocks_class_may_have_a_single_convolution_where_it_changes_the_channels_which_counts_as_none():
    wider = Older(CHANNELS, 2 * CHANNELS), Older(2 * CHANNELS, 4 * CHANNELS), Older(4 * CHANNELS, 8 * CHANNELS)

    assert judged(*[Older() for _ in range(20)], *wider).outcome == "passed"
    assert judged(*[Older() for _ in range(19)], *wider).outcome == "failed"
    bare = [nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in range(2)]
    assert "3 convolutions belong to no skip block" in judged(*[Older() for _ in range(20)], *bare).message


def test_a_long_skip_path_around_blocks_takes_nothing_from_them():
    class Around(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(Block(WORKING["plain"]), Block(WORKING["plain"]))

        def forward(self, x):
            return x + self.inner(x)

    assert len(trunk_of(network(Around(), head=False)).trunk.working) == 2


def test_blocks_of_one_convolution_are_no_skip_blocks():
    class Short(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)

        def forward(self, x):
            return x + self.one(F.relu(x))

    trunk = trunk_of(network(*[Short() for _ in range(4)], head=False)).trunk

    assert (len(trunk.working), len(trunk.bare)) == (0, 5)


def test_blocks_written_out_in_one_forward_are_found_too():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in range(6))

        def forward(self, x):
            for one, two in zip(self.layers[::2], self.layers[1::2], strict=True):
                x = x + two(F.relu(one(x)))
            return x

    assert len(trunk_of(network(Flat(), head=False)).trunk.working) == 3


def test_blocks_of_dlstudio_that_halve_the_size_count_although_they_add_nothing():
    sizes = [(4, 4, False), (4, 4, True), (4, 8, True), (8, 8, False), (8, 6, False)]
    blocks = [dlstudio.SkipBlock(*size) for size in sizes]

    trunk = trunk_of(network(*blocks, head=False)).trunk

    assert (len(trunk.working), trunk.siblings, trunk.plain, trunk.bare) == (4, ("2",), (), ("0.weight",))


def test_blocks_that_add_nothing_count_only_if_they_make_images_smaller():
    class Pooled(nn.Module):
        def __init__(self, add, size):
            super().__init__()
            self.one, self.two = (nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in range(2))
            self.add, self.pool = add, nn.AdaptiveMaxPool2d(size)

        def forward(self, x):
            y = self.two(F.relu(self.one(x)))
            return x + y if self.add else F.max_pool2d(self.pool(y), 3, 1, 1)

    made = [Pooled(True, 8), Pooled(False, 8), Pooled(False, 4), Pooled(True, 4), Pooled(False, 4)]

    trunk = trunk_of(network(*made, head=False)).trunk

    assert (len(trunk.working), trunk.siblings, trunk.plain) == (2, ("3",), ("2", "5"))


def test_blocks_whose_skip_connections_are_switched_off_do_not_count():
    blocks = [dlstudio.SkipBlock(4, 4), dlstudio.SkipBlock(4, 4), dlstudio.SkipBlock(4, 4, skip_connections=False)]

    trunk = trunk_of(network(*blocks, head=False)).trunk

    assert (len(trunk.working), trunk.siblings, trunk.plain) == (2, (), ("3",))


def test_blocks_before_a_failure_in_the_forward_pass_are_seen():
    found = trunk_of(network(Block(WORKING["plain"]), nn.Linear(3, 3), head=False))

    assert len(found.trunk.working) == 1
    assert "mat1 and mat2" in found.forward_error


def test_gradients_are_compared_with_and_without_skip_paths():
    made = network(*[Block(lambda block, x, y: x + 0.01 * y) for _ in range(4)], head=False)
    found = trunk_of(nn.Sequential(*made, nn.Flatten(), nn.Linear(CHANNELS * 64, 5)))

    names, with_skip, without = found.gradient_norms(5)

    assert len(names) == len(with_skip) == len(without) == 9
    assert with_skip[0] > 10 * without[0]
