"""Criteria `stats_shape` and `stats_values`: what `get_stats` returns, against the student's own network."""

from __future__ import annotations

from grader.evidence import Evidence, MissingEvidence
from grader.finding import Exhibit, Finding, LineFigure, Panel, Series, Table
from grader.readings import RecordedCall, recorded

from .cases import CASES, Configuration
from .verify import BLOCKS, SAMPLES, Verified, own_behaviour, verify


def result_of(evidence: Evidence, case: Configuration) -> RecordedCall:
    """The call of `get_stats` that answers a configuration. Raises MissingEvidence with the reason."""
    calls = recorded(evidence)
    answered = [call for call in calls if call.case == case.id and call.result is not None and call.error is None]
    right_size = [call for call in answered if call.result is not None and call.result.size == BLOCKS * SAMPLES]
    if answered:
        return (right_size or [call for call in answered if call.complete] or answered)[0]
    if any(call.missing for call in calls):
        raise MissingEvidence("expected a function get_stats, found none", hint=_error_hint(evidence))
    for call in calls:
        if call.unbound:
            raise MissingEvidence(
                f"get_stats cannot be called as get_stats(skip_connections, batch_normalization): {call.error}",
                hint="give get_stats the two flags as parameters",
            )
    failed = [call for call in calls if call.error and call.phase != "peek" and call.case in (case.id, None)]
    if failed and (error := failed[-1].error):
        raise MissingEvidence(f"get_stats({case.words}) raised {error.strip().splitlines()[-1][:300]}")
    if odd := [call for call in calls if call.case == case.id and call.phase != "peek" and call.result_kind]:
        raise MissingEvidence(f"expected a tensor of 30 × 100, get_stats returned {odd[0].result_kind}",
                              hint="return the tensor of norms at the end of get_stats")  # fmt: skip
    raise evidence.why_missing()


def _error_hint(evidence: Evidence) -> str | None:
    error = evidence.first_error()
    return f"the file stops at line {error.get('line')}: {error.get('kind')}: {error.get('message')}" if error else None


def check_shape(evidence: Evidence) -> Finding:
    """30 blocks by 100 samples, as a tensor, in each configuration."""
    problems, shapes = [], []
    for case in CASES:
        call = result_of(evidence, case)
        shape = " × ".join(map(str, call.result.shape)) if call.result is not None else "nothing"
        shapes.append(shape or "a single number")
        if call.result is None or call.result.shape != (BLOCKS, SAMPLES):
            problems.append(f"get_stats({case.words}): expected a tensor of 30 × 100, found {shapes[-1]}")
        elif call.result_kind not in ("Tensor", "Parameter", "ndarray"):
            problems.append(f"get_stats({case.words}): expected a tensor, found a {call.result_kind}")
    if not problems:
        return Finding.passed("get_stats returns a tensor of 30 × 100 for each of the four configurations")
    hint = "put blocks along the first dimension and samples along the second"
    if any(shape == f"{SAMPLES} × {BLOCKS}" for shape in shapes):
        hint = "rows are blocks and columns are samples: transpose what you return"
    if any(shape in (str(BLOCKS), "a single number", f"{BLOCKS} × 1") for shape in shapes):
        hint = "return the norm for every block and every sample; average only for the graph"
    if any(shape.startswith(f"{BLOCKS} × ") and shape not in ("30 × 1", "30 × 100") for shape in shapes):
        hint = "measure 100 samples: get_stats is called with the two flags alone"
    return Finding.failed(
        f"expected 30 × 100 (blocks by samples) four times, found {', '.join(dict.fromkeys(shapes))}",
        hint,
        details=tuple(problems),
    )


def check_values(evidence: Evidence) -> Finding:
    """Recompute entries from the student's own network, weights and samples."""
    calls = {case: result_of(evidence, case) for case in CASES}
    own = own_behaviour(evidence)
    results = [verify(evidence, case, calls[case], own.get(case)) for case in CASES]
    exhibits: tuple[Exhibit, ...] = (_table(results),)
    if any(result.found.ndim == 2 for result in results):
        exhibits = (_figure(results), *exhibits)
    wrong = [result for result in results if result.problem]
    if not wrong:
        checked = sum(result.compared for result in results)
        return Finding.passed(
            f"all of the {checked:,} entries that were recomputed from your own weights and samples agree",
            details=tuple(f"{result.case.title}: {result.words}" for result in results),
            exhibits=exhibits,
        )
    hint = next((result.hint for result in wrong if result.hint), None)
    cause = (wrong[0].problem or "").rsplit(": ", 1)[-1]
    return Finding.failed(
        f"expected right gradient norms in 4 configurations, found {len(wrong)} wrong: {cause}",
        hint,
        details=tuple(f"{result.case.title}: {result.problem}" for result in wrong),
        exhibits=exhibits,
    )


def _figure(results: list[Verified]) -> LineFigure:
    panels = []
    for result in results:
        series = []
        if result.found.ndim == 2:
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
        "that were recomputed.",
        "Line charts of mean gradient norm against depth of the residual block, one panel for each configuration "
        "of the two flags; the returned curve and the recomputed one are compared in each.",
        "residual block",
        "mean gradient norm",
        tuple(panels),
        log_y=True,
    )


def _table(results: list[Verified]) -> Table:
    rows = tuple(
        (result.case.title, str(result.compared), result.deviation, result.tolerated,
         "wrong" if result.problem else "agree")
        for result in results
    )  # fmt: skip
    return Table(
        "recomputed",
        "Entries recomputed",
        "Entries of the returned tensors that were recomputed, and their relative deviations (largest, median). "
        "The allowed deviations are at least three times those measured between right answers over seeds, "
        "number formats, threads and memory layouts.",
        ("Configuration", "Entries", "Deviation", "Allowed", "Verdict"),
        rows,
    )
