"""What is seen of a submission's networks while its own functions run them."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest
import torch
from answering import HIDDEN, NET, SEED, STATS, Answer, Submission, answers, small_data
from scripts_to_record import BEGIN, SCRIPTS

from grader.checks import replay
from grader.inside.building import hidden_parameter
from grader.inside.outbox import MAX_RUN_ARRAY_BYTES
from grader.probes import Argument, CallFunction, Case, weights_seed
from grader.sandbox.protocol import Array, Frame

NUMBERED = CallFunction(
    "get_stats",
    ("get_?stats",),
    [Case("on", (Argument("skip", True, ("^s",)),)), Case("off", (Argument("skip", False, ("^s",)),))],
)


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    probes = (STATS, NET)
    made = {name: Submission(BEGIN + dedent(text), probes=probes) for name, text in SCRIPTS.items()}
    made["other arguments"] = Submission(BEGIN + dedent(SCRIPTS["other arguments"]), probes=(NUMBERED,))
    return answers(made)


def recorded(answer: Answer) -> Frame:
    (call,) = answer.calls("run")
    return call


def samples(answer: Answer) -> Array:
    """All samples of the one recorded call, in order."""
    arrays = {name: array for frame in answer.frames for name, array in frame.arrays.items()}
    return np.concatenate([arrays[f"sample.{part['array']}"] for part in recorded(answer).header["samples"]])


def images() -> Array:
    return np.arange(5 * 3 * 4 * 4, dtype=np.float32).reshape(5, 3, 4, 4) / np.float32(100)


@pytest.mark.parametrize("name", SCRIPTS)
def test_recording_breaks_nothing(asked: dict[str, Answer], name: str):
    assert (asked[name].errors, asked[name].end) == ([], "exited")


@pytest.mark.parametrize(
    "name",
    [
        "batch",
        "direct forward",
        "by name",
        "sequential",
        "functional",
        "one each",
        "trained",
        "untouched",
        "lambda",
        "partial",
    ],
)
def test_the_samples_are_what_the_network_was_fed(asked: dict[str, Answer], name: str):
    np.testing.assert_array_equal(samples(asked[name])[:5], images())


@pytest.mark.parametrize(
    ("name", "kind", "networks"),
    [
        ("batch", "Net", 1),
        ("direct forward", "Net", 1),
        ("by name", "Net", 1),
        ("sequential", "Sequential", 1),
        ("functional", "Plain", 1),
        ("one each", "Net", 5),
        ("trained", "Net", 1),
        ("many networks", "Net", 20),
    ],
)
def test_networks_are_seen_however_they_are_called(asked: dict[str, Answer], name: str, kind: str, networks: int):
    header = recorded(asked[name]).header

    assert header["networks_made"] == networks
    assert {network["class"] for network in header["networks"]} == {kind}
    assert all("trace" in network for network in header["networks"])


@pytest.mark.parametrize("name", ["direct forward", "sequential"])
def test_a_recorded_network_replays_what_it_returned(asked: dict[str, Answer], name: str):
    call = recorded(asked[name])
    network = replay.parse(call.header["networks"][0]["trace"])
    tensors = replay.weights(call.arrays, "network.0.state.")

    output = replay.run(network, tensors, torch.from_numpy(images()[:1]))

    torch.testing.assert_close(output[0], torch.from_numpy(call.arrays["result"]).reshape(5, 2)[0])


def test_gradients_under_function_transforms_are_numbers(asked: dict[str, Answer]):
    call = recorded(asked["functional"])
    flat = images().reshape(5, -1)

    # The gradient of the sum of both outputs for the weights is the image, once for each output.
    np.testing.assert_allclose(call.arrays["result"], np.sqrt(2) * np.linalg.norm(flat, axis=1), rtol=1e-5)
    assert call.header["forward_passes"] == 5


def test_weights_are_those_of_the_first_pass_and_changes_are_counted(asked: dict[str, Answer]):
    changed = {name: recorded(asked[name]).header["networks"][0]["changed"] for name in ("trained", "batch")}
    call = recorded(asked["trained"])

    assert changed["batch"] == 0
    assert changed["trained"] > 0
    assert not np.array_equal(call.arrays["network.0.state.conv.weight"], call.arrays["result"])
    # The running mean as it was before the first pass.
    assert call.arrays["network.0.state.norm.running_mean"].tolist() == [0, 0]


def test_modes_are_those_of_the_first_pass(asked: dict[str, Answer]):
    assert recorded(asked["untouched"]).header["networks"][0]["training"] is False
    assert recorded(asked["trained"]).header["networks"][0]["training"] is True


def test_watching_draws_no_random_numbers(asked: dict[str, Answer]):
    torch.manual_seed(5)
    torch.nn.Conv2d(3, 2, 3)

    assert asked["untouched"].facts["random"] == pytest.approx(torch.rand(3).tolist())


def test_narrow_numbers_come_back_as_wider_ones(asked: dict[str, Answer]):
    call = recorded(asked["half"])

    assert call.header["networks"][0].get("trace_error") is None
    assert call.arrays["result"].dtype == np.float32
    assert call.arrays["network.0.state.linear.weight"].dtype == np.float32
    assert call.arrays["network.0.state.steps"] == 3
    assert call.arrays["network.0.state.steps"].dtype == np.int32


def test_a_network_without_real_numbers_is_said_not_to_be_one(asked: dict[str, Answer]):
    assert "expected real numbers, found complex64" in recorded(asked["complex"]).header["error"]


def test_a_recorded_function_inside_another_belongs_to_the_outer_call(asked: dict[str, Answer]):
    call = recorded(asked["nested calls"])

    assert call.header["function"] == "get_stats"
    assert len(call.header["networks"]) == 1


def test_calls_in_threads_are_recorded_one_by_one(asked: dict[str, Answer]):
    answer = asked["threads"]
    arrays = {name: array for frame in answer.frames for name, array in frame.arrays.items()}
    calls = {call.header["arguments"]["seed"]: call for call in answer.calls("run")}

    assert set(calls) == {0, 1, 2, 3}
    for seed, call in calls.items():
        fed = np.concatenate([arrays[f"sample.{part['array']}"] for part in call.header["samples"]])
        np.testing.assert_array_equal(fed, images() + np.float32(seed))
        assert call.header["networks_made"] == 1
        network = replay.parse(call.header["networks"][0]["trace"])
        output = replay.run(network, replay.weights(call.arrays, "network.0.state."), torch.from_numpy(fed[:1]))
        torch.testing.assert_close(output, torch.from_numpy(call.arrays["result"])[0])


def test_calls_in_another_process_work_and_are_not_recorded(asked: dict[str, Answer]):
    assert asked["processes"].facts == {"shape": [5, 2], "status": 0}
    assert asked["processes"].calls("run") == []


@pytest.mark.parametrize("name", ["lambda", "partial"])
def test_a_function_that_is_assigned_is_recorded_by_that_name(asked: dict[str, Answer], name: str):
    call = recorded(asked[name])

    assert (call.header["function"], call.header["case"]) == ("get_stats", "on")
    assert [call.header["phase"] for call in asked[name].calls("peek")] == ["peek"]


def test_a_call_that_raises_is_recorded_with_what_it_raised(asked: dict[str, Answer]):
    call = recorded(asked["raises"])

    assert call.header["error"].endswith("IndexError: too far\n")
    assert asked["raises"].console == "caught\n"
    assert len(asked["raises"].calls("direct")) == 1


def test_calls_are_told_apart_by_their_arguments(asked: dict[str, Answer]):
    answer = asked["other arguments"]

    assert [(call.header["case"], call.header["complete"]) for call in answer.calls("run")] == [
        ("on", False),
        ("off", True),
    ]
    assert [call.header["case"] for call in answer.calls("direct")] == ["on"]


def test_a_long_loop_of_calls_leaves_room_for_the_answers(asked: dict[str, Answer]):
    calls = asked["loops"].calls("run")

    assert len(calls) == 60
    assert sum(array.nbytes for call in calls for array in call.arrays.values()) <= MAX_RUN_ARRAY_BYTES
    assert "networks" in calls[0].header
    assert calls[-1].header["left_out"] is True
    assert all("result" in call.arrays for call in calls)
    assert "output" in asked["loops"].build().arrays


def built_output(answer: Answer) -> torch.Tensor:
    """What the trace of the built network gives outside, with hidden weights and inputs made here."""
    build = answer.build()
    tensors = {
        name: hidden_parameter(weights_seed(SEED), index, shape)
        for index, (name, shape) in enumerate(build.header["parameters"])
    }
    network = replay.parse(build.header["trace"])
    constants = {name: array for name, array in build.arrays.items() if name.startswith("constant.")}
    return replay.run(network, replay.weights(tensors | constants), torch.from_numpy(small_data()[HIDDEN]))


@pytest.mark.parametrize("name", ["batch", "in-place input", "own train"])
def test_a_built_network_gives_what_its_trace_gives_outside(asked: dict[str, Answer], name: str):
    output = torch.from_numpy(asked[name].build().arrays["output"])

    torch.testing.assert_close(output, built_output(asked[name]), rtol=1e-4, atol=1e-5)


def test_a_built_network_is_in_training_mode_whatever_its_class_does(asked: dict[str, Answer]):
    assert asked["own train"].build().arrays["output"].max() < 50
