"""Readings of frames: right ones come out complete, wrong ones as missing, and nothing raises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import evidence
from received_frames import BUILD, CALL, FIGURES, NETWORK, SAMPLE, TRACE

from grader.checks import replay
from grader.evidence import MissingEvidence
from grader.readings import MAX_CURVES, MAX_NETWORKS, MAX_PARAMETERS, builds, curves, recorded
from grader.sandbox.protocol import Frame, Status

WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2.5,
    2**63,
    -(2**80),
    float("nan"),
    float("inf"),
    "",
    "x",
    "x" * 1_000_000,
    [],
    [[]],
    [None],
    [3],
    [[["a"]]],
    [{}],
    {},
    {"a": {"b": [{}]}},
    [["w", [-1]]],
    [["w", [2**40, 2**40]]],
    [["w", [True]]],
    [["w", "33"]],
    [[3, [3]]],
    [["w", [1] * 9]],
    [["w", [3], 0]],
    [["w", [1.0]]],
    [{"array": ["ab12"], "network": {}}],
    [{"array": {"a": 1}}],
    [{"array": None}],
    [{"array": 12, "network": "0"}],
)
ARRAYS = (
    np.zeros(0),
    np.zeros(()),
    np.zeros((1, 2, 3, 4, 5)),
    np.full(3, np.nan),
    np.ones(3, bool),
    np.array(["text"]),
    np.array([None, {}]),
    np.ones(2, np.complex128),
    np.zeros(2, "M8[s]"),
    np.zeros(2, "f4,i4"),
)


def read_everything(*frames: Frame) -> None:
    """All that checks read. Only MissingEvidence and NotReplayable may be raised."""
    found = evidence(*frames)
    networks = [network for call in recorded(found) for network in call.networks]
    for part in [*builds(found, "block").values(), *networks]:
        try:
            replay.parse(part.trace)
            replay.weights(part.weights if hasattr(part, "weights") else part.constants)
        except replay.NotReplayable:
            pass
    try:
        for curve in curves(found):
            assert curve.x.shape == curve.y.shape
            assert (curve.x.ndim, curve.x.dtype, curve.y.dtype) == (1, np.float64, np.float64)
    except MissingEvidence:
        pass
    assert found.first_error() is None


def paths(part: Any, before: tuple[Any, ...] = (), depth: int = 3) -> Iterator[tuple[Any, ...]]:
    """Every field down to `depth`; the trace has tests of its own."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) and depth else ()
    for key, inner in items:
        yield (*before, key)
        if key != "trace":
            yield from paths(inner, (*before, key), depth - 1)


def with_field(part: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    new = dict(part) if isinstance(part, dict) else list(part)
    new[path[0]] = wrong if len(path) == 1 else with_field(part[path[0]], path[1:], wrong)
    return new


FRAMES = {"build": BUILD, "call": CALL, "figures": FIGURES}
FIELDS = [(name, path) for name, frame in FRAMES.items() for path in paths(frame.header)]


@pytest.mark.parametrize(("name", "path"), FIELDS, ids=str)
def test_a_field_with_a_wrong_value_raises_nothing(name, path):
    for wrong in WRONG:
        changed = Frame(with_field(FRAMES[name].header, path, wrong), FRAMES[name].arrays)
        read_everything(*[changed if key == name else frame for key, frame in FRAMES.items()])


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, frame in FRAMES.items() for key in frame.header])
def test_a_field_that_is_missing_raises_nothing(name, key):
    header = {field: value for field, value in FRAMES[name].header.items() if field != key}

    read_everything(Frame(header, FRAMES[name].arrays))


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, frame in FRAMES.items() for key in frame.arrays])
def test_an_array_that_is_missing_or_of_another_kind_raises_nothing(name, key):
    frame = FRAMES[name]

    read_everything(Frame(frame.header, {other: array for other, array in frame.arrays.items() if other != key}))
    for array in ARRAYS:
        read_everything(Frame(frame.header, {**frame.arrays, key: array}))


@pytest.mark.parametrize("kind", ["build", "call", "figures", "loaded"])
def test_a_frame_with_nothing_in_it_raises_nothing(kind):
    read_everything(Frame({"kind": kind}))
    read_everything(Frame({"kind": kind, "probe": "block"}))


def test_what_was_built_is_read():
    (build,) = builds(evidence(BUILD), "block").values()

    assert (build.case, build.kind, build.error, build.remarks) == ("on", "Block", None, ("s for skip",))
    assert build.parameters == (("conv.weight", (4, 3, 3, 3)), ("scale", ()))
    assert (build.trace, set(build.constants)) == (TRACE, {"constant.0"})
    assert build.output is not None
    assert build.output.shape == (1, 4, 6, 6)


def build(**header):
    (found,) = builds(evidence(Frame({"kind": "build", "probe": "block", "case": "on", **header})), "block").values()
    return found


def test_a_probe_is_answered_by_its_own_frames():
    assert builds(evidence(BUILD), "network") == {}


def test_a_later_answer_replaces_an_unsuccessful_one():
    failed = Frame({"kind": "build", "probe": "block", "case": "on", "error": "no"})

    assert builds(evidence(failed, BUILD), "block")["on"].error is None
    assert builds(evidence(BUILD, failed), "block")["on"].error is None


