"""`trains`: what was learned under a budget is judged on pictures that never were in the sandbox."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
import torch
from asking import answered, found
from torch import nn
from torch.utils.data import DataLoader

from grader.checks import Pictures, trains
from grader.finding import Outcome

SMALL = Pictures(classes=3, train=90, held_out=60, size=12, shift=0, noise=0.1)


class Net(nn.Module):
    """Linear: quick, and enough for three patterns that do not move."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(144, 3)

    def forward(self, x):
        return self.layer(x.flatten(1))


def steps(net, loader, epochs, sign=1.0, rate=0.01):
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            (sign * nn.functional.cross_entropy(net(images), labels)).backward()
            optimizer.step()


@pytest.fixture
def block(tmp_path):
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps({"accuracies": {"Adam": [0.97, 1.0]}}))
    return trains("Net()", train="train(net, loader, epochs)", pictures=SMALL, measured=measured, epochs=4)


def returns_it(model, train_loader, n):
    steps(model, train_loader, n)
    return model, [0.0]


@pytest.mark.parametrize("loop", [steps, returns_it])
def test_a_loop_that_trains_passes_whatever_it_returns(block, loop):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is Outcome.PASSED
    assert finding.exhibits[0].kind == "matrix"


@pytest.mark.parametrize(
    ("loop", "hint"),
    [
        (lambda net, loader, epochs: None, "it drew 0 of 16 batches"),
        (lambda net, loader, epochs: steps(net, loader, epochs, sign=-1.0), ""),
        (lambda net, loader, epochs: steps(Net(), loader, epochs), "the parameters are as they were"),
    ],
)
def test_what_has_learned_nothing_fails(block, loop, hint):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is Outcome.FAILED
    assert hint in (finding.hint or "")


def test_a_loop_is_stopped_at_its_budget(block):
    finding = found(block, Net=Net, train=lambda net, loader, epochs: steps(net, loader, 1000))

    assert finding.outcome is Outcome.PASSED
    assert any("more than the 16 batches" in line for line in finding.details)


def test_held_out_pictures_are_not_served(block):
    served = block.data(5)
    images, labels = SMALL.kept(5)

    assert set(served) == {"pictures.train.images", "pictures.train.labels"}
    assert len(images) == len(labels) == 60
    assert len(served["pictures.train.images"]) == 90


def test_scores_that_do_not_come_from_the_network_are_a_persons(block):
    evidence = answered(block, {"Net": Net, "train": steps})
    frame = evidence.frames[0]
    forged = replace(frame, arrays={**frame.arrays, "seen": 0 * frame.arrays["seen"] + 5})

    from grader.assess import assess_one
    from grader.rubric import Criterion

    found = assess_one(Criterion("it", "It", 1, block), replace(evidence, frames=(forged,)))
    assert found.outcome is Outcome.UNGRADED


def test_students_without_the_measured_file_see_that_it_runs(tmp_path):
    shown = trains("Net()", pictures=SMALL, measured=tmp_path / "none.json", epochs=1)

    assert shown.hidden
    assert "it trains for 4 steps" in shown.preview(answered(shown, {"Net": Net})).message


def test_another_rate_that_learns_as_well_is_as_right_and_one_that_learns_less_is_not(block):
    def demanded(rate: float) -> float:
        evidence = answered(
            block, {"Net": Net, "train": lambda net, loader, epochs: steps(net, loader, epochs, 1.0, rate)}
        )
        assert block.demanded is not None
        return block.demanded(evidence)["below every right recipe"]

    assert demanded(0.01) == demanded(0.02) == 0
    assert demanded(1e-5) > 0.2


@pytest.mark.parametrize(("low", "outcome"), [(0.1, Outcome.UNGRADED), (0.9, Outcome.FAILED)])
def test_what_right_recipes_reach_in_all_runs_but_not_in_usual_ones_is_a_persons(tmp_path, low, outcome):
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps({"accuracies": {"Adam": [1.0] * 60, "SGD": [low]}}))
    block = trains("Net()", train="train(net, loader, epochs)", pictures=SMALL, measured=measured, epochs=4)

    finding = found(block, Net=Net, train=lambda net, loader, epochs: steps(net, loader, epochs, 1.0, 1e-5))

    assert finding.outcome is outcome
    assert ("right recipes reach 100.0% in 19 of 20 runs" in finding.message) is (outcome is Outcome.UNGRADED)
    assert found(block, Net=Net, train=steps).outcome is Outcome.PASSED


