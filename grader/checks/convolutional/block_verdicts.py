"""`batch_normalised` and `adds_its_input`: what a student's block of convolutions does, however it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch

from grader.checks.convolutional.block_behaviour import POWER, BlockBehaviour, hidden_batch, watch_block
from grader.checks.convolutional.block_hints import NORM_HINTS, SKIP_HINTS
from grader.checks.convolutional.block_record import block_record
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.probes import Argument, Ask
from grader.readings.faults import untouched
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Array


@dataclass(frozen=True, kw_only=True)
class BlockTask:
    """A class (or function) that makes a block of convolutions: its name in the handout, patterns of other names, its
    arguments, and the shape (N × C × H × W) of what the block gets.
    """

    name: str
    shape: tuple[int, int, int, int]
    patterns: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    seconds: float = 10.0

    @property
    def id(self) -> str:
        """Of the probe, and of the served input."""
        return f"block.{self.name}"

    @property
    def probe(self) -> Ask:
        """What goes into the sandbox."""
        case = {
            "id": "block",
            "asked": self.name,
            "patterns": [f"^{self.name}$", *self.patterns],
            "roles": [asdict(argument) for argument in self.arguments],
            "inputs": self.id,
        }
        return Ask(self.id, "watched_block", [case], self.seconds, library=True)

    def data(self, seed: int) -> Mapping[str, Array]:
        """The input that is sent; another one is used outside."""
        return {self.id: np.random.default_rng([seed, 38]).standard_normal(self.shape).astype(np.float32)}

    def block(self, judge: Callable[[BlockBehaviour], Finding]) -> Block:
        """A check of what the block does."""

        def check(evidence: Evidence) -> Finding:
            return judge(self.behaviour(evidence))

        return Block(check, (self.probe,), self.data, {rf"(?:class|def)\s+{self.name}\b": 2})

    def behaviour(self, evidence: Evidence) -> BlockBehaviour:
        """What it was seen to do. Raises MissingEvidence where that cannot be said."""
        if missing := untouched(evidence):
            raise missing
        record = block_record(answers(evidence, self.id, self.name)["block"], evidence.seed)
        sent = torch.from_numpy(self.data(evidence.seed)[self.id])
        found = watch_block(record, hidden_batch(evidence.seed, self.shape), sent)
        if found.ours:
            raise MissingEvidence(f"the grader cannot judge {self.name}: {found.problem}", ours=True)
        return found


def batch_normalised(task: BlockTask) -> Block:
    """Each convolution of a block has a batch normalization of its own, which uses the batch's statistics in training
    mode and running ones, that it updated, in evaluation mode.

    Accepted: before or after the convolutions, `nn.BatchNorm2d`, `F.batch_norm`, or written out by hand. Caught: those
    that are made and not called, whose result is thrown away, that are shared by two convolutions, made anew in every
    pass, without running statistics, always in one mode; layer, group and instance normalization; convolutions that
    hardly reach the output.
    """

    def judge(found: BlockBehaviour) -> Finding:
        problem = found.problem or found.batch_norm_problem()
        if not found.problem and not found.convolutions:
            problem = "it has no convolutions"
        if problem:
            wanted = f"expected batch normalization for each convolution of {task.name}, found"
            return Finding.wrong(wanted, [problem], hints=NORM_HINTS)
        return Finding.passed(
            f"each of the {found.convolutions} convolutions of {task.name} is normalised, in both modes",
            details=(POWER,),
        )

    return task.block(judge)


def adds_its_input(task: BlockTask) -> Block:
    """A block adds its input to what its convolutions give: with silent weights the input is what is left, and the
    gradient comes back the same way.

    Accepted: activations behind the sum, pre-activation blocks, `+`, `+=` and `torch.add`. Caught: an input that is
    concatenated, multiplied, scaled, overwritten, detached, normalised or projected on the way, or added only for
    certain weights.
    """

    def judge(found: BlockBehaviour) -> Finding:
        if found.problem:
            return Finding.failed(f"expected a block that adds its input, found {task.name}: {found.problem}")
        if found.shortcut == "detached":
            return Finding.failed(
                f"expected a skip path that the gradient comes back through, found in {task.name} one that it does not",
                "add the input itself, without detach(): the gradient has to come back through the skip path",
            )
        if found.shortcut != "identity":
            told = found.shortcut_words or "its input is not left when its convolutions give nothing"
            return Finding.wrong(f"expected a block that adds its input, found {task.name}", [told], hints=SKIP_HINTS)
        return Finding.passed(
            f"{task.name} adds its input around its {found.convolutions} convolutions", details=(POWER,)
        )

    return task.block(judge)
