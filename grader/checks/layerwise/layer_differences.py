"""Differences between two lists of layers, in words, as a table and as a figure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence

from grader.checks.layerwise.judged_network import MODES, JudgedNetwork
from grader.checks.layerwise.layer_list import LayerRow
from grader.exhibit import Exhibit, LineFigure, Panel, Series, Table

PARTED = 1e-4
SMALLEST = 1e-9  # differences below are rounding: drawn as this


def differences(rows: Sequence[LayerRow]) -> list[str]:
    """One line for each row in which the student's layer is not the reference's, moved layers in one line."""
    found: list[str] = []
    before, moved = "the input", _moved(rows)
    told = _replaced(rows, moved) | _with_activations(rows)
    for row in rows:
        if row.student and id(row) in moved:
            found.append(f"{row.student.words} comes after {before}, expected after {moved[id(row)]}")
        elif id(row) in told:
            found += [told[id(row)].format(before=before)] if told[id(row)] else []
        elif id(row) not in moved:
            found += _difference(row, before)
        before = row.reference.words if row.reference else before
    return found


def _replaced(rows: Sequence[LayerRow], moved: Collection[int]) -> dict[int, str]:
    """A layer of another kind in the place of one that is missing: one line for both, by row."""
    found: dict[int, str] = {}
    for row, following in itertools.pairwise(rows):
        ours, theirs = row.reference, following.student
        if not ours or not theirs or row.student or following.reference or id(row) in found:
            continue
        if ours.skip == theirs.skip and not {id(row), id(following)} & set(moved):
            where = " on the skip path" if ours.skip else ""
            found[id(row)] = f"expected {ours.words}{where} after {{before}}, found {theirs.words}"
            found[id(following)] = ""
    return found


def _with_activations(rows: Sequence[LayerRow]) -> dict[int, str]:
    """A layer that is missing, or too many, with the activation behind it: one line for both, by row."""
    found: dict[int, str] = {}
    for row, following in itertools.pairwise(rows):
        for side, words in (
            ("reference", "are missing after {before}"),
            ("student", "are not asked for, after {before}"),
        ):
            layer, activation = getattr(row, side), getattr(following, side)
            other = "student" if side == "reference" else "reference"
            both = layer and activation and getattr(row, other) is None and getattr(following, other) is None
            if both and layer.weights and activation.words == "ReLU" and layer.skip == activation.skip:
                found[id(row)] = f"{layer.words} and the ReLU behind it {words}"
                found[id(following)] = ""
    return found


def _moved(rows: Sequence[LayerRow]) -> dict[int, str]:
    """The rows of a layer that stands alone in one list and alone in the other: by row, what it should come after."""
    found: dict[int, str] = {}
    extra = [row for row in rows if row.reference is None]
    before = "the input"
    for row in rows:
        if row.student is None and row.reference:
            match = next(
                (
                    other
                    for other in extra
                    if other.student
                    and other.student.words == row.reference.words
                    and other.student.skip == row.reference.skip
                ),
                None,
            )
            if match:
                extra.remove(match)
                found[id(match)] = found[id(row)] = before
        before = row.reference.words if row.reference else before
    return found


def _difference(row: LayerRow, before: str) -> Iterator[str]:
    where = " on the skip path" if any(part and part.skip for part in (row.reference, row.student)) else ""
    if agrees(row):
        return
    if row.reference and row.student:
        ours, theirs = row.reference.words, row.student.words
        yield f"{_common(row)}{where}: expected {_only(ours, theirs)}, found {_only(theirs, ours)}"
    elif row.reference:
        yield f"{row.reference.words} is missing{where} after {before}"
    elif row.student:
        yield f"{row.student.words} is not asked for{where}, after {before}"


def agrees(row: LayerRow) -> bool:
    """Whether a row's layers are the same, a bias that a normalization cancels aside."""
    if row.reference is None or row.student is None:
        return False
    texts = [part.words.removesuffix(", no bias") for part in (row.reference, row.student)]
    return texts[0] == texts[1]


def causes(judged: JudgedNetwork) -> list[str]:
    """Why a network is wrong, the likeliest cause first; at least one line."""
    found = [problem for problem in judged.problems if "outputs differ" not in problem] + differences(judged.rows)
    return found or _without_cause(judged)


