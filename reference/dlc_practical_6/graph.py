"""Criterion `graph`: one curve for each configuration, the mean over samples of what get_stats returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from grader import (
    Array,
    Curve,
    Evidence,
    Finding,
    LineFigure,
    MissingEvidence,
    Panel,
    RecordedCall,
    Series,
    curves,
    is_missing_here,
    recorded,
)
from grader.checks import Usual, assigned, rises, shows, usual_mistake

from .cases import BLOCKS, CASES, SAMPLES, Configuration
from .labels import named
from .work import HINT, not_computed

FLAT = 1e-3  # of the largest value: what a drawn curve is compared within
MOST = 10_000  # rows or columns of a result that curves are compared with


def check(evidence: Evidence) -> Finding:
    """Compare drawn curves with the results of the same run."""
    with np.errstate(all="ignore"):  # what was drawn and returned may hold any numbers
        return _compared(evidence)


def _compared(evidence: Evidence) -> Finding:
    drawn = [_from_left(curve) for curve in curves(evidence)]
    results = {case: _results(evidence, case) for case in CASES}
    wanted = [[_mean(result) for result in results[case]] for case in CASES]
    chosen = assigned(drawn, wanted)
    missing = [case for case, index in zip(CASES, chosen, strict=True) if index is None]
    if missing and (absent := _absent_package(evidence)):
        raise MissingEvidence(f"expected four curves: {absent}", ours=True, hint="a person has to look at the graph")
    if not drawn:
        raise MissingEvidence(_nothing_drawn(evidence), hint="plot the four curves with matplotlib when the file runs")
    backwards = [
        case for case, index in zip(CASES, chosen, strict=True) if index is not None and not rises(drawn[index].x)
    ]
    exhibits = (_figure(drawn),)
    if not missing and (idle := [why for case in CASES if (why := not_computed(evidence, case))]):
        return Finding.failed(
            f"expected curves of norms that a network gave, found that {idle[0]} in get_stats", HINT, exhibits=exhibits
        )
    if not missing and _says_nothing(results):
        return Finding.failed(
            "expected the average norm of each block, found the same number for every block in all configurations: "
            "no curve shows anything",
            "plot what get_stats measured, once it returns norms",
            exhibits=exhibits,
        )
    if missing:
        reasons = tuple(f"{case.title}: {_why(results[case])}" for case in missing)
        problem, hint = _explain(drawn, results, len(CASES) - len(missing))
        return Finding.failed(
            f"expected one curve for each of 4 configurations, found {4 - len(missing)}: {problem}",
            hint,
            details=reasons,
            exhibits=exhibits,
        )
    if backwards:
        return Finding.failed(
            "expected the curves against depth, 0 or 1 to 30 from left to right, found other positions",
            "plot the means against the index of the block",
            exhibits=exhibits,
        )
    if swapped := list(_under_other_names([drawn[index] for index in chosen if index is not None], wanted)):
        return Finding.failed(
            f"expected each curve under its own name, found {'; '.join(swapped)}",
            "make each label from the flags that get_stats was called with",
            exhibits=exhibits,
        )
    return Finding.passed(
        "one curve for each of the four configurations, each the mean over samples of what get_stats returned",
        exhibits=exhibits,
    )


def _under_other_names(right: list[Curve], wanted: list[list[Array]]) -> Iterator[str]:
    """Curves that are named after a configuration which they do not show, where the four names tell all four."""
    told = [named(curve.label) for curve in right]
    if set(told) != set(CASES):
        return
    for case, curve, name in zip(CASES, right, told, strict=True):
        meant = wanted[CASES.index(name)] if name is not None else []
        if not any(shows(curve, values) for values in meant):
            yield f'"{curve.label[:60]}" on the curve of: {case.title}'


def _results(evidence: Evidence, case: Configuration) -> list[Array]:
    """What get_stats returned for a configuration while the file ran, blocks × samples: what a network gave."""
    calls = [call for call in recorded(evidence, "run") if call.case == case.id and call.result is not None]
    return [_upright(call) for call in calls if _is_table(call)]


def _is_table(call: RecordedCall) -> bool:
    """Whether numbers came back in rows and columns, or already averaged, of which curves can be drawn."""
    shape = call.result.shape if call.result is not None else ()
    return len(shape) in (1, 2) and all(1 <= length <= MOST for length in shape)


def _upright(call: RecordedCall) -> Array:
    values = call.result.astype(np.float64) if call.result is not None else np.zeros(0)
    return values.T if values.shape == (SAMPLES, BLOCKS) else values


def _says_nothing(results: Mapping[Configuration, list[Array]]) -> bool:
    """Whether a curve of means could not be told from a flat one: then it is no evidence that means were drawn."""
    tables = [values for found in results.values() for values in found if values.ndim == 2]
    return bool(tables) and not any(_varies(values.mean(axis=1)) for values in tables)


def _varies(curve: Array) -> bool:
    finite = curve[np.isfinite(curve)]
    return bool(finite.size and np.ptp(finite) > FLAT * np.abs(finite).max())


def _mean(values: Array) -> Array:
    return values.mean(axis=1) if values.ndim == 2 else values


def _from_left(curve: Curve) -> Curve:
    """The same curve; one that was drawn from the last block to the first is turned round."""
    if len(curve.x) > 1 and (np.diff(curve.x) < 0).all():
        return replace(curve, x=curve.x[::-1], y=curve.y[::-1])
    return curve


def _absent_package(evidence: Evidence) -> str | None:
    """What a program says that draws with a package which is not installed here: no fault of the student's."""
    return next((error["message"] for error in evidence.errors() if is_missing_here(error)), None)


