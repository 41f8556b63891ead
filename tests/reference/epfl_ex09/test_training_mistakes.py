"""The commonest real mistakes in a training loop: message and hint name each, and right loops pass."""

from __future__ import annotations

import pytest
import torch
from exercise import finding_of, said
from torch.nn import functional as F

from grader.finding import Outcome

LOOP = """
def train_epoch(model, optimizer, scheduler, criterion, train_loader, epoch, device):
    model.train()
    loss_history, accuracy_history, lr_history = [], [], []
    for data, target in train_loader:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        loss_history.append(loss.item())
        accuracy_history.append((output.argmax(dim=1) == target).float().mean().item())
        lr_history.append(scheduler.get_last_lr()[0])
    return loss_history, accuracy_history, lr_history
"""
TRAIN, ZERO, BACKWARD = "    model.train()\n", "        optimizer.zero_grad()\n", "        loss.backward()\n"
STEP, SCHEDULE = "        optimizer.step()\n", "        scheduler.step()\n"
LOSS, ACCURACY = "criterion(output, target)", "(output.argmax(dim=1) == target).float().mean().item()"
RETURN = "    return loss_history, accuracy_history, lr_history\n"

MISTAKES = {
    "no train()": ((TRAIN, ""), "training mode in 0 of 13", "model.train() at the start"),
    "eval()": ((TRAIN, "    model.eval()\n"), "training mode in 0 of 13", "model.train() at the start"),
    "attribute": ((TRAIN, "    model.training = True\n"), "only the network's own attribute", "of every layer"),
    "no zero_grad": ((ZERO, ""), "not zeroed: no zero_grad", "zero_grad() for every batch"),
    "zeroed once": (
        (TRAIN, TRAIN + "    optimizer.zero_grad()\n"),
        (ZERO, ""),
        "not zeroed for every batch",
        "zero_grad() for every batch",
    ),
    "zeroed too late": ((ZERO, ""), (BACKWARD, BACKWARD + ZERO), "between loss.backward", "before loss.backward()"),
    "no backward": ((BACKWARD, ""), "loss.backward() is never called", "loss.backward()"),
    "no step": ((STEP, ""), "the optimizer steps 0 times for 13 batches", "optimizer.step() once"),
    "scheduler left out": ((SCHEDULE, ""), "the scheduler steps 0 times", "the scheduler once for every batch"),
    "scheduler once": (
        (SCHEDULE, ""),
        (RETURN, "    scheduler.step()\n" + RETURN),
        "the scheduler steps 1 times",
        "the scheduler once for every batch",
    ),
    "scheduler first": ((STEP + SCHEDULE, SCHEDULE + STEP), "scheduler steps before the optimizer", "optimizer first"),
    "softmax": ((LOSS, "criterion(output.softmax(dim=1), target)"), "a softmax is applied before", "as it is"),
    "softmax kept": (("model(data)", "model(data).softmax(dim=1)"), "a softmax is applied before", "as it is"),
    "softmax and no train()": (
        (TRAIN, ""),
        (LOSS, "criterion(output.softmax(1), target)"),
        "training mode in 0 of 13",
        "as it is",
    ),
    "own loss": (
        (LOSS, "F.cross_entropy(output, target)"),
        "criterion that is passed in is never called",
        "the criterion that is passed in",
    ),
    "percent": ((ACCURACY, f"100 * {ACCURACY}"), "percentages", "between 0 and 1"),
    "fixed batch size": (
        (ACCURACY, "(output.argmax(dim=1) == target).sum().item() / 8"),
        "last, smaller batch",
        "whose last one is smaller",
    ),
    "tensors": (("loss.item()", "loss"), "entries of type Tensor", "loss.item()"),
    "counts": (
        (ACCURACY, "(output.argmax(dim=1) == target).sum().item()"),
        "counts of right predictions",
        "between 0 and 1",
    ),
    "order": (
        (RETURN, "    return accuracy_history, loss_history, lr_history\n"),
        "another order",
        "return loss_history, accuracy_history, lr_history",
    ),
    "nothing returned": ((RETURN, ""), "expected three histories", "return loss_history"),
    "returned in the loop": ((RETURN, "    " + RETURN), "it returns after 1 of 13 batches", "after the loop"),
    "accuracy afterwards": (
        (ACCURACY, "(model(data).argmax(dim=1) == target).float().mean().item()"),
        "the network runs 26 times",
        "the output that the loss was computed from",
    ),
    "sum of losses": (("loss.item()", "loss.item() * len(data)"), "loss_history", "mean loss of the batch"),
    "over all classes": (("argmax(dim=1)", "argmax(dim=0)"), "train_epoch raised", "argmax(dim=1)"),
}


def loop(*changes):
    text = LOOP
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    namespace = {"torch": torch, "F": F}
    exec(compile(text, "ex09.py", "exec"), namespace)  # noqa: S102 - the loop is the test's own
    return {"train_epoch": namespace["train_epoch"]}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_usual_mistake_in_the_training_loop_is_named(name):
    *changes, message, hint = MISTAKES[name]

    found = finding_of("train_epoch", loop(*changes))

    assert found.outcome is Outcome.FAILED, found.message
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


RIGHT = {
    "as asked": (),
    "zeroed after the step": ((ZERO, ""), (STEP, STEP + ZERO)),
    "model.zero_grad()": ((ZERO, "        model.zero_grad()\n"),),
    "rate before the step": (
        ("        lr_history.append(scheduler.get_last_lr()[0])\n", ""),
        (ZERO, "        lr_history.append(optimizer.param_groups[0]['lr'])\n" + ZERO),
    ),
    "accuracy by hand": ((ACCURACY, "sum(int(a == b) for a, b in zip(output.argmax(1), target)) / len(target)"),),
    "train() of every part": ((TRAIN, "    for part in model.modules():\n        part.training = True\n"),),
    "train(True)": ((TRAIN, "    model.train(True)\n"),),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_training_loop_passes_however_it_is_written(name):
    found = finding_of("train_epoch", loop(*RIGHT[name]))

    assert found.outcome is Outcome.PASSED, said(found)
