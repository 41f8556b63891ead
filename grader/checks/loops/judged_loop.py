"""`training_loop`: a student's epoch follows the reference's step by step, the weights after it included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from grader.catalog import Hidden
from grader.checks.loops import histories, loop_exhibits
from grader.checks.loops.loop_task import CASES, SEVERAL, WORDS, LoopTask
from grader.checks.loops.step_causes import Event, causes, gradient_changes, of_first_batch
from grader.checks.loops.taken_gradients import otherwise_taken
from grader.checks.loops.trajectory import (
    ATOL,
    RTOL,
    Reference,
    Trajectory,
    changed_epoch,
    right_epoch,
    unclipped_epoch,
)
from grader.checks.power import together
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Exhibit
from grader.finding import Finding, advice_on
from grader.inside import loop_setting
from grader.readings.faults import Fault, fault, untouched
from grader.readings.fields import mappings, sequence
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame


def training_loop(task: LoopTask, reference: Reference) -> Block:
    """A function that trains for one epoch does what the reference's does, on a small hidden network and samples.

    It is run twice, with optimizers, schedulers and losses that differ, on 13 batches of which the last is shorter;
    `reference(model, optimizer, scheduler, criterion, batches)` gives the right results and weights. Accepted: any way
    to zero gradients, to move batches, to compute the accuracy; tensors without gradient in place of floats; learning
    rates before or after the step. Caught, and named by what the loop calls: evaluation mode, gradients that are not
    zeroed (or too late), that are clipped or should be, steps left out or in another order, a softmax before the
    cross-entropy, another loss than the one passed in, batches left on the CPU, histories in another order,
    percentages, sums, losses that keep their gradients, a return inside the loop.

    Tolerances: 2e-4 relative for losses, ten times that for weights; float32 over 13 steps was measured to drift by
    less than a tenth of it.
    """
    is_hidden = isinstance(reference, Hidden)
    return Block(
        lambda evidence: check(evidence, task, reference),
        (task.probe,),
        task.data,
        {rf"def\s+{task.function}": 2},
        is_hidden,
        lambda evidence: preview(evidence, task),
    )


@dataclass(frozen=True)
class JudgedEpoch:
    """One epoch: what is wrong with it, and the returned losses."""

    case: str
    problems: tuple[str, ...]
    wanted: Trajectory
    losses: Array | None
    steps: tuple[str, ...]
    remarks: tuple[str, ...] = ()  # what costs nothing


def words_of(task: LoopTask, case: str) -> str:
    """What an epoch is trained with."""
    scheduler = [loop_setting.SCHEDULERS[case]] if task.is_scheduled else []
    return ", ".join([loop_setting.OPTIMIZERS[case], *scheduler, loop_setting.CRITERIA[case]])


def check(evidence: Evidence, task: LoopTask, reference: Reference) -> Finding:
    """Two epochs that differ in optimizer, scheduler and loss."""
    found = [judge(evidence, task, reference, case) for case in CASES]
    wrong = [judged for judged in found if judged.problems]
    exhibits = _exhibits(task, found)
    if not wrong:
        return _passed(task, found, exhibits)
    problems = list(dict.fromkeys(problem for judged in wrong for problem in judged.problems))
    signs = [sign for sign, _ in task.hints]
    problems.sort(key=lambda problem: min((at for at, sign in enumerate(signs) if sign in problem), default=99))
    return Finding.failed(
        f"expected the reference's trajectory, found that {problems[0]}",
        advice_on(problems, task.hints),
        details=tuple(problems[1:]),
        exhibits=exhibits,
    )


def _passed(task: LoopTask, found: Sequence[JudgedEpoch], exhibits: tuple[Exhibit, ...]) -> Finding:
    shown = together([judged.wanted.power for judged in found])
    if not shown.enough():
        raise MissingEvidence(f"the hidden samples of this batch show too little: {shown.words}", ours=True)
    compared = ", ".join(SEVERAL[result.holds] for result in task.results)
    return Finding.passed(
        f"{len(found)} epochs of {loop_setting.BATCHES} batches follow the reference: {compared}"
        f"{' and ' * bool(compared)}final weights",
        details=(shown.words, *dict.fromkeys(remark for judged in found for remark in judged.remarks)),
        exhibits=exhibits,
    )


def asked(evidence: Evidence, task: LoopTask, case: str, what: str) -> Frame:
    """The answer to one case. Raises MissingEvidence with the reason why there is none."""
    if missing := untouched(evidence):
        raise missing
    return answers(evidence, task.probe.id, what)[case]


def judge(evidence: Evidence, task: LoopTask, reference: Reference, case: str) -> JudgedEpoch:
    """One epoch. Raises MissingEvidence."""
    frame = asked(evidence, task, case, f"{task.function} ({words_of(task, case)})")
    wanted = right_epoch(task, reference, evidence.seed, case)
    raised = fault(frame.header, "raised_")
    _raise_if_unattempted(task, raised)
    events: list[Event] = [part for part in sequence(frame.header.get("events")) if isinstance(part, list) and part]
    found = histories.returned(frame, task)
    numbers = list(histories.problems(frame, found, task, wanted)) if not raised else []
    state_differs = _state_differs(frame, wanted)
    is_wrong = not raised and (bool(numbers) or state_differs)
    told = list(causes(events, task, loop_setting.BATCHES, wrong=is_wrong))
    if state_differs and not raised and not any("batches" in cause for cause in told):
        told += _wrong_losses(evidence, task, reference, case, found, events)
        told += [] if told else _wrong_steps(task, reference, evidence.seed, case, found, events)
    problems = [f"{task.function} raised {raised.error[:200]}"] if raised else []
    problems += told + ([text for text in numbers if "differs" not in text] if told or raised else numbers)
    if state_differs and not problems:
        problems.append("the weights after the epoch differ from the reference's")
    place = task.holding("loss")
    losses = None if place is None else found[place]
    remarks = tuple(histories.remarks(frame, task))
    return JudgedEpoch(case, tuple(problems), wanted, losses, tuple(of_first_batch(events)), remarks)


def _raise_if_unattempted(task: LoopTask, raised: Fault | None) -> None:
    if raised is None:
        return
    is_hole = any(hole in raised.error for hole in task.holes)
    if raised.unattempted or raised.ours or is_hole:
        raise Fault("NotImplementedError" if is_hole else raised.error, raised.ours).as_missing(task.function)


def _state_differs(frame: Frame, wanted: Trajectory) -> bool:
    for name, right in wanted.state.items():
        found = frame.arrays.get(f"state.{name}")
        if found is None or found.shape != right.shape or not np.allclose(found, right, rtol=10 * RTOL, atol=10 * ATOL):
            return True
    return False


def _wrong_losses(
    evidence: Evidence,
    task: LoopTask,
    reference: Reference,
    case: str,
    found: Sequence[Array | None],
    events: Sequence[Event],
) -> Iterator[str]:
    """Mistakes in the loss, found by trying them."""
    if not any(event[0] == "loss" for event in events):
        yield "the criterion that is passed in is never called"
        return
    place = task.holding("loss")
    own = None if place is None else found[place]
    if own is None or place is None:
        return
    in_training = not any(event[0] == "forward" and event[1:2] == [False] for event in events)
    kind = nn.Sequential if in_training else _Evaluating
    for words, change in WRONG_OUTPUTS:
        tried = changed_epoch(task, reference, evidence.seed, case, _through(kind, change))
        if histories.close(own, tried.histories[place]):
            yield f"{words} is applied before the criterion"


def _wrong_steps(
    task: LoopTask,
    reference: Reference,
    seed: int,
    case: str,
    found: Sequence[Array | None],
    events: Sequence[Event],
) -> Iterator[str]:
    """What is done with the gradients, where the losses of the first batches are right and the later ones are not."""
    right = right_epoch(task, reference, seed, case)
    changes = gradient_changes(events)
    taken = otherwise_taken(changes, right.changes)
    place = task.holding("loss")
    own = None if place is None else found[place]
    if own is None or place is None:
        if taken:
            yield f"the weights after the epoch are not the right ones: {taken}"
        return
    losses = right.histories[place]
    if histories.close(own, losses):
        return
    if not changes and histories.close(own, unclipped_epoch(task, reference, seed, case).histories[place]):
        yield "the losses are those of gradients that are not clipped before a step is taken with them"
        return
    first = histories.first_difference(own, losses)
    if len(own) > 1 and histories.close(own[:1], losses[:1]):
        cause = taken or "what is done with the gradients, or the step, is not what is asked"
        yield f"the losses are right at first ({first}): {cause}"
    elif taken:
        yield f"the losses are not the right ones ({first}), and {taken}"


def _through(kind: type[nn.Sequential], change: Callable[[Tensor], Tensor]) -> Callable[[nn.Sequential], nn.Module]:
    return lambda network: kind(*network, _Changed(change))


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


def _exhibits(task: LoopTask, found: Sequence[JudgedEpoch]) -> tuple[Exhibit, ...]:
    table = loop_exhibits.order_table(task, found[0].steps)
    if task.holding("loss") is None:
        return (table,)
    panels = [
        loop_exhibits.loss_panel(words_of(task, judged.case), judged.wanted.losses, judged.losses) for judged in found
    ]
    return (loop_exhibits.loss_figure(task, panels), table)


def preview(evidence: Evidence, task: LoopTask) -> Finding:
    """What students may know: that it returns so many histories of floats, with one entry for each batch."""
    frame = asked(evidence, task, CASES[0], task.function)
    if raised := fault(frame.header, "raised_"):
        raise raised.as_missing(task.function)
    entries, batches = mappings(frame.header.get("entries")), loop_setting.BATCHES
    wanted = histories.how_many(task)
    problems = [] if len(entries) == len(task.results) else [f"expected {wanted} to be returned, found {len(entries)}"]
    for result, entry in zip(task.results, entries, strict=False):
        name, count = WORDS[result.holds], 1 if result.mean else batches
        each = "one number" if result.mean else f"one entry for each of {batches} batches"
        if entry.get("length") != count:
            problems.append(f"{name}: expected {each}, found {entry.get('length')}")
        if loop_setting.KEPT_TENSOR in sequence(entry.get("of")):
            problems.append(f"{name}: expected floats, found tensors that require grad")
    if problems:
        return Finding.failed(problems[0], details=tuple(problems[1:]))
    each = "" if any(result.mean for result in task.results) else f" with an entry for each of {batches} batches"
    return Finding.passed(f"{task.function} returns {wanted}{each}")
