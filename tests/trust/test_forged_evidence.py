"""What comes back is data, and may be made up: then a criterion fails, and the grader does not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from practical_6 import ROOT, answered, part

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.finding import Outcome
from grader.inside.tracing import trace
from grader.probes import weights_seed
from grader.sandbox.protocol import Frame


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Small networks only lose time on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


@pytest.fixture(scope="module")
def honest(assignment):
    return answered(assignment, weights_seed(SEED))


def forge(frame: Frame, how: Any) -> Frame:
    header = json.loads(json.dumps(dict(frame.header)))
    how(header)
    return Frame(header, frame.arrays)


def add(header: dict[str, Any], *nodes: dict[str, Any]) -> None:
    """Let the network's result come from further operations."""
    found = header["trace"]
    found["nodes"] += list(nodes)
    found["calls"] = [
        {**call, "end": len(found["nodes"]), "output": nodes[-1]["out"][0]} if not call["path"] else call
        for call in found["calls"]
    ]
    found["output"] = nodes[-1]["out"][0]


def whole_numbers(header: dict[str, Any]) -> None:
    last = {"value": header["trace"]["output"]}
    zeros = {"op": "aten.argmax.default", "args": [last, 1, True], "kwargs": {}, "out": [10**6]}
    same = {"op": "aten.expand.default", "args": [{"value": 10**6}, [4, 10, 8, 8]], "kwargs": {}, "out": [10**6 + 1]}
    add(header, zeros, same)


def only_the_input(header: dict[str, Any]) -> None:
    header["trace"]["output"] = header["trace"]["values"]["input.0"]


def one_number(header: dict[str, Any]) -> None:
    last = {"value": header["trace"]["output"]}
    add(header, {"op": "aten.mean.default", "args": [last], "kwargs": {}, "out": [10**6]})


def no_parameters(header: dict[str, Any]) -> None:
    header["parameters"] = []


def scalars(header: dict[str, Any]) -> None:
    header["parameters"] = [[name, []] for name, _ in header["parameters"]]


def endless(header: dict[str, Any]) -> None:
    header["parameters"] = [[name, [40_000, 40_000]] for name, _ in header["parameters"]]


def hostile_operation(header: dict[str, Any]) -> None:
    add(header, {"op": "aten.relu.__setattr__", "args": ["default", 1], "kwargs": {}, "out": [10**6]})


def gigabytes(header: dict[str, Any]) -> None:
    add(header, {"op": "aten.ones.default", "args": [[10**6, 10**6]], "kwargs": {}, "out": [10**6]})


def no_trace(header: dict[str, Any]) -> None:
    header["trace"] = None


def no_arguments(header: dict[str, Any]) -> None:
    for node in header["trace"]["nodes"]:
        node["args"] = []


def no_calls(header: dict[str, Any]) -> None:
    header["trace"]["calls"] = []


HOSTILE = (
    whole_numbers,
    only_the_input,
    one_number,
    no_parameters,
    scalars,
    endless,
    hostile_operation,
    gigabytes,
    no_trace,
    no_arguments,
    no_calls,
)


@pytest.mark.parametrize("how", HOSTILE, ids=lambda how: how.__name__)
@pytest.mark.parametrize("which", ["one block", "all blocks"])
def test_a_forged_block_fails_and_the_grader_does_not(how, which, assignment, honest, caplog):
    forged = [
        forge(frame, how) if index < (1 if which == "one block" else 4) else frame for index, frame in enumerate(honest)
    ]

    found = assess_one(assignment.rubric[0], evidence(*forged))

    assert not caplog.records, caplog.text
    assert found.outcome is (Outcome.PASSED if how is no_calls else Outcome.FAILED)


# The values that a box claims get_stats returned, with networks that do not bear them out.


@pytest.fixture(scope="module")
def called(assignment):
    """Four calls of get_stats on thirty blocks whose returned numbers are made up."""
    images = assignment.data(SEED)["cifar10.train.images"][:100].transpose(0, 3, 1, 2).astype(np.float32) / 255
    return [made_up(case, images) for case in part("cases").CASES]


