"""Criterion `residual_block`: R2(N2(C2(R1(N1(C1(x))))) + Skip(x)), with every skip path that the handout allows."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from grader import Evidence, Finding
from grader.checks import (
    JudgedNetwork,
    NetworkTask,
    deviation_table,
    judge_network,
    power_shown,
    wrong_network,
)

from ..cases import BLOCKS, RESIDUAL, Block
from .network_hints import OTHER_ACTIVATIONS
from .solution import ResidualBlock

_SUM = "join both paths with +, neither of them scaled: out = out + skip"

HINTS = (
    ("is used", "make a new convolution and a new normalization for each place: a shared one has one set of weights"),
    ("found Concatenate", "add the skip path to N2's output with +: torch.cat gives twice the channels"),
    ("expected Add", _SUM),
    ("Add: expected", _SUM),
    *((f"{name} is not asked for", _SUM) for name in ("Multiply", "Divide", "Subtract", "Maximum", "Minimum", "Add")),
    *((f"found {name}", "R1 and R2 are nn.ReLU") for name in OTHER_ACTIVATIONS),
    *((f"{name} is not asked for", "the only activations are R1 and R2") for name in OTHER_ACTIVATIONS),
    ("Dropout", "leave out what the exercise does not ask for"),
    ("Add is missing", "add the skip path to N2's output before the last ReLU"),
    (
        "comes after Add",
        "add first: R2 acts on the sum, and each convolution is followed by its normalization, then R1",
    ),
    ("expected after Add", "add first: R2 acts on the sum of both paths"),
    ("comes after", "C1, then N1, then R1, then C2, then N2, then the sum, then R2"),
    ("on the skip path", "when the shape changes, the skip path is N3(C3(x)), of the block's input and without a ReLU"),
    ("ReLU is not asked for", "there are two ReLUs: R1 after N1, and R2 after the sum"),
    ("ReLU is missing", "there are two ReLUs: R1 after N1, and R2 after the sum"),
    ("expected stride", "the stride belongs to C1 (and to C3), C2 has stride 1"),
    ("expected padding", "3 × 3 convolutions have padding=1, so that only the stride changes the size"),
    ("expected kernel", "3 × 3 convolutions with padding=1"),
    (
        "size of tensor",
        "both paths must have the same size: C3 wherever stride != 1, with C1's stride; all 3 × 3 kernels padding=1",
    ),
    ("BatchNorm", "each convolution is followed by a batch normalization of its own"),
    ("evaluation mode", "use nn.BatchNorm2d as it is: running statistics in evaluation mode"),
    ("values part behind Add", "the skip path starts at the block's input: keep it before it is overwritten"),
)


def variants(block: Block) -> dict[str, nn.Module]:
    """The accepted blocks: C3 of 3 × 3 or 1 × 1, always or only where the shape changes (the handout has a slip)."""
    found: dict[str, nn.Module] = {}
    if not block.changes_shape:
        found["identity skip"] = ResidualBlock(block.inside, block.outside, block.stride, None)
    for kernel in (3, 1):
        found[f"{kernel} × {kernel} skip"] = ResidualBlock(block.inside, block.outside, block.stride, kernel)
    return found


def without_skip(block: Any, x: Tensor) -> Tensor:
    """What a block gives that leaves its skip path out."""
    output: Tensor = block.R2(block.N2(block.C2(block.R1(block.N1(block.C1(x))))))
    return output


RIVALS = {"a block without its skip path": without_skip}


def check(evidence: Evidence) -> Finding:
    """Combinations of stride and channels, in both modes."""
    found = [_judged(evidence, block) for block in BLOCKS]
    wrong = [judged for judged in found if not judged.right]
    if wrong:
        return wrong_network(wrong, len(found), "block", HINTS)
    remarks = dict.fromkeys(remark for judged in found for remark in judged.remarks)
    kinds = ", ".join(f"{judged.what}: {judged.variant}" for judged in found)
    return Finding.passed(
        f"the same outputs as the reference with the same weights, for {len(found)} combinations of stride and "
        "channels, in training and in evaluation mode",
        details=(power_shown(found).words, kinds, *(f"name accepted: {remark}" for remark in remarks), *_unused(found)),
        exhibits=(deviation_table(found, "block-outputs"),),
    )


def _judged(evidence: Evidence, block: Block) -> JudgedNetwork:
    batches = list(RESIDUAL.batches(evidence.seed, block.id))
    return judge_network(
        RESIDUAL.made(evidence, block.id),
        NetworkTask(block.words, variants(block), batches, evidence.seed, rivals=RIVALS),
    )


def _unused(found: list[JudgedNetwork]) -> tuple[str, ...]:
    names = dict.fromkeys(name for judged in found for name in judged.unused)
    return (f"made but not used where the shape stays: {', '.join(list(names)[:6])}",) if names else ()
