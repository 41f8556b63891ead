"""What cannot be in a log of a run that took place, and what two runs cannot have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from grader.checks.logged.training_run import EPISODES, STEPS, RunCurve, TrainingRun
from grader.sandbox.protocol import Array

BLOCK, DIFFERENT = 10, 5  # values in a row that are there twice, and how many of them must differ
STRAIGHT = 12  # equal differences in a row
ROUNDED, ON_IT = 30, 0.75  # units of the last digit: how far a line rises, and how near points lie to it
MOST_DIGITS = 8
GAPS = 5  # places in a log where rows are missing
TIMES = 1e-6
EARLY, RARELY = 0.02, 0.1
RESULTS = ("return", "loss", "accuracy")
NEAR_COPY, LEAST_FOR_NEAR = 0.9, 30


@dataclass(frozen=True, kw_only=True)
class RightLog:
    """What the assignment knows of any right log.

    `bounds` and `start` (lowest and highest) are by what a curve holds, `"return": (0, 200)`; `start` holds for the
    mean of its first points, if they lie within the first 2 % of the run. `counted`: an episode's return is its
    length, and each episode is logged from the first on.
    """

    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    start: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    counted: bool = False


def of_run(run: TrainingRun, expected: RightLog) -> Iterator[str]:
    """What is odd in one run, each in words."""
    own = _counts_each_alone(run)
    if own:
        yield f"{run.name}: its steps are those of each episode alone; they have to count all episodes so far"
    for what, curve in run.curves.items():
        noun = what.rpartition(" ")[2]
        if noun not in (*RESULTS, "length") and what not in expected.bounds:
            continue
        where = f"{run.name}: {what}"
        yield from (f"{where}: {words}" for words in _out_of_bounds(what, noun, curve, expected))
        yield from (f"{where}: {words}" for words in _order(curve, own=own))
        if noun in RESULTS:
            yield from (f"{where}: {words}" for words in (*straight_line(curve.values), *_repeated(curve)))
        yield from (f"{where}: {words}" for words in _start(what, curve, expected))
    yield from (
        f"{run.name}: {words}"
        for words in (*(() if own else _lengths(run)), *((*_counted(run), *_counting(run)) if expected.counted else ()))
    )
    yield from (remark for remark in run.remarks if "damaged" in remark)


def _out_of_bounds(what: str, noun: str, curve: RunCurve, expected: RightLog) -> Iterator[str]:
    low, high = expected.bounds.get(what) or expected.bounds.get(noun) or (-np.inf, np.inf)
    if noun == "accuracy" and not np.isfinite(high):
        low, high = 0.0, 1.0 if np.nanmax(curve.values) <= 1.5 else 100.0
    if noun == "length" and not np.isfinite(low):
        low = 1.0
    slack = 1e-6 * max(1.0, abs(high) if np.isfinite(high) else 1.0)
    outside = (curve.values < low - slack) | (curve.values > high + slack)
    if outside.any():
        place = int(np.flatnonzero(outside)[0])
        between = f"between {low:g} and {high:g}" if np.isfinite(low) and np.isfinite(high) else f"at least {low:g}"
        if not np.isfinite(low):
            between = f"at most {high:g}"
        yield (
            f"expected values {between}, found {int(outside.sum()):,} of {len(outside):,} outside, the first "
            f"{curve.values[place]:g} at {curve.unit} {curve.positions[place]:g}"
        )


def _order(curve: RunCurve, *, own: bool = False) -> Iterator[str]:
    if curve.goes_back and not own:
        yield f"its {curve.unit} go back {curve.goes_back:,} times: more than restarts explain"
    if curve.times is None or not np.isfinite(curve.times).all():
        return
    falls = np.flatnonzero(np.diff(curve.times) < -TIMES * np.abs(curve.times[1:]) - 1e-3)
    ahead = [place for place in falls if curve.positions[place + 1] > curve.positions[place]]
    fresh = [place for place in ahead if curve.times[place + 1] > 0.2 * curve.times[place]]
    if fresh:
        place = fresh[0]
        yield (
            f"time goes back from {curve.times[place]:g} s to {curve.times[place + 1]:g} s at {curve.unit} "
            f"{curve.positions[place + 1]:g}"
        )


def straight_line(curve: Array) -> Iterator[str]:
    """That losses, accuracies or returns lie on a straight line, which no training draws; a constant is none."""
    values = curve[np.isfinite(curve)]
    steps = np.diff(values)
    if len(steps) < STRAIGHT:
        return
    size = float(np.ptp(values)) or 1.0
    equal = (np.abs(np.diff(steps)) < 1e-9 * size) & (np.abs(steps[1:]) > 1e-9 * size)
    longest = _longest(equal) + 1
    if longest >= STRAIGHT:
        yield f"{longest + 1} points in a row lie on a straight line: no training gives that"
    elif _is_rounded_line(values):
        yield f"all {len(values):,} points lie on a straight line but for rounding: no training gives that"


def _is_rounded_line(values: Array) -> bool:
    """Whether numbers with few digits lie as near to a line as these digits allow, and it rises or falls by many."""
    size = float(np.abs(values).max()) or 1.0
    digits = (place for place in range(MOST_DIGITS) if np.allclose(np.round(values, place), values, atol=1e-9 * size))
    unit = 10.0 ** -next(digits, MOST_DIGITS)
    if np.ptp(values) < ROUNDED * unit:
        return False
    places = np.arange(len(values))
    line = np.polynomial.Polynomial.fit(places, values, 1)(places)
    return bool(np.abs(values - line).max() <= ON_IT * unit)


def _longest(flags: Array) -> int:
    """The longest row of truth."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def _repeated(curve: RunCurve) -> Iterator[str]:
    places = shared(curve.resumed.values, None)
    if places is not None:
        yield (
            f"{BLOCK} values in a row from point {places[0] + 1:,} on are there again from point {places[1] + 1:,} on: "
            "a part of the log is copied"
        )


