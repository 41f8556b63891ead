"""The submission's VGG_38s: as they were made, and after a small budget, computed again from what came back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader import Evidence, Frame, MissingEvidence, answers, remembered
from grader.checks import AfterTraining, AsMade, after_training, as_made, replay, sequence, text

from . import data
from .cases import BUDGETS, FILTERS, Budget


@dataclass(frozen=True, kw_only=True)
class Trained(AfterTraining):
    """After the budget, with so many filters."""

    budget: Budget
    filters: int


@dataclass(frozen=True)
class Built:
    """One network of the submission's blocks. `problem` is the student's; the parts that came back are there.

    `command` is the submission's command line that builds it; None where the grader paired the blocks. `others` are the
    blocks of networks that its other command lines build.
    """

    blocks: tuple[str, ...]
    made: AsMade | None = None
    trained: Trained | None = None
    problem: str | None = None
    command: str | None = None
    others: tuple[tuple[str, ...], ...] = ()

    @property
    def words(self) -> str:
        """The classes, for a message."""
        return " and ".join(self.blocks)

    @property
    def made_by(self) -> str:
        """The command line in brackets, for a message; nothing where there is none."""
        return f" ({self.command})" if self.command else ""


@remembered
def built(evidence: Evidence, case: str) -> Built:
    """The network that was built for a case.

    Raises MissingEvidence: ours if the grader failed, else because nothing came back.
    """
    answered = answers(evidence, "networks", "making or training the network")
    raised = answered.tried(case)
    frame = answered.found.get(case)
    if frame is None:
        raise evidence.why_missing()
    if isinstance(same := frame.header.get("same_as"), str) and same != case:
        return replace(built(evidence, same), others=_others(frame))
    error = text(frame.header.get("error"), 600) if isinstance(raised, MissingEvidence) else None
    command = text(frame.header.get("command"), 200)
    blocks = _names(frame.header.get("blocks"))
    try:
        with replay.or_a_person():
            made = _made(evidence, case)
            trained = None if error is not None else _trained(frame, evidence.seed)
    except replay.NotReplayable as problem:
        if "too large" in str(problem):  # for this machine: that is no mistake of the student
            raise MissingEvidence(f"the grader cannot run this network again: {problem}", ours=True) from None
        return Built(blocks, problem=str(problem), command=command, others=_others(frame))
    return Built(blocks, made, trained, error, command, _others(frame))


def _others(frame: Frame) -> tuple[tuple[str, ...], ...]:
    return tuple(_names(blocks) for blocks in sequence(frame.header.get("others"), 8))


def _names(blocks: object) -> tuple[str, ...]:
    return tuple(str(name)[:100] for name in sequence(blocks, 2))


def _made(evidence: Evidence, case: str) -> AsMade | None:
    frame = next((frame for frame in evidence.of_kind("made") if frame.header.get("case") == case), None)
    return as_made(frame, *data.full(evidence.seed)) if frame is not None else None


def _trained(frame: Frame, seed: int) -> Trained:
    budget = BUDGETS.get(str(frame.header.get("budget")))
    if budget is None:
        raise replay.NotReplayable("its training could not be written down")
    found = after_training(frame, budget.steps, *data.small(budget, seed))
    filters = FILTERS if frame.header.get("filters") == FILTERS else budget.filters
    return Trained(**vars(found), budget=budget, filters=filters)