def made_up(case: Any, images: Any) -> Frame:
    torch.manual_seed(1)
    network = part("hidden.solution").ResNet(30, 10, skip_connections=case.skip, batch_normalization=case.batch)
    found = json.loads(json.dumps(trace(network, torch.zeros(1, 3, 32, 32)).header()))
    header = {
        "kind": "call",
        "phase": "run",
        "case": case.id,
        "complete": True,
        "networks_made": 1,
        "result_kind": "Tensor",
        "networks": [{"class": "ResNet", "training": True, "changed": 0, "trace": found}],
        "samples": [{"network": 0, "array": str(index)} for index in range(100)],
    }
    state = {f"network.0.state.{name}": value.numpy() for name, value in network.state_dict().items()}
    samples = {f"sample.{index}": images[index : index + 1] for index in range(100)}
    return Frame(header, {**state, **samples, "result": np.ones((30, 100), np.float32)})


def without(word: str) -> Any:
    return lambda frame: Frame(frame.header, {name: array for name, array in frame.arrays.items() if word not in name})


def with_arrays(word: str, make: Any) -> Any:
    return lambda frame: Frame(
        frame.header, {name: make(array) if word in name else array for name, array in frame.arrays.items()}
    )


def with_output(*nodes: dict[str, Any]) -> Any:
    def change(frame: Frame) -> Frame:
        header = json.loads(json.dumps(dict(frame.header)))
        found = header["networks"][0]["trace"]
        found["nodes"] += [{**node, "args": [{"value": found["output"]}, *node["args"]]} for node in nodes]
        found["output"] = nodes[-1]["out"][0] if nodes else found["values"]["input.0"]
        return Frame(header, frame.arrays)

    return change


def last(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args), "kwargs": {}, "out": [10**6]}


UNTRUE = {
    "a weight is missing": without("blocks.0.conv1.weight"),
    "all weights are missing": without("weight"),
    "no sample is there": without("sample"),
    "weights are whole numbers": with_arrays("conv1.weight", lambda array: np.ones(array.shape, np.int64)),
    "weights have another shape": with_arrays("conv2.weight", lambda array: array[:, :3]),
    "samples have another shape": with_arrays("sample.7", lambda array: array[..., :16]),
    "samples have no pixels": with_arrays("sample", lambda array: array[..., :0]),
    "the result has three dimensions": with_arrays("result", lambda array: array[..., None]),
    "the result is empty": with_arrays("result", lambda array: array[:0]),
    "the result holds no numbers": with_arrays("result", lambda array: np.full_like(array, np.inf)),
    "the output is the input": with_output(),
    "the output is one number": with_output(last("aten.mean.default")),
    "the output has two classes": with_output(last("aten.slice.Tensor", 1, 0, 2)),
    "the output is detached": with_output(last("aten.detach.default")),
    "the output is an index": with_output(last("aten.argmax.default", 1, True)),
}


@pytest.mark.parametrize("name", sorted(UNTRUE))
def test_networks_that_do_not_bear_out_the_values_fail_and_the_grader_does_not(
    name, assignment, honest, called, caplog
):
    (criterion,) = [criterion for criterion in assignment.rubric if criterion.id == "stats_values"]

    found = assess_one(criterion, evidence(*honest, *map(UNTRUE[name], called)))

    assert not caplog.records, caplog.text
    assert found.outcome is Outcome.FAILED


def test_a_network_that_squeezes_the_only_sample_away_has_gradients(called):
    oracle, replay = part("hidden.oracle"), part("hidden.oracle").replay
    plain, squeezed = called[3], with_output(last("aten.select.int", 0, 0))(called[3])
    name, image = "resnet_blocks.4.conv1.weight", torch.from_numpy(plain.arrays["sample.3"][0])
    tensors = replay.weights(plain.arrays, "network.0.state.")

    (ours, theirs) = [
        oracle.gradients(replay.parse(frame.header["networks"][0]["trace"]), tensors, [name], [image], [2])[0]
        for frame in (squeezed, plain)
    ]

    assert torch.equal(ours, theirs)
    assert ours.norm() > 0
