"""A recorded network runs again here, gives the same numbers, and can do nothing else."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import numpy as np
import pytest
import torch
from recorded_networks import (
    WRONG,
    chain,
    fields,
    images,
    nested,
    node,
    outcome,
    recorded,
    removed,
    residual,
    value,
)
from torch import Tensor, nn

from grader.checks import costs, replay
from grader.checks.operations import MAX_CALLS, MAX_LEAVES, MAX_NODES, MAX_TEXT
from grader.checks.replay import NotReplayable

X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
SMALL = recorded(residual(2), images())


def run(header, x: Tensor = X, **tensors: Tensor) -> Tensor:
    return replay.run(replay.parse(json.loads(json.dumps(header))), tensors, x)


def refuses(header, words: str, x: Tensor = X, **tensors: Tensor) -> None:
    with pytest.raises(NotReplayable, match=words):
        run(header, x, **tensors)


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


# What may be in a trace.

TRACES = [SMALL.header, recorded(IntoAView(), X).header]
FIELDS = [(index, path) for index, header in enumerate(TRACES) for path in fields(header)]


def sampled(every: int) -> list[tuple[int, tuple[object, ...]]]:
    """All fields of the first nodes, calls and values; of the rest each n-th: they are alike."""
    early = [(index, path) for index, path in FIELDS if len(path) < 2 or path[1] in (0, 1, 2)]
    return early + [found for found in FIELDS if found not in early][::every]


@pytest.mark.parametrize(("index", "path"), sampled(17), ids=str)
def test_a_field_with_a_wrong_value_is_refused_or_harmless(index, path):
    x = images() if index == 0 else X
    tensors = SMALL.tensors if index == 0 else {}

    for wrong in WRONG:
        header = changed(TRACES[index], path, wrong)
        outcome(lambda header=header: replay.run(replay.parse(header), tensors, x))


def changed(header, path, wrong):
    """Only the containers on the way are copied: a test of this size has to be quick."""
    new = dict(header) if isinstance(header, dict) else list(header)
    new[path[0]] = wrong if len(path) == 1 else changed(header[path[0]], path[1:], wrong)
    return new


@pytest.mark.parametrize(("index", "path"), sampled(5), ids=str)
def test_a_field_that_is_missing_is_refused_or_harmless(index, path):
    header = removed(TRACES[index], path)

    outcome(lambda: replay.run(replay.parse(header), SMALL.tensors, images() if index == 0 else X))


@pytest.mark.parametrize("header", [*WRONG, [SMALL.header], json.dumps(SMALL.header), b"", nested(900)])
def test_what_is_no_trace_is_refused(header):
    with pytest.raises(NotReplayable, match="could not be written down"):
        replay.parse(header)


@pytest.mark.parametrize("key", ["nodes", "values", "calls", "output"])
def test_a_trace_without_one_of_its_parts_is_refused(key):
    with pytest.raises(NotReplayable, match="malformed"):
        replay.parse(removed(SMALL.header, (key,)))


def test_a_network_whose_result_is_no_tensor_is_told_so():
    with pytest.raises(NotReplayable, match="its result is no tensor"):
        replay.parse(SMALL.changed("output", to=None))


@pytest.mark.parametrize("depth", [7, 30, 900, 100_000])
def test_arguments_nested_too_deep_are_refused(depth):
    with pytest.raises(NotReplayable, match="malformed"):
        replay.parse(chain(node("aten.relu.default", nested(depth))))


def test_too_many_operations_are_refused():
    many = [node("aten.relu.default", value(number), out=number + 1) for number in range(100_000)]

    with pytest.raises(NotReplayable, match=f"more than {MAX_NODES} operations"):
        replay.parse(chain(*many))


def test_as_many_operations_as_are_allowed_are_run():
    many = [node("aten.neg.default", value(number), out=number + 1) for number in range(MAX_NODES)]

    assert torch.equal(run(chain(*many), torch.ones(1)), torch.ones(1))


def test_too_many_arguments_are_refused():
    with pytest.raises(NotReplayable, match=r"arguments|values"):
        replay.parse(chain(node("aten.cat.default", [[value(0)] * 500] * 500)))
    with pytest.raises(NotReplayable, match=f"more than {MAX_LEAVES}"):
        replay.parse(chain(node("aten.relu.default", *range(MAX_LEAVES + 1))))


def test_too_many_calls_are_refused():
    call = {"path": "a", "class": "A", "input": 0, "output": 0, "first": 0, "end": 1}

    with pytest.raises(NotReplayable, match=f"more than {MAX_CALLS} calls"):
        replay.parse({**chain(node("aten.relu.default", value(0))), "calls": [call] * (MAX_CALLS + 1)})


def test_calls_that_all_contain_everything_are_refused():
    many = [node("aten.neg.default", value(number), out=number + 1) for number in range(5000)]
    call = {"path": "a", "class": "A", "input": 0, "output": 0, "first": 0, "end": 5000}

    with pytest.raises(NotReplayable, match="nested too deep"):
        replay.parse({**chain(*many), "calls": [call] * 1000})


@pytest.mark.parametrize(("first", "end"), [(-1, 1), (1, 0), (0, 2), (0, 10**9), (True, 1), (0, "1")])
def test_a_call_of_operations_that_are_not_there_is_refused(first, end):
    call = {"path": "a", "class": "A", "input": 0, "output": 0, "first": first, "end": end}

    with pytest.raises(NotReplayable, match="malformed"):
        replay.parse({**chain(node("aten.relu.default", value(0))), "calls": [call]})


def test_a_call_that_never_ended_is_left_out():
    call = {"path": "a", "class": "A", "input": 0, "first": 0}

    assert replay.parse({**chain(node("aten.relu.default", value(0))), "calls": [call]}).calls == ()


@pytest.mark.parametrize(("input_", "output"), [(None, 1), (0, None), (None, None)])
def test_a_call_without_tensors_is_no_network(input_, output):
    call = {"path": "a", "class": "A", "input": input_, "output": output, "first": 0, "end": 1}
    network = replay.parse({**chain(node("aten.relu.default", value(0))), "calls": [call]})

    with pytest.raises(NotReplayable, match="a: expected a tensor in and a tensor out"):
        network.part(network.calls[0])


ORDERS = {
    "a value of the future": chain(node("aten.relu.default", value(2)), node("aten.relu.default", value(0), out=2)),
    "a cycle of one": chain(node("aten.relu.default", value(1))),
    "a cycle of two": chain(node("aten.relu.default", value(2)), node("aten.relu.default", value(1), out=2)),
    "a value of nobody": chain(node("aten.relu.default", value(77))),
    "the input made again": chain(node("aten.relu.default", value(0), out=0)),
    "a value made twice": chain(node("aten.relu.default", value(0)), node("aten.neg.default", value(0))),
    "two names of one value": chain(node("aten.relu.default", value(0)), weight=0),
    "a value made twice at once": {**chain(node("aten.relu.default", value(0))),
                                   "nodes": [{**node("aten.unbind.int", value(0)), "out": [1, 1]}]},
    "a future value in a list": chain(node("aten.cat.default", [value(0), value(9)])),
    "a future value by name": chain(node("aten.relu.default", self=value(9))),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_values_are_made_once_and_before_they_are_used(name):
    refuses(ORDERS[name], "malformed")


def test_an_output_of_nobody_is_refused():
    refuses(chain(node("aten.relu.default", value(0)), output=99), "does not come from its input")


def test_a_weight_that_did_not_come_back_is_refused():
    refuses(chain(node("aten.add.Tensor", value(0), value(5)), weight=5), "did not come back")


def test_a_text_as_long_as_a_novel_is_refused():
    refuses(chain(node("aten." + "x" * 10**6, value(0))), "malformed")
    refuses(chain(node("aten.gelu.default", value(0), approximate="t" * (MAX_TEXT + 1))), "malformed")


# What may be run.

OPERATIONS = [
    "", ".", "..", "aten", "aten.", "aten..", "relu", "relu.default", "prims.relu.default", "aten.relu.default.x",
    "aten.__class__", "aten.__class__.default", "aten.__init__.default", "aten.__setattr__.default", "aten.__dict__.x",
    "aten.relu.__class__", "aten.relu.__init__", "aten.relu.__setattr__", "aten.relu.__call__", "aten.relu.__dict__",
    "aten.relu.overloads", "aten.relu._op", "aten.relu._qualified_op_name", "aten.relu.default.__class__",
    "aten.relu.out", "aten.add.out", "aten.relu._", "aten._relu.default", "aten.name.default",
    "aten.set_.source_Tensor", "aten.set_.source_Storage", "aten.set_.default", "aten.as_strided.default",
    "aten.as_strided_.default", "aten.resize_.default", "aten.resize_as_.default", "aten.from_file.default",
    "aten.save.default", "aten.load.default", "aten.eval.default", "aten.repeat.default",
    "aten.repeat_interleave.Tensor",
    "aten.normal_.default", "aten.rand.default", "aten.randn.default", "aten.bernoulli.default", "aten.item.default",
    "aten._local_scalar_dense.default", "aten.nonzero.default", "aten.put_.default", "aten.mul.left_t", "aten.mul.int",
    "aten.add.t", "aten.slice.str", "aten.slice.t", "aten.cat.names_out", "aten.max.dim_max", "aten.empty.out",
    "aten.sparse_coo_tensor.default", "aten.to_sparse.default", "aten.view.dtype_out", "aten.add_mean.default",
    "higher_order.cond.default", "ATEN.relu.default", "aten.RELU.default", "aten.relu\n.default", "aten.relu .default",
    "aten.ｒelu.default", "os.system", "aten.os.system", "torch.load", "aten.relu.default; import os",
]  # fmt: skip


@pytest.mark.parametrize("op", OPERATIONS)
def test_an_operation_that_is_not_known_is_refused(op):
    refuses(chain(node(op, value(0))), "is not known here|malformed")


def test_looking_for_an_overload_cannot_change_pytorch():
    kept = dict(vars(torch.ops.aten.relu))

    refuses(chain(node("aten.relu.__setattr__", "default", 3)), "not known")

    assert vars(torch.ops.aten.relu) == kept


@pytest.mark.parametrize(
    "bad",
    [
        node("aten.reshape.default", value(0), [-5, -7]),
        node("aten.reshape.default", value(0), [-1, -1]),
        node("aten.view.default", value(0), [2**62, 2**62]),
        node("aten.full.default", [-3], 1),
        node("aten.zeros.default", [-(2**63)]),
        node("aten.expand.default", value(0), [-2, 3, 8, 8]),
        node("aten.unflatten.int", value(0), 1, [-1, 0]),
        node("aten.select.int", value(0), 99, 0),
        node("aten.select.int", value(0), 0, 2**63 - 1),
        node("aten.chunk.default", value(0), 0),
        node("aten.split.Tensor", value(0), -1),
        node("aten.split.Tensor", value(0), 0),
        node("aten.constant_pad_nd.default", value(0), [-100, -100]),
        node("aten.avg_pool2d.default", value(0), [0, 0]),
        node("aten.max_pool2d.default", value(0), [-2, 2]),
        node("aten.group_norm.default", value(0), 0),
        node("aten.conv2d.default", value(0), value(0), None, [0, 0]),
        node("aten.conv2d.default", value(0), value(0), None, [1, 1], [0, 0], [1, 1], 0),
        node("aten.batch_norm.default", value(0), None, None, None, None, 1, 0.1, 1e-5, True),
        node("aten.batch_norm.default", value(0), training=True),
        node("aten.relu.default"),
        node("aten.relu.default", None),
        node("aten.relu.default", "x"),
        node("aten.relu.default", 3),
        node("aten.relu.default", value(0), value(0)),
        node("aten.relu.default", value(0), out=1, self=value(0)),
        node("aten.relu.default", value(0), __class__=1),
        node("aten.relu.default", value(0), **{"out ": value(0)}),
        node("aten.relu.default", value(0), **{"": value(0)}),
        node("aten.cat.default", []),
        node("aten.cat.default", [value(0), None]),
        node("aten.permute.default", value(0), [0, 0, 0, 0]),
    ],
    ids=lambda part: f"{part['op']}{str(part['args'])[:40]}",
)
def test_malformed_arguments_are_refused(bad):
    refuses(chain(bad), "operation aten|malformed")


@pytest.mark.parametrize("name", ["device", "layout", "dtype", "pin_memory", "memory_format"])
@pytest.mark.parametrize("wrong", ["cuda:0", 3, None, [1], {"other": "meta"}])
def test_where_and_how_a_result_is_stored_is_not_up_to_the_trace(name, wrong):
    found = run(chain(node("aten.zeros.default", [2], **{name: wrong})))

    assert (found.device.type, found.dtype, found.tolist()) == ("cpu", torch.float32, [0, 0])


@pytest.mark.parametrize("number", [-1, 6, 2**31 - 1, True])
def test_a_number_in_the_place_of_a_dtype_is_refused(number):
    """It would crash this process."""
    refuses(chain(node("aten.log_softmax.int", value(0), 1, number)), "expected a dtype")
    refuses(chain(node("aten.to.dtype", value(0), number)), "expected a dtype")


@pytest.mark.parametrize("device", ["meta", "cuda:0", "xyz", None, 3, {"other": "cuda:0"}])
def test_a_device_in_a_trace_becomes_this_processor(device):
    found = run(chain(node("aten.to.device", value(0), device, {"other": "torch.float64"})))

    assert (found.device.type, found.dtype) == ("cpu", torch.float64)


def test_an_out_argument_is_refused_and_nothing_is_written():
    x = torch.ones(3)

    refuses(chain({**node("aten.add.Tensor", value(0), 1), "kwargs": {"out": value(0)}}), "failed", x)

    assert x.tolist() == [1, 1, 1]


HUGE = {
    "full": [node("aten.full.default", [10**6, 10**6], 1)],
    "ones": [node("aten.ones.default", [2**40])],
    "zeros": [node("aten.zeros.default", [2**20, 2**20])],
    "empty": [node("aten.empty.memory_format", [2**20, 2**20])],
    "expand": [node("aten.expand.default", value(0), [10**7, 2, 3, 8, 8])],
    "expand and copy": [
        node("aten.select.int", value(0), 0, 0),
        node("aten.expand.default", value(1), [10**7, 3, 8, 8], out=2),
        node("aten.clone.default", value(2), out=3),
    ],
    "pad": [node("aten.constant_pad_nd.default", value(0), [10**6, 10**6, 10**6, 10**6])],
    "padded convolution": [node("aten.conv2d.default", value(0), value(0), None, [1, 1], [10**6, 10**6])],
    "upsample": [node("aten.upsample_nearest2d.default", value(0), [10**6, 10**6])],
    "adaptive": [node("aten.adaptive_avg_pool2d.default", value(0), [10**6, 10**6])],
    "cat": [node("aten.cat.default", [value(0)] * 9000, 3), node("aten.cat.default", [value(1)] * 9000, 3, out=2)],
    "unbind": [node("aten.zeros.default", [40_000_000, 1]), {**node("aten.unbind.int", value(1)), "out": [2]}],
    "split": [node("aten.zeros.default", [40_000_000]), {**node("aten.split.Tensor", value(1), 1), "out": [2]}],
    "many at once": [node("aten.zeros.default", [1000, 10_000], out=number) for number in range(1, 7)]
    + [node("aten.cat.default", [value(number) for number in range(1, 7)], 1, out=9)],
}


@pytest.fixture
def little_memory():
    """Anything above half a GiB more than now fails: a test that allocates does not pass by luck."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + 2**29, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("name", sorted(HUGE))
