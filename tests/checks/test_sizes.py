"""Arguments that do not fit each other are refused before a kernel reads them."""

from __future__ import annotations

import pytest
import torch
from recorded_networks import chain, node, refuses, run, value

IMAGES = value(0)  # 2 × 3 × 8 × 8
VECTOR = torch.ones(1)

MISFITS = {
    "a batch norm's weight of one number": node(
        "aten.native_batch_norm.default", IMAGES, value(5), value(5), None, None, True, 0.1, 1e-5
    ),
    "a batch norm's weight of another dtype": node(
        "aten.native_batch_norm.default", IMAGES, value(6), None, None, None, True, 0.1, 1e-5
    ),
    "a batch norm's running mean of one number": node(
        "aten.native_batch_norm.default", IMAGES, None, None, value(5), value(5), False, 0.1, 1e-5
    ),
    "a batch norm in evaluation without statistics": node(
        "aten.native_batch_norm.default", IMAGES, None, None, None, None, False, 0.1, 1e-5
    ),
    "a batch norm of cuDNN with a weight of one number": node(
        "aten.cudnn_batch_norm.default", IMAGES, value(5), value(5), None, None, True, 0.1, 1e-5
    ),
    "a layer norm's weight of one number": node(
        "aten.native_layer_norm.default", IMAGES, [8], value(5), value(5), 1e-5
    ),
    "a layer norm over other sizes": node("aten.native_layer_norm.default", IMAGES, [7], None, None, 1e-5),
    "a group norm with other sizes than its input": node(
        "aten.native_group_norm.default", IMAGES, None, None, 2, 3, 10**6, 1, 1e-5
    ),
    "a group norm's weight of one number": node(
        "aten.native_group_norm.default", IMAGES, value(5), value(5), 2, 3, 64, 1, 1e-5
    ),
    "a group norm of no groups": node("aten.native_group_norm.default", IMAGES, None, None, 2, 3, 64, 0, 1e-5),
    "a weight norm of one number": node("aten._weight_norm_interface.default", IMAGES, value(5), 0),
    "an upsampling by an infinite scale": node("aten.upsample_nearest2d.default", IMAGES, [16, 16], 1e-300, 1e-300),
    "an upsampling by another scale": node("aten.upsample_bilinear2d.default", IMAGES, [16, 16], False, 1e-3, 1e-3),
    "an upsampling by less than nothing": node("aten.upsample_nearest2d.default", IMAGES, [16, 16], -1.0, -1.0),
    "a convolution whose bias has one number": node(
        "aten.convolution.default", IMAGES, value(7), value(5), [1, 1], [0, 0], [1, 1], False, [0, 0], 1
    ),
    "a convolution whose bias is of another dtype": node(
        "aten.convolution.default", IMAGES, value(7), value(8), [1, 1], [0, 0], [1, 1], False, [0, 0], 1
    ),
    "a transposed convolution with an output padding beyond its stride": node(
        "aten.convolution.default", IMAGES, value(7), None, [1, 1], [0, 0], [1, 1], True, [5, 5], 1
    ),
    "a pool padded beyond its window": node("aten.max_pool2d_with_indices.default", IMAGES, [2, 2], [1, 1], [2, 2]),
    "an embedding of a word that is not there": node("aten.embedding.default", value(7), value(9)),
    "an embedding of a word before the first": node("aten.embedding.default", value(7), value(10)),
    "an index beyond the end": node("aten.index_select.default", IMAGES, 1, value(9)),
    "numbers as places": node("aten.index_select.default", IMAGES, 1, value(5)),
    "a mask of numbers": node("aten.masked_fill.Scalar", IMAGES, IMAGES, 0),
    "a mask of another shape": node("aten.index.Tensor", IMAGES, [value(11)]),
}
OTHERS = {
    "vector": VECTOR,
    "doubles": torch.ones(3, dtype=torch.float64),
    "weight": torch.ones(3, 3, 1, 1),
    "double": torch.ones(3, dtype=torch.float64),
    "beyond": torch.tensor([3]),
    "before": torch.tensor([-1]),
    "mask": torch.ones(5, dtype=torch.bool),
}
NUMBERS = {name: number for number, name in enumerate(OTHERS, 5)}


@pytest.mark.parametrize("name", sorted(MISFITS))
def test_arguments_that_do_not_fit_are_refused(name):
    refuses(chain(MISFITS[name], **NUMBERS), "failed|too large|does not fit", **OTHERS)


def test_a_batch_norm_that_would_read_a_million_numbers_beyond_its_weight_is_refused():
    million = 1_000_000
    nodes = [
        node("aten.sum.default", value(0)),
        node("aten.expand.default", value(1), [2, million], out=2),
        node("aten.ones.default", [1], out=3),
        node("aten.native_batch_norm.default", value(2), value(3), value(3), None, None, True, 0.1, 1e-5, out=4),
    ]

    refuses(chain(*nodes), "expected weight of shape 1000000, torch.float32, found 1, torch.float32")


FITTING = {
    "batch norm": node("aten.cudnn_batch_norm.default", IMAGES, value(5), value(5), None, None, True, 0.1, 1e-5),
    "group norm": node("aten.native_group_norm.default", IMAGES, value(5), None, 2, 3, 64, 3, 1e-5),
    "layer norm": node("aten.native_layer_norm.default", IMAGES, [3, 8, 8], None, None, 1e-5),
    "an upsampling that rounds": node("aten.upsample_nearest2d.default", IMAGES, [12, 11], 1.5, 1.45),
    "an embedding": node("aten.embedding.default", value(9), value(6)),
    "an index from the end": node("aten.index.Tensor", IMAGES, [None, value(7)]),
    "a mask": node("aten.index.Tensor", IMAGES, [None, value(8)]),
}


@pytest.mark.parametrize("name", sorted(FITTING))
def test_arguments_that_fit_are_run(name):
    others = {
        "weight": torch.ones(3),
        "places": torch.tensor([1, 0]),
        "from_the_end": torch.tensor([-1]),
        "mask": torch.tensor([True, False, True]),
        "words": torch.ones(2, 4),
    }
    numbered = {name: number for number, name in enumerate(others, 5)}

    found = run(chain(FITTING[name], **numbered), **others)

    assert found.isfinite().all()


EMPTY = {
    "rows of nothing": [node("aten.zeros.default", [2**47, 0])],
    "rows of nothing, shown again": [
        node("aten.zeros.default", [0, 4]),
        node("aten.expand.default", value(1), [2**40, 0, 4], out=2),
    ],
    "nothing summed into much": [
        node("aten.zeros.default", [7000, 0, 7200]),
        node("aten.sum.dim_IntList", value(1), [1], out=2),
    ],
    "many dimensions": [node("aten.view.default", value(0), [1] * 40 + [2, 3, 8, 8])],
}


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_absurd_shapes_are_refused_though_they_hold_nothing(name):
    refuses(chain(*EMPTY[name]), "too large|failed")


@pytest.mark.parametrize("shape", [(2**47, 0), (2**26, 0, 3), (1,) * 17])
def test_inputs_and_weights_of_absurd_shapes_are_refused(shape):
    refuses(chain(node("aten.relu.default", value(0))), "too large", torch.zeros(shape))
    refuses(chain(node("aten.add.Tensor", value(0), value(5)), weight=5), "too large", weight=torch.zeros(shape))
