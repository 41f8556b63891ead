"""Attention and a transformer block in PyTorch."""

from typing import Any

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import (
    causal,
    lower_triangle,
    normal,
    permutation_equivariant,
    same_as_reference,
    same_module,
    sums_to_one,
)

from .hidden import approximate, mistakes, solution

ATTEND = "scaled_dot_product_attention(q, k, v, mask) -> out, weights"
HEADS, BLOCK = "MultiHeadAttention(d_model, num_heads)", "TransformerBlock(d_model, num_heads, d_ff)"
CALL = "(x, mask) -> out"
BIASES = ("*_proj.bias",)  # the handout asks for linear layers and says nothing of their biases


def queries(shape: tuple[int, ...], keys: int, mask: Any) -> dict[str, Any]:
    """Queries of a shape, and so many keys and values."""
    others = (*shape[:-2], keys, shape[-1])
    return {"q": normal(*shape), "k": normal(*others), "v": normal(*others), "mask": mask}


def sized(d_model: int, num_heads: int, d_ff: int, batch: int, length: int) -> dict[str, Any]:
    """One case for both modules, without a mask."""
    sizes = {"d_model": d_model, "num_heads": num_heads, "d_ff": d_ff}
    return sizes | {"x": normal(batch, length, d_model), "mask": None}


def masked(case: dict[str, Any]) -> dict[str, Any]:
    """The same case with a causal mask."""
    return case | {"mask": lower_triangle(case["x"].shape[1])}


def large(case: dict[str, Any]) -> dict[str, Any]:
    """The same case with inputs so large that it does not matter what is added to their variance."""
    return case | {"x": normal(*case["x"].shape, scale=10)}


CALLS = [
    queries((5, 4), 5, None),
    queries((2, 3, 6, 8), 6, lower_triangle(6)),
    queries((3, 4, 2), 7, None),
    queries((2, 4, 6), 4, lower_triangle(4)),
]
SIZES = [(8, 2, 20, 2, 5), (12, 3, 28, 1, 7), (6, 1, 10, 3, 4)]
PLAIN = [sized(*size) for size in SIZES]
LARGE = [large(case) for case in PLAIN]
FUNCTION = same_as_reference(ATTEND, reference=solution, torch=True, gradients=("q", "k", "v"), cases=CALLS)
PARTS = {"scaled_dot_product_attention": FUNCTION}
MASKED, LARGE_MASKED = ([masked(case) for case in cases] for cases in (PLAIN, LARGE))
MANY = same_module(
    HEADS,
    CALL,
    reference=solution,
    cases=PLAIN + MASKED,
    optional=BIASES,
    parts=PARTS,
    mistakes=mistakes.HEADS,
)
WHOLE = same_module(
    BLOCK,
    CALL,
    reference=solution,
    cases=LARGE + LARGE_MASKED,
    optional=BIASES,
    parts=PARTS | {"MultiHeadAttention": MANY},
    also=[approximate],
    mistakes=mistakes.BLOCK,
)
MASK = same_as_reference("causal_mask(n) -> mask", reference=solution, torch=True, cases=[{"n": 2}, {"n": 4}, {"n": 9}])
ASSIGNMENT = Assignment(
    title="Attention and a transformer block",
    course="Deep learning",
    rubric=[
        Criterion("attention", "Scaled dot-product attention", 5, FUNCTION),
        Criterion("weights", "Weights sum to one", 1, sums_to_one(ATTEND, cases=CALLS, output="weights")),
        Criterion("mask", "Causal mask", 2, MASK),
        Criterion("heads", "Several heads", 5, MANY),
        Criterion("order", "No order without a mask", 1, permutation_equivariant(HEADS, CALL, cases=PLAIN, same=MANY)),
        Criterion("block", "Transformer block", 5, WHOLE),
        Criterion("causal", "No look at later positions", 2, causal(BLOCK, CALL, cases=LARGE_MASKED, same=WHOLE)),
    ],
    code="definitions",
    limits=Limits(cpu_s=60),
    hand_in=[HandIn("attention.py", ("attention.py", "*.ipynb"))],
)
