"""Criterion `train_epoch`: step by step the reference's trajectory, weights after the epoch included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from grader import (
    Array,
    Evidence,
    Exhibit,
    Fault,
    Finding,
    Frame,
    LineFigure,
    MissingEvidence,
    Panel,
    Series,
    Table,
    advice_on,
    fault,
    weights_seed,
)
from grader.checks import Power, hidden_parameter, power_of, powers_together, sequence, usual_rivals

from .. import data
from ..answers import asked
from ..inside import course
from . import solution

CASES = {"adam": "Adam, cosine annealing, cross-entropy", "sgd": "SGD with momentum, falling rate, smoothed labels"}
NAMES = ("loss_history", "accuracy_history", "lr_history")
RTOL, ATOL = 2e-4, 2e-5  # float32 over 13 steps was seen to drift by far less (measured.json)
NUMBERS = ("float", "int", "float64", "float32", "float16", "int64", "bool")


@dataclass(frozen=True)
class Trajectory:
    """What an epoch gives: three histories, and the rates before each step."""

    losses: Array
    accuracies: Array
    rates: Array
    rates_before: Array
    state: dict[str, Array]
    start: dict[str, Array]

    @property
    def power(self) -> Power:
        """Of the comparisons with the losses and with the weights: what no training gives would have been seen."""
        deviation = f"a deviation of {RTOL:g} of a loss is caught, and of {10 * RTOL:g} of a weight"
        found = [power_of(self.losses, ATOL + RTOL * np.abs(self.losses), usual_rivals(self.losses), deviation)]
        for name, right in self.state.items():
            allowed = 10 * (ATOL + RTOL * np.abs(right))
            found.append(power_of(right, allowed, {"weights as they were": self.start[name]}))
        return powers_together(found)

    @property
    def histories(self) -> tuple[Array, Array, Array]:
        """In the order in which they are returned."""
        return self.losses, self.accuracies, self.rates


def reference(evidence: Evidence, case: str) -> Trajectory:
    """The right epoch on the hidden network and samples."""
    served = data.served(evidence.seed)
    network = course.network(weights_seed(evidence.seed), hidden_parameter)
    optimizer = course.optimizer(case, network.parameters())
    scheduler = course.scheduler(case, optimizer)
    batches = course.batches(served["hidden.training.images"], served["hidden.training.labels"])
    first, start = optimizer.param_groups[0]["lr"], _floats(network)
    losses, accuracies, rates = solution.train_epoch(network, optimizer, scheduler, course.criterion(case), batches)
    before = np.array([first, *rates[:-1]])
    return Trajectory(np.array(losses), np.array(accuracies), np.array(rates), before, _floats(network), start)


def _floats(network: nn.Module) -> dict[str, Array]:
    return {name: value.numpy().copy() for name, value in network.state_dict().items() if value.is_floating_point()}


@dataclass(frozen=True)
class Judged:
    """One epoch: what is wrong with it, and the returned losses."""

    case: str
    problems: tuple[str, ...]
    wanted: Trajectory
    losses: Array | None
    steps: tuple[str, ...]


def check(evidence: Evidence) -> Finding:
    """Two epochs that differ in optimizer, scheduler and loss."""
    found = [_judge(evidence, case) for case in CASES]
    wrong = [judged for judged in found if judged.problems]
    exhibits = _exhibits(found)
    if not wrong:
        steps = len(found[0].wanted.losses)
        shown = powers_together([judged.wanted.power for judged in found])
        if not shown.enough():
            raise MissingEvidence(f"the hidden samples of this batch show too little: {shown.words}", ours=True)
        return Finding.passed(
            f"{len(found)} epochs of {steps} batches follow the reference: losses, accuracies, rates and final weights",
            details=(shown.words,),
            exhibits=exhibits,
        )
    problems = list(dict.fromkeys(problem for judged in wrong for problem in judged.problems))
    problems.sort(
        key=lambda problem: min((index for index, (word, _) in enumerate(HINTS) if word in problem), default=99)
    )
    hint = advice_on(problems, [(word, advice) for word, advice in HINTS if advice])
    return Finding.failed(
        f"expected the reference's trajectory, found that {problems[0]}",
        hint,
        details=tuple(problems[1:]),
        exhibits=exhibits,
    )


HINTS = (
    ("size of tensor", "predictions are output.argmax(dim=1), one for each sample"),
    ("raised", "run it on a small network and loader of your own"),
    ("it returns after", "return after the loop over the batches, not inside it"),
    ("another order", "return loss_history, accuracy_history, lr_history"),
    ("own attribute", "call model.train(): it sets the mode of every layer, and model.training = True does not"),
    ("training mode", "call model.train() at the start: batch normalization and dropout depend on it"),
    ("not zeroed", "call optimizer.zero_grad() for every batch, before loss.backward()"),
    ("between loss.backward", "zero the gradients before loss.backward(), not after it"),
    ("before the optimizer", "step the optimizer first, then the scheduler"),
    ("scheduler", "step the scheduler once for every batch, after the optimizer"),
    ("optimizer", "call loss.backward() and optimizer.step() once for every batch"),
    ("backward", "call loss.backward() once for every batch"),
    ("softmax", "give the network's output to the criterion as it is: the cross-entropy applies the softmax itself"),
    ("criterion", "compute the loss with the criterion that is passed in"),
    ("moved", "move data and target with .to(device)"),
    ("floats", "append loss.item(), and a float for the accuracy"),
    ("percent", "the accuracy is a share between 0 and 1"),
    ("counts of right", "the accuracy is a share between 0 and 1"),
    ("the network runs", "use the output that the loss was computed from, also for the accuracy"),
    ("accuracy", "the share of right predictions among the samples of this batch, whose last one is smaller"),
    ("loss_history differs", "append the mean loss of the batch as the criterion gives it: loss.item()"),
    ("lr_history", "append the learning rate for every batch, as scheduler.get_last_lr()[0] tells it"),
    ("returned", "return loss_history, accuracy_history, lr_history"),
)


def _judge(evidence: Evidence, case: str) -> Judged:
    what = f"train_epoch ({CASES[case]})"
    frame = asked(evidence, "train_epoch", case, what)
    wanted = reference(evidence, case)
    raised = fault(frame.header, "raised_")
    if raised and (raised.unattempted or raised.ours or "'something'" in raised.error):
        hole = "'something'" in raised.error  # as the template fills it in
        raise Fault("NotImplementedError" if hole else raised.error, raised.ours).as_missing("train_epoch")
    events = [part for part in sequence(frame.header.get("events")) if isinstance(part, list) and part]
    histories = [_numbers(frame.arrays.get(f"history.{index}")) for index in range(3)]
    problems = [f"train_epoch raised {raised.error[:200]}"] if raised else []
    numbers = list(_numeric(frame, histories, wanted)) if not raised else []
    state_differs = _state_differs(frame, wanted)
    causes = list(_causes(events, len(wanted.losses), wrong=not raised and (bool(numbers) or state_differs)))
    if not problems and not any("batches" in cause for cause in causes):
        causes += list(_other_causes(evidence, case, histories, events, state_differs=state_differs))
    problems += causes + ([text for text in numbers if "differs" not in text] if causes or raised else numbers)
    if state_differs and not problems:
        problems.append("the weights after the epoch differ from the reference's")
    return Judged(case, tuple(problems), wanted, histories[0], tuple(_steps(events)))


def _numbers(array: Array | None) -> Array | None:
    return array.astype(np.float64) if array is not None and array.ndim == 1 and array.dtype.kind in "biuf" else None


def _causes(events: Sequence[Sequence[object]], count: int, *, wrong: bool) -> Iterator[str]:
    """What the calls say. Whether gradients were zeroed matters only where numbers are wrong."""
    names = [event[0] for event in events]
    passes = [event for event in events if event[0] == "forward"]
    if any(event[1:2] == [False] for event in passes):
        yield _mode_words(passes)
    if any(event[2:3] == [True] for event in passes):
        yield "the images are not moved to the device"
    if any(event[0] == "loss" and event[2:3] == [False] for event in events) and not any(
        event[2:3] == [True] for event in passes
    ):
        yield "the targets are not moved to the device"
    if wrong:
        yield from _steps_causes(names, count)


def _mode_words(passes: Sequence[Sequence[object]]) -> str:
    in_training = sum(event[1:2] == [True] for event in passes)
    only_itself = sum(event[1:2] == [False] and event[4:5] == [True] for event in passes)
    if only_itself:
        return (
            f"only the network's own attribute `training` is set in {only_itself} of {len(passes)} forward passes: "
            "its layers stay in evaluation mode"
        )
    return f"the network is in training mode in {in_training} of {len(passes)} forward passes"


def _steps_causes(names: Sequence[object], count: int) -> Iterator[str]:
    if early := _left_out(names, count):
        yield early
        return
    steps = {word: names.count(f"{word}.step") for word in ("optimizer", "scheduler")}
    for word, found in steps.items():
        if found != count:
            yield f"the {word} steps {found} times for {count} batches"
    if steps["scheduler"] and steps["optimizer"] and names.index("scheduler.step") < names.index("optimizer.step"):
        yield "the scheduler steps before the optimizer"
    if "backward" in names and names.count("backward") != count:
        yield f"loss.backward() is called {names.count('backward')} times for {count} batches"
    if names.count("zero_grad") == 0:
        yield "the gradients are not zeroed: no zero_grad is called"
    elif _wiped(names):
        yield "the gradients are zeroed between loss.backward() and optimizer.step()"
    elif names.count("forward") > count:
        yield f"the network runs {names.count('forward')} times for {count} batches"
    elif names.count("zero_grad") < count - 1:
        yield f"the gradients are not zeroed for every batch: {names.count('zero_grad')} times for {count} batches"


def _left_out(names: Sequence[object], count: int) -> str | None:
    """What makes all other counts wrong as well."""
    if 0 < (seen := names.count("batch")) < count:
        return f"it returns after {seen} of {count} batches"
    return "loss.backward() is never called" if "loss" in names and "backward" not in names else None


def _wiped(names: Sequence[object]) -> bool:
    kept = [name for name in names if name in ("backward", "zero_grad", "optimizer.step")]
    return any(kept[at : at + 3] == ["backward", "zero_grad", "optimizer.step"] for at in range(len(kept)))


def _numeric(frame: Frame, histories: Sequence[Array | None], wanted: Trajectory) -> Iterator[str]:
    entries = [part for part in sequence(frame.header.get("entries")) if isinstance(part, dict)]
    if _permuted(histories, wanted):
        yield "the histories are returned in another order than loss, accuracy, learning rate"
        return
    if len(entries) != 3:
        yield f"expected three histories to be returned, found {_returned(frame, len(entries))}"
        return
    for name, entry, found, ours in zip(NAMES, entries, histories, wanted.histories, strict=True):
        yield from _of_history(name, entry, found, ours, wanted)


def _permuted(histories: Sequence[Array | None], wanted: Trajectory) -> bool:
    losses, accuracies = wanted.losses, wanted.accuracies
    found = [array for array in histories if array is not None]
    if len(found) != 3 or _close(found[0], losses):
        return False
    return any(_close(array, losses) for array in found) and any(_close(array, accuracies) for array in found)


def _returned(frame: Frame, count: int) -> str:
    kind = str(frame.header.get("result"))[:60]
    return f"a {kind}" if not count else f"a {kind} of {count}"


def _of_history(
    name: str, entry: dict[str, object], found: Array | None, ours: Array, wanted: Trajectory
) -> Iterator[str]:
    kinds = [str(kind)[:40] for kind in sequence(entry.get("of"))]
    if any(kind not in NUMBERS for kind in kinds):
        yield f"{name} holds entries of type {', '.join(kinds)}, expected floats"
    if entry.get("length") != len(ours):
        yield f"{name} has {entry.get('length')} entries for {len(ours)} batches"
    elif found is None or found.shape != ours.shape:
        yield f"{name} holds no numbers"
    elif name == "lr_history":
        if not _close(found, ours) and not _close(found, wanted.rates_before):
            yield f"{name} differs from the learning rates: {_first(found, ours)}"
    elif name == "accuracy_history":
        yield from _accuracy(found, ours)
    elif not _close(found, ours):
        yield f"{name} differs from the reference: {_first(found, ours)}"


def _accuracy(found: Array, ours: Array) -> Iterator[str]:
    if _close(found, ours) or _near(found, ours):
        return
    if _close(found, 100 * ours):
        yield "accuracy_history holds percentages (0 to 100), expected shares (0 to 1)"
    elif _close(found, ours * course.sizes()):
        yield "accuracy_history holds counts of right predictions, expected shares (0 to 1)"
    elif _close(found[:-1], ours[:-1]):
        yield "the accuracy of the last, smaller batch is not its share of right predictions"
    else:
        yield f"accuracy_history differs from the reference: {_first(found, ours)}"


def _near(found: Array, ours: Array) -> bool:
    """A single prediction may tip over by rounding where two logits are all but equal."""
    if found.shape != ours.shape:
        return False
    off = np.abs(found - ours)
    sizes = course.sizes()
    (odd,) = np.nonzero(off > ATOL)
    return len(odd) <= 1 and bool(np.allclose(off[odd], 1 / sizes[odd], rtol=RTOL, atol=ATOL))


def _close(found: Array, ours: Array) -> bool:
    return found.shape == ours.shape and bool(np.allclose(found, ours, rtol=RTOL, atol=ATOL))


def _first(found: Array, ours: Array) -> str:
    at = int(np.argmax(~np.isclose(found, ours, rtol=RTOL, atol=ATOL)))
    return f"batch {at + 1}: expected {ours[at]:.4g}, found {found[at]:.4g}"


def _state_differs(frame: Frame, wanted: Trajectory) -> bool:
    for name, ours in wanted.state.items():
        found = frame.arrays.get(f"state.{name}")
        if found is None or found.shape != ours.shape or not np.allclose(found, ours, rtol=10 * RTOL, atol=10 * ATOL):
            return True
    return False


def _other_causes(
    evidence: Evidence,
    case: str,
    histories: Sequence[Array | None],
    events: Sequence[Sequence[object]],
    *,
    state_differs: bool,
) -> Iterator[str]:
    """Mistakes in the loss, found by trying them."""
    losses = histories[0]
    if not state_differs:
        return
    if not any(event[0] == "loss" for event in events):
        yield "the criterion that is passed in is never called"
        return
    in_training = not any(event[0] == "forward" and event[1:2] == [False] for event in events)
    for words, change in WRONG_OUTPUTS:
        wrong = nn.Sequential if in_training else _Evaluating
        if losses is not None and _close(losses, _first_losses(evidence, case, change, losses, wrong)):
            yield f"{words} is applied before the criterion"


def _first_losses(
    evidence: Evidence, case: str, change: Callable[[Tensor], Tensor], losses: Array, kind: type[nn.Sequential]
) -> Array:
    served = data.served(evidence.seed)
    network = course.network(weights_seed(evidence.seed), hidden_parameter)
    made = kind(*network, _Changed(change))
    optimizer = course.optimizer(case, made.parameters())
    batches = course.batches(served["hidden.training.images"], served["hidden.training.labels"])
    found = solution.train_epoch(made, optimizer, course.scheduler(case, optimizer), course.criterion(case), batches)[0]
    return np.array(found) if len(found) == len(losses) else np.zeros(0)


class _Evaluating(nn.Sequential):
    """Stays in evaluation mode."""

    def train(self, mode: bool = True) -> _Evaluating:
        super().train(mode=False)
        return self


class _Changed(nn.Module):
    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.change = change

    def forward(self, output: Tensor) -> Tensor:
        return self.change(output)


WRONG_OUTPUTS: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("a softmax", lambda output: output.softmax(dim=1)),
    ("a sigmoid", torch.sigmoid),
    ("a ReLU", F.relu),
)


def _steps(events: Sequence[Sequence[object]]) -> Iterator[str]:
    """The calls of the first batch, in order."""
    seen = 0
    for event in events:
        seen += event[0] == "batch"
        if seen > 1:
            return
        yield str(event[0])[:40]


WORDS = {
    "batch": "a batch comes from the loader",
    "forward": "forward pass",
    "loss": "criterion",
    "backward": "loss.backward()",
    "zero_grad": "optimizer.zero_grad()",
    "optimizer.step": "optimizer.step()",
    "scheduler.step": "scheduler.step()",
    "to": "moved to the device",
}
RIGHT_STEPS = ("batch", "to", "to", "zero_grad", "forward", "loss", "backward", "optimizer.step", "scheduler.step")


def _exhibits(found: Sequence[Judged]) -> tuple[Exhibit, ...]:
    panels = []
    for judged in found:
        batches = tuple(float(number) for number in range(1, len(judged.wanted.losses) + 1))
        series = [Series("reference", batches, tuple(judged.wanted.losses.tolist()), "reference")]
        if judged.losses is not None and len(judged.losses):
            numbers = tuple(float(number) for number in range(1, min(len(judged.losses), 200) + 1))
            series.insert(0, Series("yours", numbers, tuple(judged.losses[:200].tolist())))
        panels.append(Panel(CASES[judged.case], tuple(series)))
    return (
        LineFigure(
            "losses",
            "Loss of each batch",
            "The losses that train_epoch returned and the reference's, from the same weights on the same batches.",
            "Line charts of the loss against the batch, one panel for each epoch; the returned and the right one.",
            "batch",
            "loss",
            tuple(panels),
        ),
        _order_table(found[0]),
    )


def _order_table(judged: Judged) -> Table:
    words = [[WORDS.get(name, name) for name in names] for names in (RIGHT_STEPS, judged.steps[:20])]
    length = max(map(len, words))
    left, right = (part + ["–"] * (length - len(part)) for part in words)
    return Table(
        "steps",
        "The first batch, call by call",
        "Gradients may be zeroed anywhere before loss.backward(), and the accuracy computed where you like.",
        ("", "Reference", "Yours"),
        tuple((str(number), *pair) for number, pair in enumerate(zip(left, right, strict=True), 1)),
    )
