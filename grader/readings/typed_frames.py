"""Typed readings of evidence: what each kind of frame says, checked field by field.

A field that is not what `inside/` sends is read as missing, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.evidence import Evidence, MissingEvidence
from grader.readings.answered import Answered
from grader.readings.faults import Fault, fault, is_ours, not_found
from grader.readings.fields import count, mapping, numbers, own_arrays, sequence, shapes, text, texts
from grader.readings.remember import remembered
from grader.sandbox.protocol import Array, Frame

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
    """A student's class made with one case's arguments, with hidden weights.

    `kind` is the class's name; None if none was found. `error` is what it raised; `ours` says whose fault that is.
    """

    case: str
    kind: str | None
    error: str | None
    remarks: tuple[str, ...]
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    trace: Mapping[str, Any] | None
    output: Array | None
    constants: Mapping[str, Array]
    plain: PlainRuns = PlainRuns()
    ours: bool = False


@dataclass(frozen=True)
class RecordedNetwork:
    """A network that ran during a recorded call: its operations, its weights at the first pass."""

    kind: str
    training: bool
    changed: int
    trace: Mapping[str, Any] | None
    error: str | None
    weights: Mapping[str, Array]
    ours: bool = False


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
    fault: Fault | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """Points that student code gave to matplotlib. `panel` is the figure's number, and the panel's in it."""

    label: str
    x: Array
    y: Array
    panel: tuple[int, int]
    y_scale: str
    titles: tuple[str, ...] = ()  # the panel's title, and the name of its y axis


def builds(evidence: Evidence, probe: str) -> Answered[Build]:
    """What came back for a `BuildNetwork` probe, by case; a later answer replaces an unsuccessful one."""
    found: dict[str, Build] = {}
    missing: dict[str, Frame] = {}
    for frame in evidence.of_kind("build"):
        if frame.header.get("probe") != probe:
            continue
        build = _build(frame)
        if build.case not in found or found[build.case].trace is None:
            found[build.case] = build
            missing[build.case] = frame

    def why_not(build: Build) -> MissingEvidence | None:
        if build.kind is None and build.error is None:
            return _missing(evidence, probe, missing[build.case].header)
        return Fault(build.error, build.ours).as_missing(build.kind or probe) if build.error else None

    return Answered(evidence, found, why_not)


def _build(frame: Frame) -> Build:
    header = frame.header
    listed = header.get("parameters")
    parameters = shapes(listed) if listed is not None else ()
    raised = _raised(header)
    return Build(
        text(header.get("case")) or "",
        text(header.get("class")),
        text(header.get("error")) or ("its parameters could not be written down" if parameters is None else None),
        texts(header.get("remarks"), MAX_REMARKS, 200),
        parameters or (),
        mapping(header.get("trace")),
        numbers(frame.arrays.get("output")),
        _constants(frame, {name for name, _ in parameters or ()}),
        plain_runs(frame),
        raised is not None and raised.ours,
    )


def _constants(frame: Frame, parameters: Collection[str]) -> dict[str, Array]:
    """A network's constants and buffers by name; none of them takes the place of a parameter, whose value is hidden."""
    found = {name: array for name, array in frame.arrays.items() if name.startswith("constant.")}
    buffers = {name.removeprefix("buffer."): array for name, array in frame.arrays.items() if name[:7] == "buffer."}
    return {name: array for name, array in (buffers | found).items() if name not in parameters}


def plain_runs(frame: Frame, mode: str | None = None) -> PlainRuns:
    """What `inside/passes.py` sent beside a trace; in a `mode` if the frame holds several."""
    header = frame.header if mode is None else mapping(frame.header.get(mode)) or {}
    arrays = own_arrays(frame, "" if mode is None else f"{mode}.")
    return PlainRuns(
        {mode: arrays[f"plain.{mode}"] for mode in PLAIN_MODES if f"plain.{mode}" in arrays},
        mapping(header.get("first")),
        arrays.get("first.plain.gradients"),
        {name.removeprefix("first."): array for name, array in arrays.items() if name.startswith("first.constant.")},
        arrays.get("plain.watched"),
    )


def trace_in(frame: Frame, mode: str) -> Mapping[str, Any] | None:
    """The trace in one mode of a frame with several; in older evidence it stands there without what is beside it."""
    header = mapping(frame.header.get(mode))
    return mapping(header["trace"]) if header and "trace" in header else header


def _raised(header: Mapping[str, Any], prefix: str = "") -> Fault | None:
    """A fault of student code. Without a word on where it was raised (older evidence) it is the student's."""
    found = fault(header, prefix)
    is_told = f"{prefix}in_student_code" in header or f"{prefix}cause" in header
    return found if found is None or is_told else Fault(found.error, is_ours(None, True, found.error))


