"""Typed readings of evidence: what each kind of frame says, checked field by field.

A field that is not what `inside/` sends is read as missing, whatever it holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.evidence import Evidence
from grader.sandbox.protocol import Array, Frame

# More than a homework holds, and little enough for this machine: one array may be named many times.
MAX_PARAMETERS, MAX_WEIGHTS = 10_000, 50_000_000
MAX_NETWORKS, MAX_SAMPLES, MAX_SAMPLE_NUMBERS = 16, 10_000, 50_000_000
MAX_CURVES, MAX_REMARKS = 200, 100
PLAIN_MODES = ("gradients", "no_grad", "inference")


@dataclass(frozen=True)
class PlainRuns:
    """What a network gave when it was not traced: `outputs` by mode (`gradients`, `no_grad`, `inference`), and for the
    first sample alone its trace and its output; `watched` is what it gave while it was traced.
    """

    outputs: Mapping[str, Array] = field(default_factory=dict)
    first: Mapping[str, Any] | None = None
    first_output: Array | None = None
    first_constants: Mapping[str, Array] = field(default_factory=dict)
    watched: Array | None = None


@dataclass(frozen=True)
class Build:
    """A student's class made with one case's arguments, with hidden weights."""

    case: str
    kind: str | None
    error: str | None
    remarks: tuple[str, ...]
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    trace: Mapping[str, Any] | None
    output: Array | None
    constants: Mapping[str, Array]
    plain: PlainRuns = PlainRuns()


@dataclass(frozen=True)
class RecordedNetwork:
    """A network that ran during a recorded call: its operations, its weights at the first pass."""

    kind: str
    training: bool
    changed: int
    trace: Mapping[str, Any] | None
    error: str | None
    weights: Mapping[str, Array]


@dataclass(frozen=True)
class RecordedCall:
    """One call of a student's function. `samples` pairs a network's index with N × … inputs; `outputs` holds what the
    network gave for samples that ran alone, by their place among the samples.
    """

    case: str | None
    phase: str
    complete: bool
    error: str | None
    missing: bool
    unbound: bool
    result: Array | None
    result_kind: str | None
    networks: tuple[RecordedNetwork, ...]
    networks_made: int
    samples: tuple[tuple[int, Array], ...]
    arguments: Mapping[str, Any]
    outputs: Mapping[int, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """Points that student code gave to matplotlib."""

    label: str
    x: Array
    y: Array
    panel: tuple[int, int]
    y_scale: str


def builds(evidence: Evidence, probe: str) -> dict[str, Build]:
    """What came back for a `BuildNetwork` probe, by case; a later answer replaces an unsuccessful one."""
    found: dict[str, Build] = {}
    for frame in evidence.of_kind("build"):
        if frame.header.get("probe") != probe:
            continue
        build = _build(frame)
        if build.case not in found or found[build.case].trace is None:
            found[build.case] = build
    return found


def _build(frame: Frame) -> Build:
    header = frame.header
    parameters = _parameters(header.get("parameters"))
    error = _text(header.get("error"))
    return Build(
        _text(header.get("case")) or "",
        _text(header.get("class")),
        error or ("its parameters could not be written down" if parameters is None else None),
        tuple(remark[:200] for remark in _list(header.get("remarks"))[:MAX_REMARKS] if isinstance(remark, str)),
        parameters or (),
        _object(header.get("trace")),
        _numbers(frame.arrays.get("output")),
        {name: array for name, array in frame.arrays.items() if name.startswith("constant.")},
        _plain(frame),
    )


def _plain(frame: Frame) -> PlainRuns:
    arrays = {name: array for name, array in frame.arrays.items() if _numbers(array) is not None}
    return PlainRuns(
        {mode: arrays[f"plain.{mode}"] for mode in PLAIN_MODES if f"plain.{mode}" in arrays},
        _object(frame.header.get("first")),
        arrays.get("first.plain.gradients"),
        {name.removeprefix("first."): array for name, array in arrays.items() if name.startswith("first.constant.")},
        arrays.get("plain.watched"),
    )


def _parameters(listed: Any) -> tuple[tuple[str, tuple[int, ...]], ...] | None:
    """Names and shapes, or None if they are malformed or too large for numbers to be drawn for them."""
    if listed is None:
        return ()
    pairs = [part for part in _list(listed) if isinstance(part, list) and len(part) == 2]
    found = tuple((part[0], tuple(part[1])) for part in pairs if isinstance(part[0], str) and _is_shape(part[1]))
    if not isinstance(listed, list) or len(found) != len(listed) or len(found) > MAX_PARAMETERS:
        return None
    return found if sum(math.prod(shape) for _, shape in found) <= MAX_WEIGHTS else None


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 8 and all(type(n) is int and 0 <= n <= MAX_WEIGHTS for n in value)


def answers(evidence: Evidence, probe: str) -> dict[str, Frame]:
    """The first answer to each case of an `Ask` probe, by the case's id. An `error` in its header says why not."""
    found: dict[str, Frame] = {}
    for frame in evidence.of_kind("ask"):
        if frame.header.get("probe") == probe and isinstance(case := frame.header.get("case"), str):
            found.setdefault(case, frame)
    return found