def test_what_needs_too_much_memory_is_refused_before_it_is_made(name):
    refuses(chain(*HUGE[name]), "too large|too many tensors")


@pytest.mark.usefixtures("little_memory")
def test_hidden_intermediate_results_count():
    """A product that broadcasts copies its factors to the full size."""
    first, second = torch.zeros(3000, 1, 1, 20_000), torch.zeros(1, 1, 20_000, 1)

    refuses(
        chain(
            node("aten.expand.default", value(0), [3000, 1, 1, 20_000]),
            node("aten.matmul.default", value(1), value(5), out=2),
            weight=5,
        ),
        "too large",
        first[:1],
        weight=second,
    )


LONG = {
    "a product": [node("aten.mm.default", value(0), value(0))],
    "a convolution": [
        node("aten.unsqueeze.default", value(0), 0),
        node("aten.unsqueeze.default", value(1), 0, out=2),
        node("aten.conv2d.default", value(2), value(2), None, [1, 1], [2000, 2000], out=3),
    ],
    "a pool": [
        node("aten.unsqueeze.default", value(0), 0),
        node("aten.avg_pool2d.default", value(1), [2000, 2000], [1, 1], out=2),
    ],
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_what_takes_too_long_is_refused(name):
    refuses(chain(*LONG[name]), "too large", torch.zeros(4000, 4000))


def test_work_adds_up():
    many = [node("aten.mm.default", value(number), value(number), out=number + 1) for number in range(2000)]

    refuses(chain(*many), "too large", torch.zeros(400, 400))


def test_a_random_forward_pass_is_refused():
    refuses(recorded(nn.Dropout(0.5), X).header, "is random")


def test_dropout_of_nothing_is_not_random():
    assert torch.equal(recorded(nn.Dropout(0.0), X).run(X), X)


def test_memory_that_nobody_wrote_reads_as_zeros():
    assert run(chain(node("aten.empty.memory_format", [3, 2]))).tolist() == [[0, 0]] * 3


def test_a_network_of_thirty_blocks_is_measured_once():
    found = recorded(residual(30), images())
    found.run(images())
    before = costs._cost.cache_info()

    found.run(images())

    after = costs._cost.cache_info()
    assert after.misses == before.misses
    assert after.hits - before.hits == len(replay.parse(found.header).reached())


def test_the_cost_of_a_convolution_is_known():
    x, weight = torch.zeros(2, 3, 32, 32), torch.zeros(8, 3, 5, 5)

    found = costs.cost(torch.ops.aten.conv2d.default, [x, weight, None, [1, 1], [2, 2]], {})

    multiply_adds = 2 * 8 * 32 * 32 * 3 * 25
    assert multiply_adds <= found.work < 1.01 * multiply_adds
    assert 2 * 8 * 32 * 32 <= found.numbers < 2 * 11 * 36 * 36


def test_one_and_true_are_measured_apart():
    assert costs._key([1, True, 1.0]) != costs._key([1, 1, 1])
    assert costs._example(costs._key([1, True, 1.0, [2, [False]]])) == [1, True, 1.0, [2, [False]]]


# Arrays that come back.


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