def _missing(evidence: Evidence, probe: str, header: Mapping[str, Any]) -> MissingEvidence:
    """Why nothing was found that fits the patterns of a probe."""
    patterns = texts(header.get("patterns"), 20, 300)
    plain = [pattern.strip("^$") for pattern in patterns if pattern.strip("^$").isidentifier()]
    return not_found(evidence, plain[0] if plain else probe, (), texts(header.get("others"), 20, 100))


def answers(evidence: Evidence, probe: str, what: str = "") -> Answered[Frame]:
    """The first answer to each case of an `Ask` probe. `what` was asked of the student, in words: for messages.

    An `error` in an answer's header is read as what was raised in place of it, `missing` as the name of a definition
    that was not found.
    """
    found: dict[str, Frame] = {}
    for frame in evidence.of_kind("ask"):
        if frame.header.get("probe") == probe and isinstance(case := frame.header.get("case"), str):
            found.setdefault(case, frame)

    def why_not(frame: Frame) -> MissingEvidence | None:
        if isinstance(missing := frame.header.get("missing"), str):
            others = texts(frame.header.get("others"), 20, 100)
            return not_found(evidence, missing[:100], texts(frame.header.get("patterns"), 20, 300), others)
        raised = fault(frame.header)
        return raised.as_missing(what or f"{probe}, {str(frame.header.get('case'))[:60]}") if raised else None

    return Answered(evidence, found, why_not)


def recorded(evidence: Evidence, phase: str | None = None) -> list[RecordedCall]:
    """All recorded calls, oldest first, of one phase (`run`, `peek`, `direct`) or of all."""
    return [call for call in _calls(evidence) if phase is None or call.phase == phase]


@remembered
def _calls(evidence: Evidence) -> tuple[RecordedCall, ...]:
    return tuple(_call(evidence, frame) for frame in evidence.of_kind("call"))


def _call(evidence: Evidence, frame: Frame) -> RecordedCall:
    header = frame.header
    networks = sequence(header.get("networks"))[:MAX_NETWORKS]
    return RecordedCall(
        text(header.get("case")),
        text(header.get("phase")) or "direct",
        header.get("complete") is True,
        text(header.get("error")),
        header.get("missing") is True,
        header.get("unbound") is True,
        numbers(frame.arrays.get("result")),
        text(header.get("result_kind")),
        tuple(_network(part, index, frame) for index, part in enumerate(networks)),
        count(header.get("networks_made")),
        tuple(_samples(evidence, header.get("samples"))),
        mapping(header.get("arguments")) or {},
        _outputs(header.get("outputs"), numbers(frame.arrays.get("outputs"))),
        _raised(header),
        texts(header.get("others"), 20, 100),
    )


def _outputs(places: Any, stacked: Array | None) -> dict[int, Array]:
    listed = sequence(places, MAX_SAMPLES)
    if stacked is None or stacked.ndim != 2 or len(stacked) != len(listed):
        return {}
    return {count(place): row for place, row in zip(listed, stacked, strict=True)}


def _network(header: Any, index: int, frame: Frame) -> RecordedNetwork:
    header = header if isinstance(header, dict) else {}
    prefix = f"network.{index}."
    own = {name.removeprefix(prefix): array for name, array in frame.arrays.items() if name.startswith(prefix)}
    raised = _raised(header, "trace_")
    return RecordedNetwork(
        text(header.get("class")) or "",
        header.get("training") is True,
        count(header.get("changed")),
        mapping(header.get("trace")),
        text(header.get("trace_error")),
        {name.removeprefix("state."): array for name, array in own.items()},
        raised is not None and raised.ours,
    )


def _samples(evidence: Evidence, listed: Any) -> Iterator[tuple[int, Array]]:
    left = MAX_SAMPLE_NUMBERS
    for part in sequence(listed)[:MAX_SAMPLES]:
        name = part.get("array") if isinstance(part, dict) else None
        array = evidence.array(f"sample.{name}") if isinstance(name, str) else None
        if array is not None and array.size <= left:
            left -= array.size
            yield count(part.get("network")), array


def curves(evidence: Evidence) -> list[Curve]:
    """The curves of every figure. Raises MissingEvidence if the program did not get as far as drawing."""
    frames = evidence.of_kind("figures")
    if not frames:
        raise evidence.why_missing()
    listed = sequence(frames[-1].header.get("curves"))[:MAX_CURVES]
    return [curve for index, header in enumerate(listed) if (curve := _curve(frames[-1], index, header))]


def _curve(frame: Frame, index: int, header: Any) -> Curve | None:
    x, y = (numbers(frame.arrays.get(f"curve.{index}.{axis}")) for axis in "xy")
    if not isinstance(header, dict) or x is None or y is None or x.ndim != 1 or x.shape != y.shape:
        return None
    return Curve(
        text(header.get("label")) or "",
        x.astype(np.float64),
        y.astype(np.float64),
        (count(header.get("figure")), count(header.get("panel"))),
        text(header.get("y_scale")) or "linear",
        tuple(words for name in ("title", "y_label") if (words := text(header.get(name)))),
    )