def looks_before_and_after_each_epoch(net, loader, epochs):
    spread = torch.cat([images for images, _ in loader]).std()
    print(next(iter(loader))[0].shape, spread)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images), labels).backward()
            optimizer.step()
        with torch.no_grad():
            print(sum(int((net(images).argmax(1) == labels).sum()) for images, labels in loader))


def test_passes_that_measure_an_accuracy_are_not_taken_off_the_budget(block):
    finding = found(block, Net=Net, train=looks_before_and_after_each_epoch)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert "after 16 steps" in finding.message
    assert not any("budget" in line for line in finding.details)


def test_an_epoch_too_few_is_none_more_for_passes_that_measure(block):
    finding = found(
        block,
        Net=Net,
        train=lambda net, loader, epochs: looks_before_and_after_each_epoch(net, loader, epochs - 1),
    )

    assert finding.outcome is Outcome.PARTIAL
    assert "16 batches, found 12" in finding.message


def one_batch_at_a_time(net, loader, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(100 * len(loader)):
        images, labels = next(iter(loader))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()


def looks_and_then_trains_too_long(net, loader, epochs):
    looks_before_and_after_each_epoch(net, loader, epochs)
    steps(net, loader, 10, sign=-1.0, rate=10.0)


@pytest.mark.parametrize("loop", [one_batch_at_a_time, looks_and_then_trains_too_long])
def test_what_is_trained_beyond_the_budget_does_not_count(block, loop):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert any("more than the 16 batches" in line for line in finding.details)


def test_weights_that_are_written_back_at_the_end_count_as_trained(block):
    def functional(net, loader, epochs):
        weights = {name: part.detach().clone() for name, part in net.named_parameters()}
        for _ in range(epochs):
            for images, labels in loader:
                loss = torch.func.grad(
                    lambda now, x, y: nn.functional.cross_entropy(torch.func.functional_call(net, now, (x,)), y)
                )
                slopes = loss(weights, images, labels)
                weights = {name: part - 0.1 * slopes[name] for name, part in weights.items()}
        net.load_state_dict(weights)

    assert "after 16 steps" in found(block, Net=Net, train=functional).message


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(144, 30), nn.Linear(30, 3)

    def forward(self, x):
        return self.last(torch.relu(self.first(x.flatten(1))))


class Lazy(Deep):
    def __init__(self):
        super().__init__()
        self.first = nn.LazyLinear(30)


def test_layers_that_find_their_sizes_in_the_first_batch_learn_too(block):
    assert found(block, Net=Lazy, train=steps).outcome is Outcome.PASSED


def test_parameters_that_the_optimizer_was_not_given_are_named(block):
    def last_alone(net, loader, epochs):
        steps(net.last, [(torch.relu(net.first(x.flatten(1))), y) for x, y in loader], 1, rate=1e-4)

    finding = found(block, Net=Deep, train=last_alone)

    assert finding.outcome is Outcome.FAILED
    assert "first.weight, first.bias did not change" in (finding.hint or "")


class Probable(Net):
    def forward(self, x):
        return super().forward(x).softmax(1)


def test_a_softmax_before_the_loss_is_named(block):
    finding = found(block, Net=Probable, train=lambda net, loader, n: steps(net, loader, n, rate=1e-4))

    assert finding.outcome is Outcome.FAILED
    assert "the network gives probabilities" in (finding.hint or "")


class Dropping(Deep):
    def forward(self, x):
        return self.last(nn.functional.dropout(torch.relu(self.first(x.flatten(1))), 0.3))


def test_dropout_that_is_never_off_is_left_out_of_what_was_learned(block):
    finding = found(block, Net=Dropping, train=steps)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert any("dropout acts in evaluation mode too" in line for line in finding.details)


def with_its_own_loader(net, loader, epochs, size=8):
    steps(net, DataLoader(loader.dataset, batch_size=size, shuffle=True), epochs)


def sample_by_sample(net, loader, epochs):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.005)
    for _ in range(epochs):
        for place in torch.randperm(len(loader.dataset)).tolist():
            image, label = loader.dataset[place]
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(image[None]), label[None]).backward()
            optimizer.step()


def in_slices(net, loader, epochs):
    for _ in range(epochs):
        steps(net, (loader.dataset[first : first + 30] for first in (0, 30, 60)), 1)


@pytest.mark.parametrize("loop", [with_its_own_loader, sample_by_sample, in_slices])
def test_samples_that_a_loop_takes_itself_count_as_batches(block, loop):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is Outcome.PASSED, finding
    assert "after 16 steps" in finding.message
    assert finding.details == found(block, Net=Net, train=loop).details


