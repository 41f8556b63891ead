"""A trace is untrusted JSON: it is read whole and right, or refused."""

from __future__ import annotations

import json

import pytest
import torch
from recorded_networks import (
    WRONG,
    X,
    chain,
    fields,
    images,
    nested,
    node,
    outcome,
    recorded,
    refuses,
    removed,
    residual,
    run,
    value,
)
from torch import nn

from grader.checks import replay
from grader.checks.operations import MAX_CALLS, MAX_LEAVES, MAX_NODES, MAX_TEXT
from grader.checks.replay import NotReplayable

SMALL = recorded(residual(2), images())


class IntoAView(nn.Module):
    def forward(self, x):
        y = torch.zeros_like(x)
        y[:, :2] = 3 * x[:, :2]
        return y


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
    "a value made twice at once": {
        **chain(node("aten.relu.default", value(0))),
        "nodes": [{**node("aten.unbind.int", value(0)), "out": [1, 1]}],
    },
    "a future value in a list": chain(node("aten.cat.default", [value(0), value(9)])),
    "a future value by name": chain(node("aten.relu.default", self=value(9))),
}


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