def recorded(evidence: Evidence, phase: str | None = None) -> list[RecordedCall]:
    """All recorded calls, oldest first, of one phase (`run`, `peek`, `direct`) or of all."""
    calls = [_call(evidence, frame) for frame in evidence.of_kind("call")]
    return [call for call in calls if phase is None or call.phase == phase]


def _call(evidence: Evidence, frame: Frame) -> RecordedCall:
    header = frame.header
    networks = _list(header.get("networks"))[:MAX_NETWORKS]
    return RecordedCall(
        _text(header.get("case")),
        _text(header.get("phase")) or "direct",
        header.get("complete") is True,
        _text(header.get("error")),
        header.get("missing") is True,
        header.get("unbound") is True,
        _numbers(frame.arrays.get("result")),
        _text(header.get("result_kind")),
        tuple(_network(part, index, frame) for index, part in enumerate(networks)),
        _count(header.get("networks_made")),
        tuple(_samples(evidence, header.get("samples"))),
        _object(header.get("arguments")) or {},
        _outputs(header.get("outputs"), _numbers(frame.arrays.get("outputs"))),
    )


def _outputs(numbers: Any, stacked: Array | None) -> dict[int, Array]:
    listed = _list(numbers)[:MAX_SAMPLES]
    if stacked is None or stacked.ndim != 2 or len(stacked) != len(listed):
        return {}
    return {_count(number): row for number, row in zip(listed, stacked, strict=True)}


def _network(header: Any, index: int, frame: Frame) -> RecordedNetwork:
    header = header if isinstance(header, dict) else {}
    prefix = f"network.{index}."
    own = {name.removeprefix(prefix): array for name, array in frame.arrays.items() if name.startswith(prefix)}
    return RecordedNetwork(
        _text(header.get("class")) or "",
        header.get("training") is True,
        _count(header.get("changed")),
        _object(header.get("trace")),
        _text(header.get("trace_error")),
        {name.removeprefix("state."): array for name, array in own.items()},
    )


def _samples(evidence: Evidence, listed: Any) -> Iterator[tuple[int, Array]]:
    left = MAX_SAMPLE_NUMBERS
    for part in _list(listed)[:MAX_SAMPLES]:
        name = part.get("array") if isinstance(part, dict) else None
        array = evidence.array(f"sample.{name}") if isinstance(name, str) else None
        if array is not None and array.size <= left:
            left -= array.size
            yield _count(part.get("network")), array


def curves(evidence: Evidence) -> list[Curve]:
    """The curves of every figure. Raises MissingEvidence if the program did not get as far as drawing."""
    frames = evidence.of_kind("figures")
    if not frames:
        raise evidence.why_missing()
    listed = _list(frames[-1].header.get("curves"))[:MAX_CURVES]
    return [curve for index, header in enumerate(listed) if (curve := _curve(frames[-1], index, header))]


def _curve(frame: Frame, index: int, header: Any) -> Curve | None:
    x, y = (_numbers(frame.arrays.get(f"curve.{index}.{axis}")) for axis in "xy")
    if not isinstance(header, dict) or x is None or y is None or x.ndim != 1 or x.shape != y.shape:
        return None
    return Curve(
        _text(header.get("label")) or "",
        x.astype(np.float64),
        y.astype(np.float64),
        (_count(header.get("figure")), _count(header.get("panel"))),
        _text(header.get("y_scale")) or "linear",
    )


def _text(value: object) -> str | None:
    return value[:4000] if isinstance(value, str) else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _numbers(array: Array | None) -> Array | None:
    return array if array is not None and array.dtype.kind in "biuf" else None