@pytest.mark.parametrize("size", [8, 24, 90])
def test_a_loader_of_its_own_has_the_same_budget(block, size):
    many = found(block, Net=Net, train=lambda net, loader, epochs: with_its_own_loader(net, loader, 1000, size))
    few = found(block, Net=Net, train=lambda net, loader, epochs: with_its_own_loader(net, loader, 3, size))

    assert any("more than the 16 batches" in line for line in many.details)
    assert few.outcome is not Outcome.PASSED
    assert "after 12 steps" in few.message


def again_and_again(net, loader, epochs):
    kept = [batch for _ in range(epochs) for batch in loader]
    steps(net, kept, 1000, rate=1e-4)


def many_steps_for_each_batch(net, loader, epochs):
    for _ in range(epochs):
        for batch in loader:
            steps(net, [batch], 100, rate=1e-4)


def whole_tensors(net, loader, epochs):
    for _ in range(epochs):
        list(loader)
    steps(net, [loader.dataset.tensors], 1000, rate=1e-4)


@pytest.mark.parametrize("loop", [again_and_again, many_steps_for_each_batch, whole_tensors])
def test_batches_that_were_kept_have_the_same_budget(block, loop):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is not Outcome.PASSED, finding.message
    assert "trained again and again on those it kept" in (finding.hint or "")


def kept_for_each_epoch(net, loader, epochs):
    for _ in range(epochs):
        steps(net, list(loader), 1)


def from_two_sides(net, loader, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(epochs):
        for images, labels in loader:
            for seen in (images, images + 0.01 * torch.randn_like(images)):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(seen), labels).backward()
                optimizer.step()
        print(sum(nn.functional.cross_entropy(net(images), labels).item() for images, labels in loader))


def with_lbfgs(net, loader, epochs):
    optimizer = torch.optim.LBFGS(net.parameters(), lr=0.004, max_iter=8)
    for _ in range(epochs):
        for images, labels in loader:

            def closure(images=images, labels=labels):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(net(images), labels)
                loss.backward()
                return loss

            optimizer.step(closure)


@pytest.mark.parametrize("loop", [kept_for_each_epoch, from_two_sides])
def test_batches_that_are_kept_for_an_epoch_or_seen_from_two_sides_are_within_it(block, loop):
    finding = found(block, Net=Net, train=loop)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert not any("budget" in line for line in finding.details)


def test_many_looks_at_a_batch_for_one_step_of_lbfgs_count_once(block):
    finding = found(block, Net=Net, train=with_lbfgs)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert "again and again" not in " ".join((finding.hint or "", *finding.details))


def comes_back_with_another(net, loader, epochs):
    other = Deep()
    steps(other, loader, epochs)
    return other


def test_another_network_than_the_given_one_does_not_count(block):
    finding = found(block, Net=Net, train=comes_back_with_another)

    assert finding.outcome is Outcome.FAILED
    assert "came back with another network" in (finding.hint or "")


def comes_back_with_its_average(net, loader, epochs):
    average = torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda _, now, __: now)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images), labels).backward()
            optimizer.step()
            average.update_parameters(net)
    return average


def comes_back_with_the_best(net, loader, epochs):
    best = None
    for _ in range(epochs):
        steps(net, loader, 1)
        best = copy.deepcopy(net)
    return best


@pytest.mark.parametrize("loop", [comes_back_with_its_average, comes_back_with_the_best])
def test_an_average_or_a_copy_of_the_network_counts(block, loop):
    assert found(block, Net=Net, train=loop).outcome is Outcome.PASSED


def grows(net, loader, epochs):
    net.layer = nn.Sequential(nn.Linear(144, 500), nn.ReLU(), nn.Linear(500, 3))
    steps(net, loader, epochs)


def test_a_network_that_a_loop_makes_larger_fails(block):
    finding = found(block, Net=Net, train=grows)

    assert finding.outcome is Outcome.FAILED
    assert "had 435 parameters before its training, and 74,003 after it" in finding.message


class MadeWhenCalled(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(144, 30), None

    def forward(self, x):
        x = torch.relu(self.first(x.flatten(1)))
        if self.last is None:
            self.last = nn.Linear(x.shape[1], 3)
        return self.last(x)


def calls_it_once(net, loader, epochs):
    net(next(iter(loader))[0])
    steps(net, loader, epochs)


def test_layers_that_are_made_in_the_first_pass_make_a_network_no_larger(block):
    assert found(block, Net=MadeWhenCalled, train=calls_it_once).outcome is Outcome.PASSED
