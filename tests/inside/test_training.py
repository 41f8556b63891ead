"""Training inside the box: a budget in steps and work, the same on every machine, and weights that come back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from grader.checks.learning import unpacked
from grader.checks.replay import NotReplayable
from grader.inside import training
from grader.inside.budget import Budget
from grader.inside.training import Training, packed_state, renew_averages, work_of

IMAGES = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(1))
LABELS = torch.arange(24) % 3
PLENTY = Budget(learning_rate=1e-2, steps=6, batch=4, shuffle=1, work=1e15, step_cpu_s=60.0, cpu_s=600.0)
STEP = 3 * 4 * (8 * 8 * 4 * 3 * 9 + 256 * 3)  # multiply-adds of a forward and a backward pass of four images


def network(*, in_place=False):
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3)]
    return InPlace(nn.Sequential(*layers)) if in_place else nn.Sequential(*layers)


class InPlace(nn.Module):
    """Changes what a ReLU has saved for its gradient, as older SkipBlocks do."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        y = torch.relu(x * torch.ones(1, requires_grad=True))
        y += x
        return self.inner(y)


def trained(budget=PLENTY, *, in_place=False, forgiving=False):
    made = network(in_place=in_place)
    run = Training(network=made, images=IMAGES, labels=LABELS, budget=budget, forgiving=forgiving)
    run.run()
    return run


def with_budget(**changes):
    return Budget(**{**{name: getattr(PLENTY, name) for name in PLENTY.__dataclass_fields__}, **changes})


@pytest.fixture
def slower(monkeypatch):
    """A clock on which everything takes longer by a factor."""
    real = training.time.process_time

    def install(factor):
        monkeypatch.setattr(training.time, "process_time", lambda: factor * real())

    return install


def test_training_takes_the_steps_of_the_budget():
    run = trained()

    assert (len(run.losses), run.stopped) == (6, "steps")
    assert np.isfinite(run.losses).all()


def test_the_work_of_a_step_is_counted_in_multiply_adds():
    assert 3 * work_of(network(), IMAGES[:4]) == trained().work == STEP


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_a_large_network_gets_as_many_steps_as_the_work_allows(steps):
    run = trained(with_budget(work=(steps + 0.5) * STEP))

    assert (len(run.losses), run.stopped) == (steps, "work")


def test_a_loss_that_has_not_halved_gets_more_steps_until_it_has():
    patient = with_budget(steps=3, patience=20)
    longer = trained(patient)
    blind = Training(network=Blind(), images=IMAGES, labels=LABELS, budget=patient)
    blind.run()

    assert 3 < len(longer.losses) < 60
    assert np.mean(longer.losses[-training.RECENT :]) < np.log(3) / 2 < np.mean(longer.losses[:3])
    assert (len(blind.losses), blind.stopped) == (60, "steps")


class Blind(nn.Module):
    """Does not use its images."""

    def __init__(self):
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return self.scores.expand(len(x), 3)


def test_a_machine_four_times_slower_comes_to_the_same(slower):
    fast = trained()
    slower(4.0)
    slow = trained()

    assert (slow.losses, slow.stopped) == (fast.losses, fast.stopped)
    assert all(map(torch.equal, slow.network.parameters(), fast.network.parameters()))


def test_the_seconds_are_a_backstop_that_says_so(monkeypatch):
    ticks = itertools.count(0, 400)
    monkeypatch.setattr(training.time, "process_time", lambda: float(next(ticks)))

    run = trained()

    assert (len(run.losses), run.stopped, run.seconds) == (2, "time", 800.0)


def test_a_step_that_never_ends_is_an_error_of_the_network():
    class Endless(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            while True:
                pass

    run = Training(network=Endless(), images=IMAGES, labels=LABELS, budget=with_budget(step_cpu_s=0.05))

    with pytest.raises(TimeoutError, match="CPU time"):
        run.run()


def test_what_is_added_in_place_to_what_a_relu_has_saved_is_an_error_unless_it_is_forgiven():
    with pytest.raises(RuntimeError, match="inplace operation"):
        trained(in_place=True)


def test_what_is_added_in_place_to_what_a_relu_has_saved_can_be_forgiven():
    run = trained(in_place=True, forgiving=True)

    assert (len(run.losses), run.in_place) == (6, True)


def test_weights_come_back_in_half_precision_of_their_own_scale():
    made = network()
    with torch.no_grad():
        made[0].weight.mul_(1e-9)
        made[4].weight.mul_(1e9)
        made[4].bias.zero_()
    shapes = [(name, tuple(value.shape)) for name, value in made.named_parameters()]

    found = unpacked(packed_state(made), shapes)

    for name, value in made.state_dict().items():
        assert torch.allclose(found[name].float(), value.float(), rtol=1e-3, atol=1e-3 * float(value.abs().max()))


def test_weights_that_are_no_numbers_come_back_as_such():
    made = network()
    with torch.no_grad():
        made[0].weight[0, 0, 0, :2] = torch.tensor([torch.nan, torch.inf])
    shapes = [(name, tuple(value.shape)) for name, value in made.named_parameters()]

    found = unpacked(packed_state(made), shapes)["0.weight"]

    assert found[0, 0, 0, :2].isfinite().sum() == 0
    assert found.isfinite().sum() == found.numel() - 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: {name: array for name, array in state.items() if name != "weights"},
        lambda state: {name: array for name, array in state.items() if name != "scales"},
        lambda state: state | {"weights": state["weights"][:-2]},
        lambda state: state | {"weights": state["weights"].astype(np.float32)},
        lambda state: state | {"scales": state["scales"][:-1]},
        lambda state: state | {"scales": state["scales"].astype(np.int64)},
    ],
)
def test_weights_that_are_not_those_of_the_network_are_refused(damage):
    made = network()
    shapes = [(name, tuple(value.shape)) for name, value in made.named_parameters()]

    with pytest.raises(NotReplayable):
        unpacked(damage(packed_state(made)), shapes)


def test_running_averages_are_those_of_the_present_weights():
    made = network()
    renew_averages(made, IMAGES, 8, 3)
    expected = made[0](IMAGES).mean((0, 2, 3))

    assert torch.allclose(made[1].running_mean, expected, atol=1e-5)
    assert made[1].momentum == 0.1
    assert not any(part.training for part in made.modules())


class Once(nn.Module):
    """Counts its passes in a buffer, as batch normalization does."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(192, 3)
        self.register_buffer("passes", torch.zeros(1))

    def forward(self, x):
        self.passes += 1
        return self.linear(x.flatten(1))


def test_counting_the_work_is_no_pass_of_the_network():
    run = Training(network=Once(), images=IMAGES, labels=LABELS, budget=PLENTY)
    run.run()

    assert run.work > 0
    assert run.network.passes.item() == PLENTY.steps


def test_batches_in_their_own_order_with_a_falling_rate_train_as_pytorch_does():
    torch.manual_seed(0)
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    images, labels = torch.randn(12, 5), torch.arange(12) % 3
    optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30, eta_min=2e-5)
    for step in range(30):
        chosen = torch.arange(step * 4, (step + 1) * 4) % 12
        optimizer.zero_grad()
        nn.functional.cross_entropy(theirs(images[chosen]), labels[chosen]).backward()
        optimizer.step()
        schedule.step()

    budget = Budget(steps=30, batch=4, learning_rate=1e-3, lowest_rate=2e-5)
    Training(network=ours, images=images, labels=labels, budget=budget).run()

    assert torch.allclose(ours.weight, theirs.weight, rtol=1e-5, atol=1e-7)
