"""What would take too much memory or time is refused before it is begun."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
import torch
from recorded_networks import (
    chain,
    images,
    node,
    recorded,
    refuses,
    residual,
    value,
)

from grader.checks import costs, replay

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
    "an adaptive pool": [
        node("aten.unsqueeze.default", value(0), 0),
        node("aten.adaptive_max_pool2d.default", value(1), [50, 50], out=2),
        *[node("aten.adaptive_max_pool2d.default", value(1), [50, 50], out=number) for number in range(3, 200)],
        node("aten.stack.default", [value(number) for number in range(2, 200)], out=200),
    ],
    "sums of the same numbers over and over": [
        *[node("aten.sum.default", value(0), out=number) for number in range(1, 1000)],
        node("aten.stack.default", [value(number) for number in range(1, 1000)], out=1000),
    ],
    "powers of the same numbers over and over": [
        *[node("aten.logsumexp.default", value(0), [0, 1], out=number) for number in range(1, 1000)],
        node("aten.stack.default", [value(number) for number in range(1, 1000)], out=1000),
    ],
    "a sort": [node("aten.sort.default", value(0), 0)]
    + [node("aten.sort.default", value(number), 0, out=number + 1) for number in range(1, 3)],
    "a product of whole numbers": [
        node("aten.to.dtype", value(0), {"other": "torch.int64"}),
        node("aten.mm.default", value(1), value(1), out=2),
    ],
    "a convolution in ten thousand groups": [
        node("aten.zeros.default", [1, 200_000, 2, 2]),
        node("aten.zeros.default", [200_000, 1, 1, 1], out=2),
        *[
            node("aten.conv2d.default", value(1), value(2), None, [1, 1], [0, 0], [1, 1], 200_000, out=number)
            for number in range(3, 30)
        ],
        node("aten.cat.default", [value(number) for number in range(3, 30)], out=30),
    ],
}


def transposed(size: int, window: int, dtype: str) -> list[dict]:
    """A transposed convolution that makes one number out of all that it computes."""
    pad = (size + window - 2) // 2
    return [
        node("aten.to.dtype", value(0), {"other": dtype}),
        node("aten.sum.default", value(1), out=2),
        node("aten.expand.default", value(2), [1, 1, size, size], out=3),
        node("aten.expand.default", value(2), [1, 1, window, window], out=4),
        node("aten.convolution.default", value(3), value(4), None, [1, 1], [pad, pad], [1, 1], True, [0, 0], 1, out=5),
    ]


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(("size", "window", "dtype"), [(300, 50, "torch.float32"), (350, 31, "torch.float64")])
def test_a_transposed_convolution_is_charged_for_what_it_spreads_and_not_for_what_it_keeps(size, window, dtype):
    refuses(chain(*transposed(size, window, dtype)), "too large")


def test_the_cost_of_a_transposed_convolution_is_known():
    x, weight = torch.zeros(2, 3, 32, 32), torch.zeros(3, 8, 5, 5)

    found = costs.cost(torch.ops.aten.conv_transpose2d.input, [x, weight, None, [2, 2], [2, 2]], {})

    multiply_adds = 2 * 3 * 32 * 32 * 8 * 25
    assert multiply_adds <= found.work < 1.1 * multiply_adds


def test_costs_are_the_same_in_inference_mode():
    x = torch.zeros(2, 3, 33, 32)
    taken_apart = torch.ops.aten.matmul.default

    with torch.inference_mode():
        found = costs.cost(taken_apart, [x, x.transpose(2, 3).clone()], {})

    assert found.work >= 2 * 3 * 33 * 32 * 33


@pytest.mark.parametrize("name", sorted(LONG))
def test_what_takes_too_long_is_refused(name):
    refuses(chain(*LONG[name]), "too large", torch.zeros(4000, 4000))


def test_work_adds_up():
    many = [node("aten.mm.default", value(number), value(number), out=number + 1) for number in range(2000)]

    refuses(chain(*many), "too large", torch.zeros(400, 400))


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


def test_what_is_forgotten_makes_room_and_what_is_only_seen_in_another_shape_does_not():
    seen_again = [node("aten.zeros.default", [9_000_000])]
    seen_again += [node("aten.view.default", value(number), [-1], out=number + 1) for number in range(1, 8)]
    seen_again += [node("aten.clone.default", value(8), out=number) for number in range(9, 15)]
    seen_again += [node("aten.stack.default", [value(number) for number in range(8, 15)], out=15)]
    one_after_another = [node("aten.zeros.default", [9_000_000])]
    one_after_another += [node("aten.neg.default", value(number), out=number + 1) for number in range(1, 8)]

    with pytest.raises(replay.NotReplayable, match="too large"):
        replay.execute(replay.parse(chain(*seen_again)), {0: torch.zeros(1)}, keep=False)
    made = replay.execute(replay.parse(chain(*one_after_another)), {0: torch.zeros(1)}, keep=False)

    assert made.shape == (9_000_000,)