def shared(one: Array, two: Array | None) -> tuple[int, int] | None:
    """Where `BLOCK` values in a row of one curve are found in another (or again in the same one)."""
    seen: dict[bytes, int] = {}
    first = np.round(one.astype(np.float64), 9)
    second = first if two is None else np.round(two.astype(np.float64), 9)
    if two is not None:
        seen = {key: place for place, key in _blocks(first)}
    for place, key in _blocks(second):
        known = seen.get(key)
        if known is not None and (two is not None or place >= known + BLOCK):
            return known, place
        if two is None:
            seen.setdefault(key, place)
    return None


def _blocks(values: Array) -> Iterator[tuple[int, bytes]]:
    if len(values) < BLOCK:
        return
    windows = np.lib.stride_tricks.sliding_window_view(values, BLOCK)
    different = (np.diff(np.sort(windows, axis=1), axis=1) != 0).sum(axis=1) + 1
    for place in np.flatnonzero((different >= DIFFERENT) & np.isfinite(windows).all(axis=1)):
        yield int(place), values[place : place + BLOCK].tobytes()


def _start(what: str, curve: RunCurve, expected: RightLog) -> Iterator[str]:
    limits = expected.start.get(what)
    if limits is None or not len(curve.positions):
        return
    whole = float(np.nanmax(curve.positions))
    early = int((curve.positions <= 0.02 * whole).sum()) or 1
    if len(curve.values) < 3 or curve.positions[0] > 0.02 * whole + curve.interval:
        return
    if curve.interval > 0.05 * whole:
        return  # each point tells of too much for its first one to be the start
    first = float(np.nanmean(curve.values[: min(max(early, 1), 10)]))
    low, high = limits
    if not low <= first <= high:
        yield f"it starts at {first:.3g}; an untrained network gives {low:g} to {high:g}"


def _counts_each_alone(run: TrainingRun) -> bool:
    """Whether what is called steps is the length of each episode."""
    lengths = run.curves.get("length")
    steps = lengths.counted_in(STEPS) if lengths else None
    return steps is not None and bool(steps.goes_back) and bool(np.allclose(steps.positions, steps.values))


def _lengths(run: TrainingRun) -> Iterator[str]:
    """Episodes that are longer, taken together, than the run."""
    lengths, steps = run.curves.get("length"), run.extents.get(STEPS)
    if lengths is None or steps is None or "mean" in lengths.name.lower() or len(lengths.values) < 5:
        return
    if any("env" in name.lower() and "num" in name.lower() for name in run.facts) or lengths.interval == 0:
        return
    total = float(np.nansum(lengths.resumed.values))
    times = total / steps if steps else 0.0
    if times > 1.1 and abs(times - round(times)) > 0.1:
        yield f"its episodes have {total:,.0f} steps together, more than the {steps:,.0f} steps that it counts"


