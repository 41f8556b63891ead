"""The commonest real mistakes in a training loop: message and hint name each, and right loops pass."""

from __future__ import annotations

import pytest
import torch
from asking import answered, found
from torch.nn import functional as F

from grader.checks import History, LoopTask, training_loop
from grader.checks.loops.step_causes import causes, gradient_changes
from grader.checks.loops.taken_gradients import AS_MADE, words_of
from grader.errors import AssignmentError
from grader.finding import Finding, Outcome


def reference(model, optimizer, scheduler, criterion, batches):
    """The right epoch."""
    model.train()
    losses, accuracies, rates = [], [], []
    for data, target in batches:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        accuracies.append((output.argmax(dim=1) == target).float().mean().item())
        rates.append(scheduler.get_last_lr()[0])
    return losses, accuracies, rates


HISTORIES = (History("loss_history", "loss"), History("accuracy_history", "accuracy"), History("lr_history", "rate"))
BLOCK = training_loop(LoopTask(function="train_epoch", results=HISTORIES), reference)


def said(finding: Finding) -> str:
    """All that is said, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))


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
    "zeroed once by the model": (
        (TRAIN, TRAIN + "    model.zero_grad()\n"),
        (ZERO, ""),
        "12 of 13 backward passes add to what is there",
        "zero_grad() for every batch",
    ),
    "zeroed too late": ((ZERO, ""), (BACKWARD, BACKWARD + ZERO), "between loss.backward", "before loss.backward()"),
    "zeroed too late by the model": (
        (ZERO, ""),
        (BACKWARD, BACKWARD + "        model.zero_grad()\n"),
        "no gradient is left when the optimizer steps",
        "before loss.backward()",
    ),
    "averages so far": (
        (RETURN, "    loss_history = [sum(loss_history[:n]) / n for n in range(1, len(loss_history) + 1)]\n" + RETURN),
        "loss_history holds averages of all batches so far",
        "what the batch itself gives",
    ),
    "weighted averages so far": (
        (TRAIN, TRAIN + "    right = seen = 0\n"),
        (
            ACCURACY,
            "(right := right + (output.argmax(dim=1) == target).sum().item()) / (seen := seen + len(target))",
        ),
        "accuracy_history holds averages of all batches so far",
        "what the batch itself gives",
    ),
    "sums so far": (
        (TRAIN, TRAIN + "    total = 0.0\n"),
        ("loss.item()", "(total := total + loss.item())"),
        "loss_history holds sums of all batches so far",
        "what the batch itself gives",
    ),
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


ZEROED = {
    "by the model": "        model.zero_grad()\n",
    "by hand": "        for p in model.parameters():\n            p.grad = None\n",
}
SHORTENED = "        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)\n"


def loop(*changes):
    text = LOOP
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    namespace = {"torch": torch, "F": F}
    exec(compile(text, "work.py", "exec"), namespace)  # noqa: S102 - the loop is the test's own
    return {"train_epoch": namespace["train_epoch"]}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_usual_mistake_in_the_training_loop_is_named(name):
    *changes, message, hint = MISTAKES[name]

    finding = found(BLOCK, **loop(*changes))

    assert finding.outcome is Outcome.FAILED, finding.message
    assert message in finding.message, said(finding)
    assert hint in (finding.hint or ""), said(finding)


@pytest.mark.parametrize("name", ZEROED)
def test_gradients_that_are_zeroed_in_another_way_are_not_said_to_be_kept(name):
    finding = found(BLOCK, **loop((ZERO, ZEROED[name]), (STEP, SHORTENED + STEP)))

    assert finding.outcome is Outcome.FAILED, finding.message
    assert "zero" not in said(finding)
    assert "taken with gradients clipped to a norm of 0.01, expected those that loss.backward() made" in finding.message
    assert "do nothing with the gradients" in (finding.hint or "")


def test_older_evidence_does_not_tell_which_gradients_were_there():
    events = [["forward", True], ["loss", 1.0, True], ["backward"], ["optimizer.step"], ["scheduler.step"]]

    found = list(causes(events, LoopTask(function="train_epoch", results=HISTORIES), 1, wrong=True))

    assert found == ["the gradients are not zeroed: no zero_grad is called"]


@pytest.mark.parametrize(
    "told",
    [[float("nan"), 1.0, True], [1.0, float("inf"), True], [-1.0, 1.0, True], [1, 10**400, True], [1.0], "x", None],
)
def test_what_no_norms_can_be_is_not_read_as_a_change_of_gradients(told):
    assert words_of(gradient_changes([["optimizer.step", True, told]])) == AS_MADE


def test_gradients_made_of_nothing_are_multiplied_by_no_factor():
    changes = gradient_changes([["optimizer.step", True, [0.0, 1.0, True]]])

    assert words_of(changes) == "gradients that were changed after loss.backward()"


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
    "accuracies that are tensors": ((ACCURACY, ACCURACY.removesuffix(".item()")),),
    "accuracies that are arrays": ((ACCURACY, ACCURACY.replace(".item()", ".numpy()")),),
    "losses that are detached": (("loss.item()", "loss.detach()"),),
    "both, and printed": (
        (ACCURACY, "(output.argmax(dim=1) == labels).float().mean()"),
        ("loss.item()", "loss.detach()"),
        ("    for data, target in train_loader:\n", "    for data, labels in train_loader:\n"),
        ("data, target = data.to(device), target.to(device)", "data, target = data.to(device), labels.to(device)"),
        (RETURN, "        print(f'{loss_history[-1]:.2e} {accuracy_history[-1]:0.3f}')\n" + RETURN),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_training_loop_passes_however_it_is_written(name):
    finding = found(BLOCK, **loop(*RIGHT[name]))

    assert finding.outcome is Outcome.PASSED, said(finding)
    assert "losses, accuracies, rates and final weights" in finding.message
    assert "weights as they were" in finding.details[0]


def plain_reference(model, optimizer, scheduler, criterion, batches):
    """Another course's epoch: no scheduler, and the mean loss of the batches."""
    model.train()
    losses = []
    for data, target in batches:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


