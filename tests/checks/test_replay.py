"""A recorded network runs again here and gives the same numbers, and arrays become its weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from recorded_networks import (
    X,
    chain,
    images,
    node,
    outcome,
    recorded,
    refuses,
    residual,
    run,
    value,
)
from torch import nn

from grader.checks import replay
from grader.checks.replay import NotReplayable

SMALL = recorded(residual(2), images())


class InPlace(nn.Module):
    def forward(self, x):
        y = x.clone()
        y += 1
        y.mul_(2).relu_()
        return y.pow_(2).transpose_(1, 2)


class IntoAView(nn.Module):
    def forward(self, x):
        y = torch.zeros_like(x)
        y[:, :2] = 3 * x[:, :2]
        y[:, 2].fill_(7)
        return y


class IntoEmpty(nn.Module):
    def forward(self, x):
        y = torch.empty(2, 3, 8, 8)
        y.copy_(2 * x)
        return y


class Arithmetic(nn.Module):
    def forward(self, x):
        a, b = x.chunk(2, dim=2)
        joined = torch.cat([a.exp(), b.abs().sqrt(), (a - 1) / 3], dim=1).flatten(1)
        return torch.stack([joined.mean(1), joined.std(1), joined.clamp(min=-1, max=float("inf")).amax(1)])


class OtherNames(nn.Module):
    def forward(self, x):
        centred = torch.subtract(x, x.mean().item()).divide(torch.std_mean(x)[0])
        both = torch.concat([centred.multiply(2), torch.negative(centred)], dim=1)
        return torch.concatenate([torch.true_divide(both, 3), both.absolute().clip(0, 1)], dim=1)


NETWORKS = {
    "residual": residual(2),
    "residual without normalization": residual(2, batch_normalization=False),
    "residual without skip connections": residual(2, skip_connections=False),
    "in place": InPlace(),
    "into a view": IntoAView(),
    "into empty": IntoEmpty(),
    "arithmetic": Arithmetic(),
    "pools": nn.Sequential(
        nn.MaxPool2d(2), nn.AvgPool2d(3, padding=1), nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(1)
    ),
    "norms": nn.Sequential(nn.GroupNorm(3, 3), nn.InstanceNorm2d(3), nn.LayerNorm(8), nn.BatchNorm2d(3).eval()),
    "activations": nn.Sequential(
        nn.GELU(), nn.SiLU(), nn.ELU(), nn.Softplus(), nn.Hardtanh(), nn.LeakyReLU(), nn.PReLU()
    ),
    "classifier": nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Flatten(), nn.Linear(36, 5), nn.LogSoftmax(1)),
    "grouped": nn.Sequential(nn.Conv2d(3, 6, 3, groups=3, dilation=2), nn.Upsample(scale_factor=2), nn.ZeroPad2d(1)),
    "dropout that is off": nn.Dropout(0.5).eval(),
    "other names of operations": OtherNames(),
}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_gives_the_same_numbers_again(name):
    network = NETWORKS[name]
    x = images(2) if name.startswith("residual") else X

    found = recorded(network, x).run(x)

    assert torch.allclose(found, network(x), rtol=1e-5, atol=1e-6)


def test_other_numbers_and_batch_sizes_can_be_run():
    network = residual(2)
    x = images(5)

    assert torch.allclose(recorded(network, images(1)).run(x), network(x), rtol=1e-4, atol=1e-5)


def test_the_result_can_be_differentiated():
    network, x = residual(2), images()
    found = recorded(network, x)
    name = "resnet_blocks.0.conv1.weight"
    leaves = found.tensors | {name: found.tensors[name].requires_grad_()}

    (ours,) = torch.autograd.grad(replay.run(replay.parse(found.header), leaves, x).sum(), leaves[name])
    (theirs,) = torch.autograd.grad(network(x).sum(), network.get_parameter(name))

    assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_weights_and_inputs_are_left_as_they_were():
    network, x = residual(2), images(2)
    found = recorded(network, x)
    before = {name: tensor.clone() for name, tensor in found.tensors.items()} | {"x": x.clone()}

    found.run(x)

    assert all(torch.equal(before[name], tensor) for name, tensor in (found.tensors | {"x": x}).items())


def test_an_in_place_operation_does_not_write_to_its_input():
    x = torch.ones(3)

    assert run(chain(node("aten.add_.Tensor", value(0), 1)), x).tolist() == [2, 2, 2]
    assert x.tolist() == [1, 1, 1]


def test_a_module_can_be_run_alone():
    network = residual(2)
    found = recorded(network, images())
    whole = replay.parse(found.header)
    (call,) = [call for call in whole.calls if call.path == "resnet_blocks.1"]
    x = torch.randn(2, 10, 8, 8)
    values = {number: found.tensors[name] for name, number in whole.names.items() if name in found.tensors}

    part = whole.part(call)

    assert call.kind == "ResNetBlock"
    assert torch.allclose(
        replay.execute(part, values | {part.input: x}), network.get_submodule("resnet_blocks.1")(x), atol=1e-5
    )


def test_only_operations_that_the_output_depends_on_are_run():
    header = chain(node("aten.nonsense.default", value(0)), node("aten.relu.default", value(0), out=2))

    assert torch.equal(run(header), X.relu())


def test_a_random_forward_pass_is_refused():
    refuses(recorded(nn.Dropout(0.5), X).header, "is random")


def test_dropout_of_nothing_is_not_random():
    assert torch.equal(recorded(nn.Dropout(0.0), X).run(X), X)


def test_memory_that_nobody_wrote_reads_as_zeros():
    assert run(chain(node("aten.empty.memory_format", [3, 2]))).tolist() == [[0, 0]] * 3


def test_arrays_become_tensors_of_their_own():
    arrays = {"state.w": np.ones(2, np.float64), "state.n": np.ones(1, np.int64), "constant.0": np.ones(3)}

    found = replay.weights(arrays, "state.")
    found["w"].zero_()

    assert {name: tensor.dtype for name, tensor in found.items()} == {"w": torch.float32, "n": torch.int64}
    assert arrays["state.w"].tolist() == [1, 1]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3)])
def test_arrays_of_any_type_the_wall_lets_through_become_tensors(dtype, shape):
    assert replay.weights({"a": np.zeros(shape, dtype)})["a"].shape == shape


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.zeros(2, "c8,i4"), np.zeros(2, ">f4")])
def test_other_arrays_are_refused(array):
    with pytest.raises(NotReplayable, match="weight"):
        replay.weights({"weight": array})


@pytest.mark.parametrize(
    "wrong",
    [
        torch.zeros(()),
        torch.zeros(0),
        torch.zeros(10, 3, 3),
        torch.zeros(7, 7, 9, 9),
        torch.ones(10, 3, 3, 3, dtype=torch.int64),
        torch.full((10, 3, 3, 3), torch.nan),
    ],
)
@pytest.mark.parametrize("name", ["conv.weight", "bn.weight", "fc.weight", "resnet_blocks.0.bn1.running_mean"])
def test_weights_of_a_wrong_shape_are_refused_or_harmless(name, wrong):
    outcome(lambda: replay.run(replay.parse(SMALL.header), {**SMALL.tensors, name: wrong}, images()))


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(()),
        torch.zeros(0, 3, 32, 32),
        torch.zeros(1, 3, 0, 0),
        torch.zeros(3),
        torch.zeros(1, 3, 32, 32, dtype=torch.int64),
    ],
)
def test_an_input_of_a_wrong_shape_is_refused_or_harmless(x):
    outcome(lambda: SMALL.run(x))


class HeldTwice(nn.Module):
    """Values that are seen in several shapes, and given ones that are seen again."""

    def forward(self, x):
        flat = x.flatten(1)
        doubled = 2 * x
        seen = doubled.view(1, -1)
        return (seen + flat).reshape(x.shape).relu() + doubled


@pytest.mark.parametrize("made", [HeldTwice(), residual(3), Arithmetic()], ids=["views", "residual", "arithmetic"])
def test_a_pass_that_forgets_gives_the_same_and_holds_no_more(made, monkeypatch):
    seen = recorded(made, images())
    network, tensors = replay.parse(seen.header), seen.tensors
    known = {number: tensors[name] for name, number in network.names.items() if name in tensors}
    largest, taken = [], replay._Memory.take

    def watched(memory, part):
        taken(memory, part)
        largest.append(memory.numbers)

    monkeypatch.setattr(replay._Memory, "take", watched)
    with torch.no_grad():
        whole = replay.execute(network, {**known, network.input: images()})
        kept = {**known, network.input: images()}
        forgetting = replay.execute(network, kept, keep=False)

    torch.testing.assert_close(forgetting, whole)
    assert max(largest) <= sum(part.numel() for part in (images(),) * 2 * len(network.nodes))
    assert kept.keys() - known.keys() - {network.input} == {network.output}


def test_a_node_runs_again_with_other_tensors_of_other_sizes():
    seen = recorded(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).eval(), images())
    network, tensors = replay.parse(seen.header), seen.tensors
    for given in (images(), images()[:1], images().double(), images()[:, :, :6]):
        exact = {name: value.to(given.dtype) if value.is_floating_point() else value for name, value in tensors.items()}
        torch.testing.assert_close(
            replay.output(network, exact, given), replay.output(replay.parse(seen.header), exact, given)
        )


def test_a_node_that_ran_says_what_is_missing_when_it_runs_again():
    seen = recorded(nn.Conv2d(3, 4, 3), images())
    network, tensors = replay.parse(seen.header), seen.tensors
    replay.output(network, tensors, images())

    with pytest.raises(NotReplayable, match="did not come back"):
        replay.output(network, {}, images())
