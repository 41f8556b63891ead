from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from networks_to_trace import NETWORKS, Constants, Residual, Shared
from torch import Tensor, nn
from torch.nn import functional as F

from grader.checks import replay
from grader.inside import tracing
from grader.inside.aliases import NotTraceable
from grader.inside.tracing import Trace, trace


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(3)


def images() -> Tensor:
    return torch.randn(2, 3, 8, 8)


def replayed(network: nn.Module, found: Trace, x: Tensor) -> Tensor:
    """The trace, after its way through JSON, run outside on the network's own tensors."""
    parsed = replay.parse(json.loads(json.dumps(found.header())))
    tensors = dict([*network.named_parameters(), *network.named_buffers()]) | replay.weights(found.constants)
    return replay.run(parsed, {name: tensor.detach() for name, tensor in tensors.items()}, x)


def operations(found: Trace) -> list[str]:
    return [node["op"].split(".")[1] for node in found.nodes]


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_a_replayed_trace_gives_the_networks_own_output(make: Callable[[], nn.Module]):
    network, x = make(), images()
    found = trace(network, x)
    result = replayed(network, found, x.clone())

    with torch.no_grad():
        torch.testing.assert_close(result, network(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_a_trace_holds_for_other_numbers_too(make: Callable[[], nn.Module]):
    network, x = make(), images()
    found = trace(network, torch.zeros_like(x))

    result = replayed(network, found, x.clone())

    with torch.no_grad():
        torch.testing.assert_close(result, network(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_tracing_changes_neither_the_network_nor_its_input_nor_the_random_generator(make: Callable[[], nn.Module]):
    network, x = make(), images()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    attributes = {path: set(vars(part)) for path, part in network.named_modules()}
    given, random = x.clone(), torch.get_rng_state()

    trace(network, x)

    assert torch.equal(x, given)
    assert torch.equal(torch.get_rng_state(), random)
    assert {path: set(vars(part)) for path, part in network.named_modules()} == attributes
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_dropout_is_written_down_and_draws_nothing_from_the_students_numbers():
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(192, 3))
    x, state = images(), torch.get_rng_state()

    found = trace(network, x)

    assert operations(found) == ["flatten", "dropout", "linear"]
    assert torch.equal(torch.get_rng_state(), state)


def test_running_statistics_made_by_hand_can_be_trained_with_after_a_trace():
    class OwnNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 3)
            self.register_buffer("mean", torch.zeros(3))
            self.last = None

        def forward(self, x: Tensor) -> Tensor:
            x = self.linear(x)
            self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
            self.last = x - self.mean
            return self.last

    network = OwnNorm()
    trace(network, torch.randn(4, 3))

    assert network.last is None
    assert torch.equal(network.mean, torch.zeros(3))
    (network(torch.randn(4, 3)) * network.mean).sum().backward()


def test_values_are_named_once_even_if_modules_share_them():
    found = trace(Shared(), images())

    assert sorted(found.values) == ["first.bias", "first.weight", "input.0"]
    assert [call["path"] for call in found.calls if call["class"] == "Conv2d"] == ["first"] * 3


def test_tensors_that_are_neither_parameters_nor_buffers_come_along_as_constants():
    found = trace(Constants(), images())

    assert {"shift", "linear.weight"} < set(found.values)
    assert [array.tolist() for array in found.constants.values() if array.size == 4] == [[1, 2, 3, 4]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int16, torch.int8, torch.float64])
def test_constants_of_every_real_dtype_come_along(dtype: torch.dtype):
    class Scaled(nn.Module):
        scale = torch.tensor([1, 2, 3]).to(dtype)

        def forward(self, x: Tensor) -> Tensor:
            return x * self.scale

    found = trace(Scaled(), torch.ones(2, 3))

    assert [array.tolist() for array in found.constants.values()] == [[1, 2, 3]]


def test_calls_tell_which_module_made_what():
    network, x = Residual(), images()
    found = trace(network, x)
    parsed = replay.parse(found.header())
    head = next(call for call in parsed.calls if call.path == "head")

    tensors = {name: tensor.detach() for name, tensor in network.named_parameters()}
    torch.testing.assert_close(replay.run(parsed.part(head), tensors, x), network.head(x).detach())
    assert found.calls[0] == {
        "path": "",
        "class": "Residual",
        "input": found.values["input.0"],
        "first": 0,
        "end": len(found.nodes),
        "output": found.output,
    }


def test_modules_whose_forward_is_called_directly_are_noted_too():
    class Direct(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.inner.forward(x)

    assert [call["path"] for call in trace(Direct(), torch.ones(1, 3)).calls] == ["", "inner"]


def test_the_first_of_several_results_is_the_output():
    class Two(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x * 2, x * 3

    network, x = Two(), images()

    torch.testing.assert_close(replayed(network, trace(network, x), x), 2 * x)


@pytest.mark.parametrize("result", [None, {"logits": 1}, [], 3.0])
def test_a_result_that_is_no_tensor_has_no_number(result: object):
    class Odd(nn.Module):
        def forward(self, x: Tensor) -> object:
            return result

    assert trace(Odd(), images()).output is None


def test_what_the_network_raises_is_raised_and_leaves_it_as_it_was():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            self.hidden = self.linear(x)
            raise ZeroDivisionError("mine")

    network = Broken()
    with pytest.raises(ZeroDivisionError, match="mine"):
        trace(network, torch.ones(1, 3))

    assert not hasattr(network, "hidden")
    assert "forward" not in vars(network.linear)


def test_a_forward_pass_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch):
    class Long(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            for _ in range(60):
                x = F.relu(x)
            return x

    trace(Long(), torch.ones(1))
    monkeypatch.setattr(tracing, "MAX_NODES", 50)
    with pytest.raises(NotTraceable, match="more than 50 operations"):
        trace(Long(), torch.ones(1))


def test_a_constant_that_is_too_large_is_refused():
    class Large(nn.Module):
        table = torch.zeros(1001, 1000)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.table

    with pytest.raises(NotTraceable, match="a constant of 1001000 numbers"):
        trace(Large(), torch.ones(1))


def test_writing_through_a_view_that_cannot_be_put_back_is_refused_and_not_written_down_wrong():
    class Windows(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x = x * 1
            x.unfold(2, 2, 2).zero_()
            return x

    with pytest.raises(NotTraceable, match="an in-place operation on the result of unfold"):
        trace(Windows(), images())


def test_attention_is_left_as_quick_as_it_was():
    before = torch.backends.mha.get_fastpath_enabled()

    trace(nn.Sequential(nn.Linear(8, 2)), images())

    assert torch.backends.mha.get_fastpath_enabled() == before


class Watched(nn.Module):
    """Keeps the gradients of its activations, by all the means there are."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.conv.register_forward_hook(lambda module, args, out: out.retain_grad())
        self.conv.register_full_backward_hook(lambda module, given, taken: None)
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        handle = y.register_hook(self.seen.append)
        z = y.relu()
        z.retain_grad()
        handle.remove()
        return z.mean((2, 3))


def test_networks_that_keep_gradients_of_activations_are_traced():
    network, x = Watched(), images()

    found = trace(network, x)

    torch.testing.assert_close(replayed(network, found, x), network(x))
    y = 2 * torch.ones(3, requires_grad=True)
    y.retain_grad()
    y.sum().backward()
    assert y.grad is not None
