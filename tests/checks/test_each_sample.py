"""Gradients of samples that are run side by side are those of each sample run alone, whatever mixes a batch."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from grader.checks import each_sample, replay
from grader.checks.replay_allowance import MOST_WORK, allowance
from grader.inside.tracing import trace

Form = Callable[[Tensor], Tensor]
IMAGES = torch.randn(5, 3, 6, 6, generator=torch.Generator().manual_seed(2))
TARGETS = torch.tensor([0, 3, 1, 1, 2])


class Watched(nn.Module):
    """A convolution whose weight is watched, what comes `after` it, and a last layer."""

    def __init__(self, after: Form | nn.Module, stride: int = 1, groups: int = 1, end: Form | None = None):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, stride, 1, groups=groups)
        self.after, self.end = after, end or (lambda x: x.mean((2, 3)))
        self.last = nn.Linear(3, 4)

    def forward(self, x):
        return self.last(self.end(self.after(self.conv(x)).relu()))


def traced(network: nn.Module) -> tuple[replay.Network, dict[str, Tensor]]:
    found = replay.parse(json.loads(json.dumps(trace(network, IMAGES[:1]).header())))
    return found, {name: value.detach() for name, value in network.state_dict().items()}


def together(network: nn.Module, loss: each_sample.Loss = F.cross_entropy) -> Tensor:
    operations, tensors = traced(network)
    return each_sample.gradients_of_each(operations, tensors, ["conv.weight"], IMAGES, TARGETS, loss)[0]


def alone(network: nn.Module, loss: each_sample.Loss = F.cross_entropy) -> Tensor:
    found = []
    for image, target in zip(IMAGES, TARGETS, strict=True):
        network.zero_grad()
        loss(network(image[None]).reshape(1, 4), target[None]).backward()
        found.append(network.conv.weight.grad.clone())
    return torch.stack(found)


class Twice(Watched):
    """The same convolution two times."""

    def forward(self, x):
        return super().forward(self.conv(x).relu())


def scaled_norm() -> nn.BatchNorm2d:
    found = nn.BatchNorm2d(3)
    nn.init.uniform_(found.weight, 0.5, 2.0)
    nn.init.uniform_(found.bias)
    return found


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: Watched(lambda x: x),
    "batch normalization": lambda: Watched(scaled_norm()),
    "without scales": lambda: Watched(nn.BatchNorm2d(3, affine=False)),
    "in evaluation mode": lambda: Watched(nn.BatchNorm2d(3).eval()),
    "by hand over the batch": lambda: Watched(lambda x: (x - x.mean((0, 2, 3), keepdim=True)) / x.std()),
    "the batch in the shape": lambda: Watched(lambda x: x, end=lambda x: x.view(1, 3, -1).amax(2)),
    "without the batch": lambda: Watched(lambda x: x, end=lambda x: x.mean((2, 3)).squeeze(0)),
    "used twice": lambda: Twice(scaled_norm()),
    "summed over": lambda: Watched(lambda x: x * x.sum()),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_side_by_side_gradients_are_those_of_each_sample_alone(name):
    torch.manual_seed(4)
    network = NETWORKS[name]()

    torch.testing.assert_close(together(network), alone(network), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", [F.mse_loss, lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1)])
def test_another_loss_is_each_samples_own_too(loss):
    def of_one(logits: Tensor, targets: Tensor) -> Tensor:
        return loss(logits, F.one_hot(targets, 4).float()) if loss is F.mse_loss else loss(logits, targets)

    network = Watched(scaled_norm())

    torch.testing.assert_close(together(network, of_one), alone(network, of_one), rtol=1e-4, atol=1e-6)


def test_the_gradient_of_a_bias_is_each_samples_own_too():
    network = Twice(scaled_norm())
    operations, tensors = traced(network)
    names = ["conv.bias", "conv.weight"]

    found = each_sample.gradients_of_each(operations, tensors, names, IMAGES, TARGETS, F.cross_entropy)

    for index, (image, target) in enumerate(zip(IMAGES, TARGETS, strict=True)):
        loss = F.cross_entropy(network(image[None]), target[None])
        own = torch.autograd.grad(loss, [network.conv.bias, network.conv.weight])
        torch.testing.assert_close([part[index] for part in found], list(own), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("most", [1000, 2000, 100_000])
def test_samples_are_taken_apart_in_as_many_turns_as_memory_asks_for(most, monkeypatch):
    monkeypatch.setattr(each_sample, "MOST_UNFOLDED", most)
    network = Watched(scaled_norm())

    torch.testing.assert_close(together(network), alone(network), rtol=1e-4, atol=1e-6)


def test_a_convolution_that_is_too_large_to_be_taken_apart_says_so(monkeypatch):
    monkeypatch.setattr(each_sample, "MOST_UNFOLDED", 900)

    with pytest.raises(replay.NotReplayable, match="too large"):
        together(Watched(lambda x: x))


class Reparametrized(Watched):
    """A weight that is more than the weight of a convolution."""

    def forward(self, x):
        return self.last(F.conv2d(x, self.conv.weight / self.conv.weight.norm(), self.conv.bias).mean((2, 3)))


UNKNOWN = {
    "a step of two": lambda: Watched(lambda x: x, stride=2),
    "groups": lambda: Watched(lambda x: x, groups=3),
    "a weight that is scaled first": lambda: Reparametrized(lambda x: x),
    "a loss that does not depend on it": lambda: Watched(lambda x: x.detach()),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_run_side_by_side_says_so(name):
    with pytest.raises(replay.NotReplayable):
        together(UNKNOWN[name]())


def test_a_weight_that_is_not_there_says_so():
    operations, tensors = traced(Watched(lambda x: x))

    with pytest.raises(replay.NotReplayable):
        each_sample.gradients_of_each(operations, tensors, ["other.weight"], IMAGES, TARGETS, F.cross_entropy)


def test_every_copy_counts_towards_what_a_submission_may_take():
    operations, tensors = traced(Watched(lambda x: x))
    nodes = len(operations.reached()) * replay.WORK_OF_A_NODE

    with allowance() as one:
        replay.run(operations, tensors, IMAGES[:1])
    with allowance() as several:
        together(Watched(lambda x: x))

    assert MOST_WORK - several.left - nodes == len(IMAGES) * (MOST_WORK - one.left - nodes)


def test_more_numbers_than_a_pass_may_make_are_refused(monkeypatch):
    operations, tensors = traced(Watched(lambda x: x))
    monkeypatch.setattr(replay, "MAX_ELEMENTS", 1000)  # of one sample there are fewer

    replay.run(operations, tensors, IMAGES[:1])
    with pytest.raises(replay.NotReplayable, match="too large"):
        together(Watched(lambda x: x))
