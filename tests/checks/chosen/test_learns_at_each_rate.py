"""What a network has learned is judged from its weights, outside: nothing that a box says about itself helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
import torch
from homework_5 import part, session_with
from torch import nn
from torch.nn import functional as F

from grader.checks.chosen.enough_skip_blocks import EnoughSkipBlocks
from grader.checks.chosen.learns_at_each_rate import LearnsAtEachRate, rates_shown
from grader.checks.reported.loss_curves import LossCurves
from grader.evidence import Evidence, ExecutionRecord, MissingEvidence, SubmissionRecord
from grader.inside.asked import chosen_network, chosen_training
from grader.sandbox.protocol import Frame, Status

SEED, CPU_S = 5, 20.0
RATES = ("lr=0.001", "lr=0.0005")
RATES_SHOWN = (1e-3, 5e-4)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.first, self.second = nn.BatchNorm2d(8), nn.BatchNorm2d(8)

    def forward(self, x):
        return F.relu(x + self.second(self.two(F.relu(self.first(self.one(x))))))


class Net(nn.Module):
    """A small network of skip blocks; what is done to `x` on the way can be changed."""

    def __init__(self, on_the_way=lambda x: x):
        super().__init__()
        self.on_the_way = on_the_way
        self.entry, self.blocks = nn.Conv2d(3, 8, 3, padding=1), nn.Sequential(Block(), Block())
        self.fc = nn.Linear(8 * 64, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.entry(F.avg_pool2d(x, 4))), 2)
        return self.fc(self.on_the_way(self.blocks(x)).flatten(1))


def blind():
    """A network that does not use its images."""
    return Net(lambda x: 0 * x)


@cache
def frames_of(factory, budget):
    """What a box answers about a network, by probe and case."""
    torch.set_num_threads(1)
    session = session_with("HW5Net", factory, SEED)
    answers = {}
    for probe, module in zip(part("tasks").trained(budget).probes, (chosen_network, chosen_training), strict=True):
        for case in probe.request()["cases"]:
            header, arrays = module.answer(session, case)
            about = {"kind": "ask", "probe": probe.id, "case": case["id"]}
            answers[probe.id, case["id"]] = Frame({**about, **header}, arrays)
    return answers


def evidence_of(frames, cpu_s=CPU_S):
    record = SubmissionRecord("ada", "ada", 1, datetime(2026, 11, 1, tzinfo=UTC), "0" * 64, (), (), "hw5.py")
    run = ExecutionRecord("definitions", Status.EXITED, "", 30.0, cpu_s, 0.1, 400, "cpu", "", len(frames))
    return Evidence(record, SEED, (run,), {"sandbox": "bubblewrap"}, tuple(frames.values()))


@pytest.fixture(scope="module")
def budget():
    return replace(part("settings").BUDGET, steps=40, patience=1, average_batches=4, held_out_work=4e7)


@pytest.fixture
def judge(monkeypatch, budget):
    """The finding about a network, whose frames may be changed on the way; the report shows what is asked for."""
    training = LearnsAtEachRate(trained=part("tasks").trained(budget), about=part("words").ABOUT, report=lambda _: None)
    enough = LossCurves((), 2, RATES_SHOWN, several=True)
    monkeypatch.setattr(LearnsAtEachRate, "_shown", lambda *_: enough)

    def judged(factory, change=lambda frames: frames, cpu_s=CPU_S):
        return training.check(evidence_of(change(frames_of(factory, budget)), cpu_s))

    return judged


def changed(frames, case, header=(), arrays=()):
    frame = frames["training", case]
    known = Frame({**frame.header, **dict(header)}, {**frame.arrays, **dict(arrays)})
    return {**frames, ("training", case): known}


def for_each_rate(change):
    def both(frames):
        for rate in RATES:
            frames = change(frames, rate)
        return frames

    return both


def test_a_network_that_learns_passes_and_the_power_is_said(judge):
    found = judge(Net)

    assert found.outcome.value == "passed", found.message
    assert "held-out images goes from" in found.message
    assert any("one that guesses would have been seen" in detail for detail in found.details)


def invented_losses(frames, rate):
    untouched = {name: frames["training", "start"].arrays[name] for name in ("weights", "scales")}
    return changed(frames, rate, arrays={"losses": np.linspace(1.7, 0.1, 40), **untouched})


def invented_weights(frames, rate):
    random = np.random.default_rng(3)
    values = random.normal(0, 0.3, len(frames["training", rate].arrays["weights"]) // 2).astype(np.float16)
    return changed(frames, rate, arrays={"weights": values.view(np.uint8), "losses": np.linspace(1.7, 0.1, 40)})


def weights_that_are_no_numbers(frames, rate):
    weights = frames["training", rate].arrays["weights"].view(np.float16) * np.float16(np.nan)
    return changed(frames, rate, arrays={"weights": weights.view(np.uint8)})


def weights_of_another_network(frames, rate):
    return changed(frames, rate, arrays={"weights": np.zeros(10, np.uint8)})


def predictions_beside_them(frames, rate):
    labels = part("data").digits(SEED).held_out_labels
    return changed(invented_losses(frames, rate), rate, arrays={"predictions": labels})


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        (invented_losses, "the network does not learn"),
        (invented_weights, "the network does not learn"),
        (weights_that_are_no_numbers, "a loss that is not finite"),
        (weights_of_another_network, "not those of the network"),
        (predictions_beside_them, "the network does not learn"),
    ],
)
def test_what_a_box_invents_earns_nothing(judge, forged, said):
    found = judge(blind, for_each_rate(forged))

    assert found.outcome.value == "failed"
    assert said in found.message


def test_a_network_that_does_not_use_its_images_does_not_learn(judge):
    found = judge(blind)

    assert found.outcome.value == "failed"
    assert "the network does not learn" in found.message


def test_the_operations_of_another_network_do_not_stand_for_this_one(judge, budget):
    class Smaller(Net):
        def forward(self, x):
            return self.fc(F.max_pool2d(F.relu(self.entry(F.avg_pool2d(x, 4))), 2).flatten(1))

    helper = frames_of(Smaller, budget)
    found = judge(Net, lambda frames: changed(frames, "start", {"trace": helper["training", "start"].header["trace"]}))

    assert found.outcome.value == "failed"
    assert "does not run the layers that it runs in training mode" in found.message


def test_weights_trained_elsewhere_do_not_help_a_network_whose_trunk_gets_no_gradient(judge, budget):
    helper = frames_of(Net, budget)
    found = judge(
        lambda: Net(torch.detach),
        lambda frames: {
            **helper,
            **{key: frame for key, frame in frames.items() if key[0] == "network"},
            ("training", "start"): frames["training", "start"],
        },
    )

    assert found.outcome.value == "failed"
    assert "5 of 5 convolutions receive no gradient" in found.message


def test_layers_that_training_leaves_as_they_are_are_named(judge):
    def frozen():
        made = Net()
        made.blocks[0].one.weight.requires_grad_(False)
        return made

    found = judge(frozen)

    assert found.outcome.value == "failed"
    assert "1 of 5 convolutions are not changed by training: blocks.0.one.weight" in found.message


def not_begun(frames, rate):
    """As a deep network is after five times the steps at a rate that suits it less: no better than at its start."""
    start = {name: frames["training", "start"].arrays[name] for name in ("weights", "scales")}
    same = {name for name, value in frames["training", rate].arrays.items() if name.startswith("buffer.")}
    random = np.random.default_rng(3)
    moved = (start["weights"].view(np.float16) + random.normal(0, 1e-3, len(start["weights"]) // 2)).astype(np.float16)
    buffers = {name: frames["training", "start"].arrays[name] for name in same}
    arrays = {"losses": np.full(200, 1.6), "weights": moved.view(np.uint8), "scales": start["scales"], **buffers}
    return changed(frames, rate, arrays=arrays)


def test_a_rate_at_which_a_network_that_can_learn_has_not_begun_to_is_left_to_a_person(judge):
    found = judge(Net, lambda frames: not_begun(frames, RATES[0]))

    assert found.outcome.value == "ungraded"
    assert (
        "learns at one learning rate; at 0.001 held-out images do not show that it learns after 200 steps"
        in found.message
    )


def test_a_network_that_has_begun_to_learn_at_no_rate_does_not_learn(judge):
    assert "the network does not learn" in judge(Net, for_each_rate(not_begun)).message


class Gated(Net):
    """Each channel times a gate that is computed from all of them."""

    def __init__(self):
        super().__init__(lambda x: x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None])
        self.gate = nn.Linear(8, 8)


def test_one_with_gates_that_has_begun_at_no_rate_is_left_to_a_person(judge):
    found = judge(Gated, for_each_rate(not_begun))

    assert found.outcome.value == "ungraded"
    assert "has gates, which let little through at first" in found.message
    assert judge(Gated, for_each_rate(invented_losses)).outcome.value == "failed"
    assert judge(Gated).outcome.value == "passed"


def ended_early(frames, rate, stopped="steps"):
    losses = frames["training", rate].arrays["losses"][:5]
    return changed(frames, rate, {"stopped": stopped, "seconds": 700.0}, {"losses": losses})


def test_training_that_ends_early_for_no_reason_is_no_training(judge):
    found = judge(Net, for_each_rate(ended_early))

    assert "training ended after 5 of 40 steps" in found.message


def test_a_machine_is_too_slow_only_if_the_time_was_seen_to_pass_outside(judge):
    def slow(frames, rate):
        return ended_early(invented_weights(frames, rate), rate, "time")

    found = judge(Net, for_each_rate(slow), cpu_s=1500.0)
    assert found.outcome.value == "ungraded"
    assert "too slow for the training: 5 of 40 steps in 700 CPU seconds, about 5600 are needed" in found.message
    assert "GPU" in (found.hint or "")

    assert judge(Net, for_each_rate(slow), cpu_s=20.0).outcome.value == "failed"


def test_a_failing_step_is_said(judge):
    class Fails(Net):
        def forward(self, x):
            if torch.is_grad_enabled():
                raise ValueError("no training here")
            return super().forward(x)

    found = judge(Fails)

    assert found.outcome.value == "failed"
    assert "training fails after 0 steps: ValueError: no training here" in found.message


def of_blocks(factory, budget, change=lambda frames: frames):
    return EnoughSkipBlocks(part("tasks").NETWORK, 20).check(evidence_of(change(frames_of(factory, budget))))


def test_a_network_that_looks_whether_it_is_watched_is_found_out(budget):
    class Watched(Net):
        def forward(self, x):
            return super().forward(x) if torch.is_inference_mode_enabled() else super().forward(x) + x.mean()

    found = of_blocks(Watched, budget)

    assert found.outcome.value == "failed"
    assert "does something else when it is looked at" in found.message
    assert "looked at" not in of_blocks(Net, budget).message


def test_a_network_with_dropout_does_the_same_when_it_is_looked_at(budget):
    class Dropping(Net):
        def __init__(self):
            super().__init__(nn.Dropout(0.5))

    assert "looked at" not in of_blocks(Dropping, budget).message


@pytest.mark.parametrize(
    ("figures", "rates", "told"),
    [
        (1, (), "one figure of the loss, whose learning rates cannot be read"),
        (1, (1e-3,), "one figure of the loss, and the only learning rate that is written there is 0.001"),
        (2, (1e-3,), "two figures of the loss, and the only learning rate that is written there is 0.001"),
    ],
)
def test_what_is_written_beside_figures_of_the_loss_is_said(figures, rates, told):
    shown = LossCurves((object(),) * figures, 1, rates, several=False, in_all=rates if figures == 2 else (1e-3, 1e-4))

    assert shown.enough is None
    assert rates_shown(shown) == told


def without_weights(frames, **header):
    """As if there had been no room for the weights after training."""
    for rate in RATES:
        frame = frames["training", rate]
        kept = {name: array for name, array in frame.arrays.items() if name == "losses"}
        frames = {**frames, ("training", rate): Frame({**frame.header, **header}, kept)}
    return frames


def test_weights_for_which_there_is_no_room_are_left_to_a_person(judge):
    with pytest.raises(MissingEvidence, match="million weights, too many for them to come back") as missing:
        judge(Net, lambda frames: without_weights(frames, left_out=True))

    assert missing.value.ours


def test_more_weights_than_are_measured_are_left_to_a_person(judge, monkeypatch):
    monkeypatch.setattr("grader.checks.chosen.trained_here.MOST_WEIGHTS", 1000)

    with pytest.raises(MissingEvidence, match="too many for them to come back") as missing:
        judge(Net)

    assert missing.value.ours


def test_weights_that_do_not_come_back_for_another_reason_are_a_failure(judge):
    assert judge(Net, without_weights).outcome.value == "failed"
    assert judge(Net, lambda frames: without_weights(frames, train_error="RuntimeError: x")).outcome.value == "failed"
