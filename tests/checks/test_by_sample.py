"""Which networks may be run on a batch as if each of its samples were alone, and which arguments would mix them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from grader.checks import by_sample, replay
from grader.inside.tracing import trace

SAMPLES = torch.randn(4, 2, 6, 6, generator=torch.Generator().manual_seed(1))


class Form(nn.Module):
    """A convolution, and then whatever a function makes of its output."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.bn, self.last = nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Linear(3, 3)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.bn(self.conv(x)))


def network_of(form: nn.Module) -> tuple[replay.Network, dict[str, Tensor]]:
    found = replay.parse(json.loads(json.dumps(trace(form, SAMPLES[:1]).header())))
    return found, {name: value.detach() for name, value in form.state_dict().items()}


APART: dict[str, Callable[[Tensor], Tensor]] = {
    "a sum with itself after ReLU": lambda x: x.relu() + x,
    "a mean over places": lambda x: x.mean((2, 3)),
    "flat": lambda x: x.flatten(1),
    "another view": lambda x: x.view(1, -1),
    "a view that keeps what is left first": lambda x: x.view(-1, 108),
    "half the places": lambda x: nn.functional.max_pool2d(x, 2),
    "beside itself in other channels": lambda x: torch.cat((x, x.relu()), 1),
    "beside itself in the last place": lambda x: torch.cat((x, x), -1),
    "without a gradient": lambda x: x.detach() + x,
    "one place": lambda x: nn.functional.adaptive_avg_pool2d(x, 1).sigmoid(),
}


@pytest.mark.parametrize("name", APART)
def test_a_pass_over_a_batch_is_what_its_samples_are_alone(name: str):
    torch.manual_seed(3)
    form = Form(APART[name])
    network, tensors = network_of(form)

    assert by_sample.keeps_apart(network)
    together = replay.run(network, tensors, SAMPLES, beside=replay.SideBySide(instead=by_sample.INSTEAD))
    torch.testing.assert_close(together, torch.cat([form(sample[None]) for sample in SAMPLES]))


UNKNOWN: dict[str, Callable[[Tensor], Tensor]] = {
    "a product with a sum over all": lambda x: x * x.sum(),
    "samples turned into channels": lambda x: x.transpose(0, 1),
    "a squeezed sample": lambda x: x.squeeze(),
    "beside numbers that all share": lambda x: torch.cat((x, torch.ones(1, 1, 6, 6)), 1),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_network_of_other_operations_is_not_run_on_a_batch(name: str):
    assert not by_sample.keeps_apart(network_of(Form(UNKNOWN[name]))[0])


MIXING: dict[str, Callable[[Tensor], Tensor]] = {
    "a mean over samples": lambda x: x.mean((0, 2, 3)),
    "a mean over all": lambda x: x.mean((-4, 1, 2, 3)),
    "twice the same": lambda x: torch.cat((x, x)),
    "twice the same, counted from the end": lambda x: torch.cat((x, x), -4),
    "all in one row": lambda x: x.flatten(0, 1),
    "channels as samples": lambda x: x.view(3, 36),
    "half a channel as a sample": lambda x: x.view(-1, 18),
    "a sum that fits all": lambda x: x + x.mean((2, 3), keepdim=True),
}


@pytest.mark.parametrize("name", MIXING)
def test_arguments_that_would_mix_samples_are_refused(name: str):
    network, tensors = network_of(Form(MIXING[name]))

    with pytest.raises(replay.NotReplayable, match=r"one batch|view"):
        replay.run(network, tensors, SAMPLES, beside=replay.SideBySide(instead=by_sample.INSTEAD))


def written_for_three(form: nn.Module) -> tuple[replay.Network, dict[str, Tensor]]:
    found = replay.parse(json.loads(json.dumps(trace(form, SAMPLES[:3]).header())))
    return found, {name: value.detach() for name, value in form.state_dict().items()}


@pytest.mark.parametrize("shape", [(3, -1), (-1, 108)])
def test_operations_that_were_written_down_for_some_samples_are_run_on_any_number(shape: tuple[int, ...]):
    form = Form(lambda x: x.view(shape) if len(x) == 3 else x.flatten(1)).eval()
    network, tensors = written_for_three(form)
    beside = replay.SideBySide(instead=by_sample.instead_for(3))

    together = replay.run(network, tensors, SAMPLES, beside=beside)

    torch.testing.assert_close(together, form(SAMPLES))


@pytest.mark.parametrize(
    "form",
    [Form(lambda x: x).train(), Form(lambda x: x.view(1, -1)).eval(), Form(lambda x: x.view(9, 36)).eval()],
    ids=["normalised over the batch", "all samples in one", "channels as samples"],
)
def test_what_takes_the_samples_together_that_it_was_written_down_for_is_refused(form: nn.Module):
    network, tensors = written_for_three(form)

    with pytest.raises(replay.NotReplayable, match=r"one batch|view"):
        replay.run(network, tensors, SAMPLES, beside=replay.SideBySide(instead=by_sample.instead_for(3)))
