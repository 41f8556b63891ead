"""Only known operations run, on arguments that fit, and none of them writes or reaches anywhere."""

from __future__ import annotations

import pytest
import torch
from recorded_networks import (
    chain,
    node,
    refuses,
    run,
    value,
)

from grader.checks.replay import UnknownOperation

OPERATIONS = [
    "",
    ".",
    "..",
    "aten",
    "aten.",
    "aten..",
    "relu",
    "relu.default",
    "prims.relu.default",
    "aten.relu.default.x",
    "aten.__class__",
    "aten.__class__.default",
    "aten.__init__.default",
    "aten.__setattr__.default",
    "aten.__dict__.x",
    "aten.relu.__class__",
    "aten.relu.__init__",
    "aten.relu.__setattr__",
    "aten.relu.__call__",
    "aten.relu.__dict__",
    "aten.relu.overloads",
    "aten.relu._op",
    "aten.relu._qualified_op_name",
    "aten.relu.default.__class__",
    "aten.relu.out",
    "aten.add.out",
    "aten.relu._",
    "aten._relu.default",
    "aten.name.default",
    "aten.set_.source_Tensor",
    "aten.set_.source_Storage",
    "aten.set_.default",
    "aten.as_strided.default",
    "aten.as_strided_.default",
    "aten.resize_.default",
    "aten.resize_as_.default",
    "aten.from_file.default",
    "aten.save.default",
    "aten.load.default",
    "aten.eval.default",
    "aten.resize.default",
    "aten.repeat_interleave.Tensor",
    "aten.normal_.default",
    "aten.rand.default",
    "aten.randn.default",
    "aten.bernoulli.default",
    "aten.item.default",
    "aten._local_scalar_dense.default",
    "aten.nonzero.default",
    "aten.put_.default",
    "aten.mul.left_t",
    "aten.mul.int",
    "aten.add.t",
    "aten.slice.str",
    "aten.slice.t",
    "aten.cat.names_out",
    "aten.max.dim_max",
    "aten.empty.out",
    "aten.sparse_coo_tensor.default",
    "aten.to_sparse.default",
    "aten.view.dtype_out",
    "aten.add_mean.default",
    "higher_order.cond.default",
    "ATEN.relu.default",
    "aten.RELU.default",
    "aten.relu\n.default",
    "aten.relu .default",
    "aten.ｒelu.default",
    "os.system",
    "aten.os.system",
    "torch.load",
    "aten.relu.default; import os",
]


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


def test_an_operation_that_the_grader_does_not_know_is_told_apart_from_a_malformed_one():
    with pytest.raises(UnknownOperation, match="is not known here"):
        run(chain(node("aten.erfinv.default", value(0))))
