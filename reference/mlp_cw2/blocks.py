"""All block classes of a submission as they were observed, and the table that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from grader import Evidence, Frame, MissingEvidence, Table, answers, remembered
from grader.checks import BlockBehaviour, BlockRecord, block_record, hidden_batch, sequence, watch_block

from . import data

MAX_BLOCKS = 16


@dataclass(frozen=True, eq=False)
class Observed:
    """A block class and what it was seen to do."""

    block: BlockRecord
    behaviour: BlockBehaviour

    @property
    def label(self) -> str:
        """For messages."""
        return f"{self.block.label} in {self.block.file}"


@remembered
def observed(evidence: Evidence) -> tuple[Observed, ...]:
    """Every block of the submission. Raises MissingEvidence if there is none, with the reason."""
    records = [block_record(frame, evidence.seed) for frame in evidence.of_kind("block")[:MAX_BLOCKS]]
    answer = answers(evidence, "blocks", "making the blocks")
    if not records:
        _explain(answer["all"])
    if "all" in answer:
        answer.tried("all")  # of blocks that did come back it is no matter that the student's code raised later
    x = hidden_batch(evidence.seed, (4, data.BLOCK_CHANNELS, data.BLOCK_SIZE, data.BLOCK_SIZE))
    sent = torch.from_numpy(data.block_images(evidence.seed))
    return tuple(Observed(record, watch_block(record, x, sent)) for record in records)


def _explain(answer: Frame) -> None:
    problems = sequence(answer.header.get("problems"))
    if not problems:
        raise MissingEvidence("not attempted: there are no block classes, as in model_architectures.py")
    raise MissingEvidence(
        f"expected block classes in model_architectures.py, found none ({str(problems[0])[:300]})",
        hint="add classes beside ConvolutionalProcessingBlock and ConvolutionalDimensionalityReductionBlock",
    )


def ask_a_person(found: Sequence[Observed]) -> None:
    """Before a block counts as missing: raise MissingEvidence, as ours, if the grader cannot make or run one."""
    for part in found:
        if part.behaviour.ours:
            raise MissingEvidence(f"the grader cannot judge {part.label}: {part.behaviour.problem}", ours=True)


def table(found: Sequence[Observed]) -> Table:
    """One row for each class."""
    return Table(
        "blocks",
        "Block classes found",
        "What each class was seen to do when it was made alone, with hidden weights: convolutions, batch "
        "normalizations that act on its output in training mode, those of them that are registered and use their "
        "running statistics in evaluation mode, and whether the input is left when the convolutions give nothing, "
        "and lets the gradient through.",
        ("Class", "Kind", "Convolutions", "Batch norms acting", "In evaluation", "Shortcut"),
        tuple(_row(part) for part in found),
        marked_rows=tuple(index for index, part in enumerate(found) if part.behaviour.problem),
    )


def _row(part: Observed) -> tuple[str, ...]:
    seen = part.behaviour
    if seen.problem:
        return (part.block.label, f"cannot be tried: {seen.problem[:80]}", "–", "–", "–", "–")
    kind = "processing" if seen.keeps_shape else "reduction" if seen.halves_width else "other"
    return (
        part.block.label,
        kind,
        str(seen.convolutions),
        str(seen.acting.count),
        str(seen.evaluating),
        seen.shortcut if seen.keeps_shape else "–",
    )