def _counted(run: TrainingRun) -> Iterator[str]:
    returns, lengths = run.curves.get("return"), run.curves.get("length")
    if returns is None or lengths is None or len(returns.values) != len(lengths.values):
        return
    odd = np.abs(returns.values - lengths.values) > 0.51
    if returns.file == lengths.file and odd.any():
        place = int(np.flatnonzero(odd)[0])
        yield (
            f"in {int(odd.sum()):,} of {len(odd):,} rows the return is not the length, first "
            f"{returns.values[place]:g} for {lengths.values[place]:g} steps"
        )


def _counting(run: TrainingRun) -> Iterator[str]:
    """Rows of single episodes whose steps are not those before and their own together, and a run without its start."""
    lengths = run.curves.get("length")
    steps, episodes = (lengths.counted_in(unit) if lengths else None for unit in (STEPS, EPISODES))
    if lengths is None or steps is None or episodes is None or len(lengths.values) < 10:
        return
    if (first := episodes.positions[0]) > max(5, EARLY * episodes.last):
        yield f"it begins at episode {first:g}: the rows before are missing"
    single = np.diff(episodes.positions) == 1
    yield from _rows_missing(np.diff(episodes.positions), episodes.positions)
    taken = np.diff(steps.positions)[single]
    odd = min(
        (np.abs(taken - part[single]) > 0.51 for part in (lengths.values[1:], lengths.values[:-1])),
        key=np.count_nonzero,
    )
    if odd.any() and odd.mean() < RARELY:  # else its steps are counted in another way
        place = int(np.flatnonzero(single)[np.flatnonzero(odd)[0]]) + 1
        yield (
            f"from episode {episodes.positions[place] - 1:g} to the next its steps change by "
            f"{steps.positions[place] - steps.positions[place - 1]:g}, and the episode has {lengths.values[place]:g}"
        )


def _rows_missing(steps: Array, episodes: Array) -> Iterator[str]:
    """Episodes without a row in a log that has one for each of most others, as where bad ones were taken out."""
    gaps = np.flatnonzero(steps > 1)
    if len(gaps) >= GAPS and (steps == 1).mean() > 0.5:
        first, after = (float(episodes[gaps[0] + end]) for end in (0, 1))
        lacking = int((steps[gaps] - 1).sum())
        yield (
            f"{lacking:,} of {int(episodes[-1]):,} episodes have no row, in {len(gaps)} places, first between episode "
            f"{first:g} and {after:g}; most others have one each"
        )


def between(runs: Sequence[TrainingRun]) -> Iterator[str]:
    """Runs that are copies of each other, whole, in parts, scaled, or with a little noise on them."""
    for number, one in enumerate(runs):
        for two in runs[number + 1 :]:
            if words := copied(one, two):
                yield f"{one.name} and {two.name} are not two runs: {words}"


def copied(one: TrainingRun, two: TrainingRun) -> str | None:
    """What two runs have in common that two runs cannot have."""
    for what in one.curves.keys() & two.curves.keys():
        noun = what.rpartition(" ")[2]
        if noun not in RESULTS:
            continue
        first, second = (run.curves[what].resumed.values for run in (one, two))
        if words := _copied(first, second, noisy=noun == "return"):
            return f"their {what} {words}"
    return None


def _copied(one: Array, two: Array, *, noisy: bool) -> str | None:
    size = min(len(one), len(two))
    if size == len(one) == len(two) >= 3 and np.allclose(one, two, rtol=1e-9) and len(np.unique(one)) >= 3:
        return f"has the same {size:,} values"
    if (found := shared(one, two)) is not None:
        return f"has {BLOCK} values in a row in common, from points {found[0] + 1:,} and {found[1] + 1:,} on"
    a, b = one[:size], two[:size]
    if size < LEAST_FOR_NEAR // 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    if min(np.std(a), np.std(b)) > 0 and len(np.unique(a)) > DIFFERENT and np.corrcoef(a, b)[0, 1] > 1 - 1e-9:
        return "is the same but for its scale and shift"
    if noisy and size >= LEAST_FOR_NEAR and (likeness := _likeness(a, b)) > NEAR_COPY:
        return f"goes up and down at the same points (correlation {likeness:.3f})"
    return None


def _likeness(one: Array, two: Array) -> float:
    """How much two curves go up and down together, apart from their trends."""
    parts = [values - np.convolve(np.pad(values, 3, "edge"), np.ones(7) / 7, "valid") for values in (one, two)]
    moving = (np.abs(parts[0]) > 1e-9) | (np.abs(parts[1]) > 1e-9)
    if moving.sum() < LEAST_FOR_NEAR or min(float(np.std(part[moving])) for part in parts) == 0:
        return 0.0
    return float(np.corrcoef(parts[0][moving], parts[1][moving])[0, 1])
