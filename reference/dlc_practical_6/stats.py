"""Criterion `stats_shape`: what `get_stats` returns for each configuration."""

from __future__ import annotations

from grader import Evidence, Finding, MissingEvidence, RecordedCall, not_found, recorded

from .cases import BLOCKS, CASES, SAMPLES, Configuration
from .work import HINT, not_computed


def result_of(evidence: Evidence, case: Configuration) -> RecordedCall:
    """The call of `get_stats` that answers a configuration. Raises MissingEvidence with the reason."""
    calls = recorded(evidence)
    answered = [call for call in calls if call.case == case.id and call.result is not None and call.error is None]
    right_size = [call for call in answered if call.result is not None and call.result.size == BLOCKS * SAMPLES]
    if answered:
        return (right_size or [call for call in answered if call.complete] or answered)[0]
    if any(call.missing for call in calls):
        others = next(call.others for call in calls if call.missing)
        raise not_found(evidence, "a function get_stats", ("get_?stats",), others)
    for call in calls:
        if call.unbound:
            raise MissingEvidence(
                f"get_stats cannot be called as get_stats(skip_connections, batch_normalization): {call.error}",
                hint="give get_stats the two flags as parameters",
            )
    failed = [call for call in calls if call.error and call.phase != "peek" and call.case in (case.id, None)]
    if failed and (raised := failed[-1].fault):
        raise raised.as_missing(f"get_stats({case.words})")
    if odd := [call for call in calls if call.case == case.id and call.phase != "peek" and call.result_kind]:
        raise MissingEvidence(
            f"expected a tensor of 30 × 100, get_stats returned {odd[0].result_kind}",
            hint="return the tensor of norms at the end of get_stats",
        )
    raise evidence.why_missing()


def error_hint(evidence: Evidence) -> str | None:
    """Where and with what the file stops, if it does."""
    error = evidence.first_error()
    if error is None:
        return None
    line = f" at line {error['line']}" if error.get("line") else ""
    return f"the file stops{line}: {error.get('kind')}: {error.get('message')}"


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
    if not problems and (idle := {case: why for case in CASES if (why := not_computed(evidence, case))}):
        return Finding.failed(
            f"expected norms that a network gave, four times; found {len(idle)} without: {next(iter(idle.values()))}",
            HINT,
            details=tuple(f"get_stats({case.words}): {why}" for case, why in idle.items()),
        )
    if not problems:
        return Finding.passed("get_stats returns a tensor of 30 × 100 for each of the four configurations")
    hint = "put blocks along the first dimension and samples along the second"
    if any(shape == f"{SAMPLES} × {BLOCKS}" for shape in shapes):
        hint = "rows are blocks and columns are samples: transpose what you return"
    if any(shape in (str(BLOCKS), "a single number", f"{BLOCKS} × 1") for shape in shapes):
        hint = "return the norm for every block and every sample; average only for the graph"
    if any(shape.startswith(f"{BLOCKS} × ") and shape not in ("30 × 1", "30 × 100") for shape in shapes):
        hint = "measure 100 samples: get_stats is called with the two flags alone"
    if any(shape.endswith(f" × {SAMPLES}") and shape.count("×") == 1 for shape in shapes if shape != "30 × 100"):
        hint = "make a model of 30 residual blocks, and one row for each of them"
    return Finding.failed(
        f"expected 30 × 100 (blocks by samples) four times, found {', '.join(dict.fromkeys(shapes))}",
        hint,
        details=tuple(problems),
    )