PLAIN = """
def train_one_epoch(net, train_loader, loss_fn, optim):
    net.train()
    total = 0.0
    for x, y in train_loader:
        optim.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optim.step()
        total += loss.item()
    return total / len(train_loader)
"""
ROLES = {"model": ("model", "net"), "train_loader": ("load",), "criterion": ("loss",), "optimizer": ("opt",)}
SMALLER = training_loop(
    LoopTask(function="train_one_epoch", results=(History("mean loss", "loss", mean=True),), roles=ROLES),
    plain_reference,
)


def plain(before="", after=""):
    namespace = {}
    exec(compile(PLAIN.replace(before, after) if before else PLAIN, "work.py", "exec"), namespace)  # noqa: S102
    return {"train_one_epoch": namespace["train_one_epoch"]}


def test_a_loop_without_scheduler_and_device_that_returns_one_number_passes():
    finding = found(SMALLER, **plain())

    assert finding.outcome is Outcome.PASSED, said(finding)
    assert "Adam, cross-entropy" in [panel.title for panel in finding.exhibits[0].panels]
    assert not any("moved" in cell or "scheduler" in cell for row in finding.exhibits[1].rows for cell in row)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    net.train()\n", "", "training mode in 0 of 13"),
        ("        optim.zero_grad()\n", "", "not zeroed"),
        ("total / len(train_loader)", "total", "mean loss differs from the reference: expected"),
        ("loss_fn(net(x), y)", "loss_fn(net(x).softmax(1), y)", "a softmax is applied before the criterion"),
        ("return total / len(train_loader)", "return [total]", "mean loss differs"),
        ("    return total / len(train_loader)\n", "", "mean loss holds entries of type NoneType"),
    ],
)
def test_what_is_wrong_with_such_a_loop_is_named(before, after, message):
    finding = found(SMALLER, **plain(before, after))

    assert finding.outcome is Outcome.FAILED, said(finding)
    assert message in finding.message, said(finding)


