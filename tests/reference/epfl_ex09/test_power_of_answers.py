"""What the comparisons of exercise 9 would have shown is measured, said in the report, and enough for any seed."""

from __future__ import annotations

import pytest
import torch
from exercise import ROOT, finding_of, part, said
from test_blocks import Base
from test_network_mistakes import cnn, mlp
from torch import nn

from grader.catalog import load_assignment
from grader.checks.layerwise import judged_network
from grader.checks.loops.trajectory import right_epoch
from grader.checks.questions import compared_answers
from grader.finding import Outcome


class Small(nn.Sequential):
    """A right network whose own weights are next to nothing: hidden ones take their place."""

    def __init__(self, made):
        super().__init__(*made)
        with torch.no_grad():
            for weights in self.parameters():
                weights.mul_(1e-25)


LOOP = """
def train_epoch(model, optimizer, scheduler, criterion, train_loader, epoch, device):
    model.train()
    histories = [], [], []
    for data, target in train_loader:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        histories[0].append(loss.item())
        histories[1].append((output.argmax(dim=1) == target).float().mean().item())
        histories[2].append(scheduler.get_last_lr()[0])
    return histories
"""


def loop():
    space = {"torch": torch}
    exec(LOOP, space)  # noqa: S102 - our own text
    return space


RIGHT = {
    "mlp": {"get_mlp": mlp()},
    "cnn": {"get_cnn": cnn()},
    "residual_block": {"ResidualBlock": Base},
    "train_epoch": loop(),
}


@pytest.mark.parametrize("criterion", RIGHT)
def test_right_work_passes_and_the_report_says_what_would_have_been_seen(criterion):
    found = finding_of(criterion, RIGHT[criterion])

    assert found.outcome is Outcome.PASSED, said(found)
    assert "compared entries would have shown a wrong answer" in found.details[0]
    assert "is caught" in found.details[0]


def test_of_blocks_a_block_without_its_skip_path_would_have_been_seen():
    assert "a block without its skip path" in finding_of("residual_block", RIGHT["residual_block"]).details[0]


def test_of_an_epoch_weights_as_they_were_would_have_been_seen():
    assert "weights as they were" in finding_of("train_epoch", RIGHT["train_epoch"]).details[0]


def test_a_right_network_whose_own_weights_are_next_to_nothing_is_judged_by_hidden_ones():
    found = finding_of("mlp", {"get_mlp": lambda size: Small(mlp()(size))})

    assert found.outcome is Outcome.PASSED, said(found)


@pytest.mark.parametrize(
    "end",
    [
        lambda x: x * 1e-25,
        lambda x: 0 * x,
        lambda x: x * 1e20,
        lambda x: x[:1].expand_as(x),
        lambda x: x.mean() + 0 * x,
    ],
)
def test_next_to_nothing_a_constant_and_one_sample_for_all_are_wrong(end):
    class Ending(nn.Module):
        def forward(self, x):
            return end(x)

    found = finding_of("mlp", {"get_mlp": mlp(last=(Ending,))})

    assert found.outcome is Outcome.FAILED


def test_comparisons_that_show_too_little_are_left_to_a_person(monkeypatch):
    load_assignment("epfl_ex09", ROOT / "reference")  # as another test may have done before
    monkeypatch.setattr(judged_network, "TOLERANCE", 2.0)

    found = finding_of("mlp", RIGHT["mlp"])

    assert found.outcome is Outcome.UNGRADED
    assert "show too little" in found.message


@pytest.mark.parametrize("seed", range(4))
def test_every_seed_s_samples_and_calls_show_enough(seed):
    task, theory = part("cases").TRAINING, part("hidden.theory")
    epoch = right_epoch(task, part("hidden.solution").train_epoch, seed, "sgd").power
    asked = compared_answers.AnsweredCall
    calls = part("theory_calls").calls(seed)["receptive_field"]
    answers = tuple(asked(call, (theory.receptive_field(*call),), None, None) for call in calls)

    assert epoch.enough()
    assert compared_answers.AnsweredFunction("receptive_field", "", answers).power.enough()
