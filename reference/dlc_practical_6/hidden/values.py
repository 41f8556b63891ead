"""Criterion `stats_values`: the returned norms against those of the student's own network, weights and samples."""

from __future__ import annotations

import numpy as np

from grader import Array, Evidence, Exhibit, Finding, Formula, LineFigure, Panel, Series, Table

from ..cases import CASES
from ..stats import result_of
from .proof import Proof
from .verify import Verified, verify

MOST_DRAWN = 1000  # rows or columns: 30 and 100 are asked for

DEFINITION = Formula(
    "norm",
    "What is asked",
    "Row d, column n: the L2 norm of the gradient of sample n's own cross-entropy, with respect to the weight of the "
    "first convolution of block d; the network is the same for all samples, and nothing is added up over them.",
    r"g_{d,n} = \left\lVert \frac{\partial \ell(f(x_n), y_n)}{\partial w_d} \right\rVert_2",
)


def check(evidence: Evidence) -> Finding:
    """Recompute entries from the student's own network, weights and samples."""
    with np.errstate(all="ignore"):  # what was returned may hold any numbers
        return _checked(evidence)


def _checked(evidence: Evidence) -> Finding:
    for case in CASES:
        result_of(evidence, case)  # what is missing of any is missing before anything is judged
    results = [verify(evidence, case) for case in CASES]
    exhibits: tuple[Exhibit, ...] = (_table(results),)
    if any(_can_be_drawn(result.found) for result in results):
        exhibits = (_figure(results), *exhibits)
    wrong = [result for result in results if result.problem]
    if not wrong:
        return _unsure(results, exhibits) or _agreeing(results, exhibits)
    exhibits = (DEFINITION, *exhibits)
    hint = next((result.hint for result in wrong if result.hint), None)
    cause = (wrong[0].problem or "").rsplit(": ", 1)[-1]
    return Finding.failed(
        f"expected right gradient norms in 4 configurations, found {len(wrong)} wrong: {cause}",
        hint,
        details=tuple(f"{result.case.title}: {result.problem}" for result in wrong),
        exhibits=exhibits,
    )


def _unsure(results: list[Verified], exhibits: tuple[Exhibit, ...]) -> Finding | None:
    """What a person has to look at since rounding decides; None if it does not."""
    told = [f"{result.case.title}: {result.unsure}" for result in results if result.unsure]
    if not told:
        return None
    return Finding.ungraded(
        "; ".join(told),
        "a person has to look at how get_stats computes the norms",
        details=tuple(f"{result.case.title}: {result.words}" for result in results),
        exhibits=exhibits,
    )


def _agreeing(results: list[Verified], exhibits: tuple[Exhibit, ...]) -> Finding:
    """All entries agree: passed if a wrong answer would have been seen in them, else a person has to look."""
    checked = sum(result.compared for result in results)
    details = tuple(f"{result.case.title}: {result.words}" for result in results)
    open_cases = _unproven([result.proof for result in results if result.proof])
    if open_cases:
        return Finding.ungraded(
            f"all of the {checked:,} entries that were recomputed agree, but an answer without work would agree as "
            f"well: {'; '.join(open_cases)}",
            "a person has to look at how get_stats computes the norms",
            details=details,
            exhibits=exhibits,
        )
    said = sum(result.proof.basic.count for result in results if result.proof)
    return Finding.passed(
        f"all of the {checked:,} entries that were recomputed from your own weights and samples agree; {said:,} of "
        "them would have shown zeros or one number for all samples",
        details=details,
        exhibits=exhibits,
    )


def _unproven(proofs: list[Proof]) -> list[str]:
    """Why the entries of the four configurations together prove too little; empty if they do not."""
    problems = [f"{proof.seen.title}: {proof.missing}" for proof in proofs if not proof.is_enough and not proof.excuse]
    if not any(proof.is_basic and proof.shows_image for proof in proofs):
        problems.append("in no configuration do the norms vary with the image enough")
    return problems


def _can_be_drawn(found: Array) -> bool:
    return found.ndim == 2 and found.size > 0 and max(found.shape) <= MOST_DRAWN


def _figure(results: list[Verified]) -> LineFigure:
    panels = []
    for result in results:
        series = []
        if _can_be_drawn(result.found):
            depth = tuple(float(row + 1) for row in range(result.found.shape[0]))
            series.append(Series("yours", depth, tuple(result.found.mean(axis=1).tolist())))
        if result.ours.size:
            depth = tuple(float(row + 1) for row in range(result.ours.shape[0]))
            series.append(Series("recomputed", depth, tuple(result.ours.mean(axis=1).tolist()), "reference"))
        if series:
            panels.append(Panel(result.case.title, tuple(series)))
    return LineFigure(
        "gradient-norms",
        "Gradient norm against depth",
        "Mean norm of the gradient for the first convolution of each block, block 1 nearest to the input: what "
        "get_stats returned and what the grader recomputed from the same weights, both averaged over the samples "
        "that were recomputed. Norms below 1e-17 may as well be 0: single precision cannot hold them.",
        "Line charts of mean gradient norm against depth of the residual block, one panel for each configuration "
        "of the two flags; the returned curve and the recomputed one are compared in each.",
        "residual block",
        "mean gradient norm",
        tuple(panels),
        log_y=True,
    )


def _table(results: list[Verified]) -> Table:
    rows = tuple(
        (
            result.case.title,
            str(result.compared),
            result.informative,
            result.deviation,
            result.tolerated,
            "wrong" if result.problem else "open" if result.unsure else "agree",
        )
        for result in results
    )
    return Table(
        "recomputed",
        "Entries recomputed",
        "Entries of the returned tensors that were recomputed; how many of them would have shown an answer without "
        "work (zeros, one number for all samples); and their relative deviations (largest, median). "
        "The allowed deviations are at least three times those measured between right answers over seeds, "
        "number formats, threads and memory layouts.",
        ("Configuration", "Entries", "Informative", "Deviation", "Allowed", "Verdict"),
        rows,
    )
