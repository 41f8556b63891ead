"""A network's passes go out as they were written down, and as they run when nobody watches."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from grader.checks import operations, replay, watched
from grader.inside.passes import passes, passes_in, set_mode
from grader.readings import plain_runs, trace_in
from grader.readings.fields import own_arrays
from grader.sandbox.protocol import Frame

X = torch.linspace(-1, 1, 12).reshape(4, 3)


class Plain(nn.Module):
    def forward(self, x):
        return torch.relu(2 * x)


class OnlyWithGradients(nn.Module):
    def forward(self, x):
        if not torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
            raise RuntimeError("no gradients")
        return 2 * x


class OtherWithGradients(nn.Module):
    def forward(self, x):
        return (3 if torch.is_grad_enabled() else 2) * x


class OtherAlone(nn.Module):
    def forward(self, x):
        return (3 if len(x) == 1 else 2) * x


def frame_of(network: nn.Module, mode: str) -> Frame:
    header, arrays = passes_in(mode, network, X)
    return Frame(json.loads(json.dumps({"kind": "block", mode: header})), arrays)


def difference(network: nn.Module, mode: str = "evaluation") -> str | None:
    frame = frame_of(network, mode)
    given = operations.parse(trace_in(frame, mode)), replay.weights(own_arrays(frame, f"{mode}.")), X
    plain = plain_runs(frame, mode)
    return watched.other_when_run(*given, plain) or watched.other_alone(*given, plain)


@pytest.mark.parametrize("mode", ["training", "evaluation"])
def test_a_network_that_is_always_the_same_differs_in_nothing(mode):
    assert difference(Plain(), mode) is None


def test_another_network_with_gradients_is_told():
    assert difference(OtherWithGradients()) == (
        "with gradients it gives other results than when its operations are written down"
    )


def test_another_network_for_a_single_sample_is_told_in_evaluation_mode_alone():
    assert "for one sample alone it gives other results" in str(difference(OtherAlone()))
    assert difference(OtherAlone(), "training") is None


def test_what_it_raises_in_an_ordinary_pass_is_raised_where_it_must_run_and_noted_elsewhere():
    with pytest.raises(RuntimeError, match="no gradients"):
        passes_in("evaluation", OnlyWithGradients(), X)

    header, _ = passes(OnlyWithGradients(), X)
    assert header["plain_errors"] == {"no_grad": "RuntimeError: no gradients"}


def test_a_trace_of_older_evidence_is_read_although_nothing_lies_beside_it():
    trace = passes(Plain(), X)[0]["trace"]
    frame = Frame({"evaluation": trace}, {})

    assert trace_in(frame, "evaluation") == trace
    assert plain_runs(frame, "evaluation").outputs == {}
    assert trace_in(Frame({}, {}), "evaluation") is None


class Mode(nn.Module):
    """Gives 1 in training and 0 in evaluation mode."""

    def forward(self, x):
        return x * 0 + self.training


class Frozen(Mode):
    def train(self, mode=True):
        return super().train(False)


class FrozenWithAll(Mode):
    def train(self, training, **options):
        self.training = False
        return self


class OwnTraining(Mode):
    def train(self, samples):
        raise RuntimeError("not asked to train")


class OwnTrainingOfModel(Mode):
    def train(self, epochs=10, verbose=True):
        raise RuntimeError("not asked to train")


class OwnTrainingAloud(Mode):
    def train(self, verbose=True):
        raise RuntimeError("not asked to train")


class OwnTrainingWithout(Mode):
    def train(self):
        raise RuntimeError("not asked to train")


@pytest.mark.parametrize(
    ("kind", "training"),
    [
        (Mode, 1),
        (Frozen, 0),
        (FrozenWithAll, 0),
        (OwnTraining, 1),
        (OwnTrainingOfModel, 1),
        (OwnTrainingAloud, 1),
        (OwnTrainingWithout, 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
@pytest.mark.parametrize("within", [False, True])
def test_the_mode_is_what_a_parts_own_method_makes_of_it(kind, training, within):
    network = nn.Sequential(nn.Sequential(kind())) if within else kind()

    given = [set_mode(network, training=mode)(X).max().item() for mode in (True, False)]

    assert given == [training, 0]