def test_students_are_told_of_the_form_alone():
    assert BLOCK.preview is not None
    right, wrong = (answered(BLOCK, loop(*changes)) for changes in ((), ((LOSS, "criterion(output * 2, target)"),)))
    short = answered(BLOCK, loop((RETURN, "    " + RETURN)))

    assert BLOCK.preview(right).outcome is BLOCK.preview(wrong).outcome is Outcome.PASSED
    assert "expected one entry for each of 13 batches, found 1" in BLOCK.preview(short).message


def test_a_hole_of_the_template_is_not_attempted():
    task = LoopTask(function="train_epoch", results=HISTORIES, holes=("'something'",))

    finding = found(training_loop(task, reference), **loop((LOSS, "something(output)")))

    assert "not attempted" in finding.message.lower()


def test_an_argument_that_no_loop_gets_is_refused():
    with pytest.raises(AssignmentError, match="roles"):
        LoopTask(function="train", results=HISTORIES, roles={"learning_rate": ("lr",)})


def clipping_reference(model, optimizer, scheduler, criterion, batches):
    """The course's epoch with gradients of norm 0.1 at most."""
    model.train()
    losses = []
    for data, target in batches:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        losses.append(loss.item())
    return losses


CLIPPED = """
def train_epoch(model, optimizer, criterion, train_loader):
    model.train()
    losses = []
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        norm = sum(p.grad.pow(2).sum() for p in model.parameters()).sqrt()
        for p in model.parameters():
            p.grad *= min(1.0, 0.1 / float(norm))
        optimizer.step()
        losses.append(loss.item())
    return losses
"""
CLIPPING = training_loop(
    LoopTask(
        function="train_epoch",
        results=(History("losses", "loss"),),
        roles={name: patterns for name, patterns in ROLES.items() if name != "scheduler"},
    ),
    clipping_reference,
)


@pytest.mark.parametrize(
    ("before", "after", "told", "hint"),
    [
        ("0.1 / float(norm)", "0.1 / float(norm)", "", ""),
        ("min(1.0, 0.1 / float(norm))", "1.0", "those of gradients that are not clipped", "clip the gradients between"),
        (
            "0.1 / float(norm)",
            "0.02 / float(norm)",
            "clipped to a norm of 0.02, expected gradients clipped to a norm of 0.1",
            "clipping, another step",
        ),
        ("min(1.0, 0.1 / float(norm))", "0.25", "gradients multiplied by 0.25, expected", "clipping, another step"),
        (
            "p.grad *= min(1.0, 0.1 / float(norm))",
            "p.grad.clamp_(-0.001, 0.001)",
            "gradients that were changed after",
            "clip",
        ),
    ],
)
def test_what_is_done_with_the_gradients_is_told_apart_from_what_is_written_down(before, after, told, hint):
    namespace = {}
    exec(compile(CLIPPED.replace(before, after), "work.py", "exec"), namespace)  # noqa: S102 - the test's own loop
    finding = found(CLIPPING, train_epoch=namespace["train_epoch"])

    assert (finding.outcome is Outcome.FAILED) is bool(told), said(finding)
    assert told in finding.message
    assert hint in (finding.hint or "")


def test_losses_that_are_wrong_from_the_first_batch_on_are_not_called_right_at_first():
    changed = CLIPPED.replace("0.1 / float(norm)", "0.02 / float(norm)").replace("model(x)", "model(x.flip(-1))")
    namespace = {}
    exec(compile(changed, "work.py", "exec"), namespace)  # noqa: S102 - the test's own loop
    finding = found(CLIPPING, train_epoch=namespace["train_epoch"])

    assert finding.outcome is Outcome.FAILED
    assert "right at first" not in said(finding)
    assert ", and the step is taken with gradients clipped to a norm of 0.02" in finding.message
    assert "clipping, another step" in (finding.hint or "")