def _without_cause(judged: JudgedNetwork) -> list[str]:
    shapes = [part.problem for part in judged.deviations if part.problem and "an output of" in part.problem]
    modes = {part.mode for part in judged.deviations if part.problem}
    if shapes:
        return shapes[:1]
    if any("with gradients" in (part.problem or "") for part in judged.deviations):
        return ["right in a pass without gradients, but its outputs differ in one with gradients"]
    if len(modes) == 1:
        other = "evaluation" if "training" in modes else "training"
        return [f"right in {other} mode, but its outputs differ in {modes.pop()} mode"]
    for row, depth in zip(judged.rows, judged.depth, strict=False):
        if depth > PARTED and row.reference:
            return [f"the layers are right, but their values part behind {row.reference.words}"]
    return list(judged.problems)


def _parts(words: str) -> list[str]:
    return words.split(", ")


def _only(words: str, other: str) -> str:
    left = [part for part in _parts(words) if part not in _parts(other)]
    return ", ".join(left) or "nothing more"


def _common(row: LayerRow) -> str:
    kept = (
        [part for part in _parts(row.reference.words) if row.student and part in _parts(row.student.words)]
        if row.reference
        else []
    )
    return kept[0] if kept and " " in kept[0] else (row.reference.words.split()[0] if row.reference else "")


def layer_table(judged: JudgedNetwork, key: str) -> Table:
    """Both networks layer by layer, the first difference marked."""
    rows: list[tuple[str, ...]] = []
    marked: tuple[int, ...] = ()
    for number, row in enumerate(judged.rows, 1):
        verdict = "as asked" if agrees(row) else "different"
        if not agrees(row) and not marked:
            verdict, marked = "first difference", (number - 1,)
        depth = judged.depth[number - 1] if judged.depth else math.nan
        rows.append(
            (
                str(number),
                _cell(row.reference.words if row.reference else None, bool(row.reference and row.reference.skip)),
                _cell(row.student.words if row.student else None, bool(row.student and row.student.skip)),
                f"{depth:.1e}" if not math.isnan(depth) else "–",
                verdict,
            )
        )
    return Table(
        key,
        f"{judged.what}, layer by layer",
        "Your layers beside the reference's, in the order in which they act on the input; the difference is between "
        "the two results behind a layer, with the same weights and input, relative to the largest value.",
        ("", "Reference", "Yours", "Difference", "Verdict"),
        tuple(rows),
        marked_rows=marked,
    )


def _cell(words: str | None, skip: bool) -> str:
    return f"skip: {words}" if words and skip else words or "–"


def depth_figure(judged: JudgedNetwork, key: str) -> LineFigure | None:
    """Where the two networks' values part, against depth."""
    points = [
        (float(number), max(value, SMALLEST)) for number, value in enumerate(judged.depth, 1) if math.isfinite(value)
    ]
    if len(points) < 2:
        return None
    return LineFigure(
        key,
        f"Where {judged.what} parts from the reference",
        "Relative difference between your values and the reference's behind each layer of the table before, with the "
        f"same weights and input; {SMALLEST:g} stands for rounding alone.",
        "Line chart of the relative difference between the student's and the reference's values against the layer.",
        "layer",
        "relative difference",
        (Panel("", (Series("difference", tuple(x for x, _ in points), tuple(y for _, y in points)),)),),
        log_y=True,
    )


def exhibits(judged: JudgedNetwork, key: str) -> tuple[Exhibit, ...]:
    """What shows a wrong network: the table, and the figure if it has a curve."""
    if not judged.rows:
        return ()
    figure = depth_figure(judged, f"{key}-depth")
    return (layer_table(judged, f"{key}-layers"), *([figure] if figure else []))


def deviation_table(found: Sequence[JudgedNetwork], key: str) -> Table:
    """How near right networks are to the reference."""
    rows = []
    for judged in found:
        for mode in MODES:
            parts = [part for part in judged.deviations if part.mode == mode]
            inputs = ", ".join(f"{part.batch} of {part.width} × {part.width}" for part in parts)
            largest = max((part.relative for part in parts), default=math.inf)
            verdict = next((part.problem for part in parts if part.problem), "equal")
            rows.append((judged.what, mode, inputs, f"{largest:.1e}" if math.isfinite(largest) else "–", verdict))
    return Table(
        key,
        "Your networks against the reference",
        "The reference was given your weights; both ran on the same hidden inputs. The difference is the largest one "
        "between outputs, relative to the largest output.",
        ("Network", "Mode", "Inputs", "Difference", "Verdict"),
        tuple(rows),
    )
