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
}


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