def _why(results: list[Array]) -> str:
    if not results:
        return "get_stats was not called with these flags while the file ran, or returned no table"
    return "no curve shows the mean of its result"


def _nothing_drawn(evidence: Evidence) -> str:
    error = evidence.first_error()
    if error is None:
        return "expected four curves, found none: the file drew nothing"
    line = f" at line {error['line']}" if error.get("line") else ""
    return f"expected four curves, found none: the file stopped{line} with {error.get('kind')}: {error.get('message')}"


def _lower_median(values: Array) -> Array:
    """What torch.median gives: the lower one of the two samples in the middle."""
    return np.asarray(np.sort(values, axis=1)[:, (values.shape[1] - 1) // 2])


MISTAKES: tuple[Usual, ...] = (
    ("the curves are averages over the blocks", "average over the samples: .mean(1)", lambda v: v.mean(axis=0)),
    ("the curves are sums", "average over the samples: .mean(1), not .sum(1)", lambda v: v.sum(axis=1)),
    ("the curves are medians", "average over the samples: .mean(1)", lambda v: np.median(v, axis=1)),
    ("the curves are medians", "average over the samples: .mean(1)", _lower_median),
    (
        "the curves are standard deviations",
        "average over the samples: .mean(1)",
        lambda v: v.std(axis=1, ddof=min(1, v.shape[1] - 1)),
    ),
    ("the curves are maxima", "average over the samples: .mean(1), not .max", lambda v: v.max(axis=1)),
    ("the curves show a single sample", "average over the samples: .mean(1)", lambda v: v[:, 0]),
    ("the depth runs backwards", "plot block 0 first", lambda v: v.mean(axis=1)[::-1]),
)


def _explain(drawn: list[Curve], results: dict[Configuration, list[Array]], right: int) -> tuple[str, str | None]:
    tables = [values for found in results.values() for values in found if values.ndim == 2]

    def is_drawn(summary: Callable[[Array], Array]) -> bool:
        return any(shows(curve, summary(values)) for curve in drawn for values in tables)

    if known := usual_mistake(MISTAKES, is_drawn):
        return known
    if not tables:
        return "get_stats was not called for them", "call get_stats once for each configuration and plot its mean"
    others = "the others show" if right else "they show" if len(drawn) > 1 else "it shows"
    return (
        f"{len(drawn)} drawn, and {others} something else",
        "plot get_stats(skip_connections, batch_normalization).mean(1) for each configuration",
    )


def _figure(drawn: list[Curve]) -> LineFigure:
    panels: dict[tuple[int, int], list[Series]] = {}
    for number, curve in enumerate(drawn[:12]):
        label = curve.label if curve.label and not curve.label.startswith("_") else f"curve {number + 1}"
        series = Series(label[:40], tuple(curve.x[:200].tolist()), tuple(curve.y[:200].tolist()))
        panels.setdefault(curve.panel, []).append(series)
    return LineFigure(
        "your-graph",
        "Your graph",
        "The curves that your code handed to matplotlib, drawn again on a logarithmic axis.",
        "Line chart of the curves that the submission drew.",
        "x as plotted",
        "y as plotted",
        tuple(Panel("", tuple(series)) for series in list(panels.values())[:6]),
        log_y=True,
    )
