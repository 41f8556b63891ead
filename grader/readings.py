"""Typed readings of evidence: what each kind of frame says, checked field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.evidence import Evidence
from grader.sandbox.protocol import Array, Frame


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
    """One call of a student's function. `samples` pairs a network's index with N × … inputs."""

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
    named = [(str(name), tuple(int(n) for n in shape)) for name, shape in header.get("parameters") or ()]
    trace = header.get("trace")
    return Build(
        _text(header.get("case")) or "",
        _text(header.get("class")),
        _text(header.get("error")),
        tuple(str(remark)[:200] for remark in header.get("remarks") or ()),
        tuple(named),
        trace if isinstance(trace, dict) else None,
        frame.arrays.get("output"),
        {name: array for name, array in frame.arrays.items() if name.startswith("constant.")},
    )


def recorded(evidence: Evidence, phase: str | None = None) -> list[RecordedCall]:
    """All recorded calls, oldest first, of one phase (`run`, `peek`, `direct`) or of all."""
    calls = [_call(evidence, frame) for frame in evidence.of_kind("call")]
    return [call for call in calls if phase is None or call.phase == phase]


def _call(evidence: Evidence, frame: Frame) -> RecordedCall:
    header = frame.header
    networks = header.get("networks")
    arguments = header.get("arguments")
    return RecordedCall(
        _text(header.get("case")),
        _text(header.get("phase")) or "direct",
        header.get("complete") is True,
        _text(header.get("error")),
        header.get("missing") is True,
        header.get("unbound") is True,
        frame.arrays.get("result"),
        _text(header.get("result_kind")),
        tuple(
            _network(part, index, frame) for index, part in enumerate(networks if isinstance(networks, list) else ())
        ),
        _count(header.get("networks_made")),
        tuple(_samples(evidence, header.get("samples"))),
        arguments if isinstance(arguments, dict) else {},
    )


def _network(header: Any, index: int, frame: Frame) -> RecordedNetwork:
    header = header if isinstance(header, dict) else {}
    prefix = f"network.{index}."
    own = {name.removeprefix(prefix): array for name, array in frame.arrays.items() if name.startswith(prefix)}
    trace = header.get("trace")
    return RecordedNetwork(
        _text(header.get("class")) or "",
        header.get("training") is True,
        _count(header.get("changed")),
        trace if isinstance(trace, dict) else None,
        _text(header.get("trace_error")),
        {name.removeprefix("state."): array for name, array in own.items()},
    )


def _samples(evidence: Evidence, listed: Any) -> Iterator[tuple[int, Array]]:
    for part in listed if isinstance(listed, list) else ():
        if isinstance(part, dict):
            array = evidence.array(f"sample.{part.get('array')}")
            if array is not None:
                yield _count(part.get("network")), array


def curves(evidence: Evidence) -> list[Curve]:
    """The curves of every figure. Raises MissingEvidence if the program did not get as far as drawing."""
    frames = evidence.of_kind("figures")
    if not frames:
        raise evidence.why_missing()
    found = []
    for index, header in enumerate(frames[-1].header.get("curves") or ()):
        x, y = (frames[-1].arrays.get(f"curve.{index}.{axis}") for axis in "xy")
        if isinstance(header, dict) and x is not None and y is not None:
            panel = (_count(header.get("figure")), _count(header.get("panel")))
            scale = _text(header.get("y_scale")) or "linear"
            found.append(
                Curve(_text(header.get("label")) or "", x.astype(np.float64), y.astype(np.float64), panel, scale)
            )
    return found


def _text(value: object) -> str | None:
    return value[:4000] if isinstance(value, str) else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