@pytest.mark.parametrize(
    "listed",
    [
        3,
        "w",
        {"w": [3]},
        [3],
        [["w"]],
        [["w", 3]],
        [[3, [3]]],
        [["w", [-1]]],
        [["w", [True]]],
        [["w", [2.0]]],
        [["w", [2**40]]],
        [["w", [10**4, 10**4]]],
        [["w", [7000, 7000]], ["v", [7000, 7000]]],
        [["w", [1] * 9]],
        [["w", []]] * (MAX_PARAMETERS + 1),
        [["w", [3]], None],
    ],
    ids=lambda listed: str(listed)[:30],
)
def test_parameters_for_which_no_numbers_could_be_drawn_are_an_error(listed):
    found = build(parameters=listed, trace={})

    assert (found.parameters, found.error) == ((), "its parameters could not be written down")


def test_a_class_that_could_not_be_made_keeps_its_own_error():
    assert build(error="TypeError: no").error == "TypeError: no"
    assert build(error="TypeError: no").parameters == ()


def test_texts_are_cut():
    assert len(build(error="x" * 10**6).error or "") == 4000
    assert [len(remark) for remark in build(remarks=["y" * 10**6] * 1000).remarks] == [200] * 100


def test_what_was_called_is_read():
    (call,) = recorded(evidence(CALL))

    assert (call.case, call.phase, call.complete, call.error, call.result_kind) == ("on", "run", True, None, "Tensor")
    assert (call.missing, call.unbound, call.networks_made, call.arguments) == (False, False, 1, {"skip": True, "n": 3})
    assert call.result is not None
    assert call.result.shape == (30, 100)


def test_the_networks_of_a_call_have_their_own_weights():
    (call,) = recorded(evidence(CALL))

    (network,) = call.networks
    assert (network.kind, network.training, network.changed, network.error) == ("Net", True, 2, None)
    assert set(network.weights) == set(NETWORK.state_dict())
    assert torch.allclose(
        replay.run(replay.parse(network.trace), replay.weights(network.weights), torch.from_numpy(SAMPLE)),
        NETWORK(torch.from_numpy(SAMPLE)),
        atol=1e-5,
    )


def test_a_sample_is_found_in_whichever_frame_brought_it():
    first = Frame({"kind": "call", "samples": [{"network": 1, "array": "ab12"}]})

    calls = recorded(evidence(first, CALL))

    assert [[index for index, _ in call.samples] for call in calls] == [[1], [0, 0]]
    assert calls[0].samples[0][1] is CALL.arrays["sample.ab12"]


def test_calls_of_one_phase_can_be_asked_for():
    peek = Frame({"kind": "call", "phase": "peek"})

    assert [call.phase for call in recorded(evidence(CALL, peek, CALL), "run")] == ["run", "run"]
    assert len(recorded(evidence(CALL, peek, CALL))) == 3


def test_an_array_named_ever_so_often_does_not_fill_the_memory():
    array = np.zeros((100, 3, 32, 32), np.float32)
    named = [{"network": 0, "array": "a"}] * 100_000

    (call,) = recorded(evidence(Frame({"kind": "call", "samples": named}, {"sample.a": array})))

    assert sum(part.size for _, part in call.samples) <= 50_000_000


def test_more_networks_than_anyone_makes_are_left_out():
    (call,) = recorded(evidence(Frame({"kind": "call", "networks": [{}] * 100_000})))

    assert len(call.networks) == MAX_NETWORKS


def test_what_was_drawn_is_read():
    both, none = curves(evidence(FIGURES))

    assert (both.label, both.panel, both.y_scale, both.x.tolist(), both.y.tolist()) == (
        "both",
        (0, 1),
        "log",
        [0, 1, 2],
        [1, 1, 1],
    )
    assert (none.label, none.panel, none.y.dtype) == ("none", (1, 0), np.float64)


def test_the_last_figures_are_those_that_count():
    assert curves(evidence(FIGURES, Frame({"kind": "figures", "curves": []}))) == []


def test_a_program_that_did_not_get_as_far_as_drawing_is_told_why():
    with pytest.raises(MissingEvidence, match="did not finish"):
        curves(evidence(CALL, statuses=(Status.TIMED_OUT,)))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros(3), np.zeros(2)),
        (np.zeros((2, 2)), np.zeros((2, 2))),
        (np.zeros(()), np.zeros(())),
        (np.array(["a"]), np.zeros(1)),
        (np.zeros(1), np.ones(1, complex)),
    ],
)
def test_a_curve_that_no_one_could_draw_is_left_out(x, y):
    odd = Frame(
        {"kind": "figures", "curves": [{}, {"label": "right"}]},
        {"curve.0.x": x, "curve.0.y": y, "curve.1.x": np.zeros(1), "curve.1.y": np.zeros(1)},
    )

    assert [curve.label for curve in curves(evidence(odd))] == ["right"]


def test_more_curves_than_anyone_draws_are_left_out():
    arrays = {f"curve.{index}.{axis}": np.zeros(2) for index in range(MAX_CURVES + 50) for axis in "xy"}

    assert len(curves(evidence(Frame({"kind": "figures", "curves": [{}] * (MAX_CURVES + 50)}, arrays)))) == MAX_CURVES
