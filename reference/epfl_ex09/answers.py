"""Typed readings of what `inside/` sends: every field is checked, whatever the box says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader import Array, Evidence, Frame, MissingEvidence, answers, fault, untouched
from grader.checks import Shapes, operations, shapes, text, texts

MAX_PARAMETERS, MAX_WEIGHTS = 500, 5_000_000


@dataclass(frozen=True)
class Pass:
    """A network's forward passes in one mode: its operations for the first batch, an output for each batch.

    `graded` is the output for the first batch in a pass with gradients.
    """

    error: str | None
    network: operations.Network | None
    untraced: str | None
    outputs: tuple[Array | None, ...]
    constants: Mapping[str, Array]
    graded: Array | None = None


@dataclass(frozen=True)
class MadeNetwork:
    """A student's network: what its parameters are called and what it did."""

    name: str
    remarks: tuple[str, ...]
    parameters: Shapes
    frozen: tuple[str, ...]
    buffers: Shapes
    passes: Mapping[str, Pass]


def asked(evidence: Evidence, probe: str, case: str, what: str) -> Frame:
    """The answer to one case. Raises MissingEvidence with the reason why there is none."""
    if missing := untouched(evidence):
        raise missing
    return answers(evidence, probe, what)[case]


def made_network(evidence: Evidence, probe: str, case: str, what: str, inputs: int) -> MadeNetwork:
    """Read an answer of `inside/networks.py`. Raises MissingEvidence."""
    frame = asked(evidence, probe, case, what)
    parameters, buffers = (shapes(frame.header.get(name), most=MAX_PARAMETERS, numbers=MAX_WEIGHTS)
                           for name in ("parameters", "buffers"))  # fmt: skip
    if parameters is None or buffers is None:
        raise MissingEvidence(f"{what}: its parameters could not be written down")
    return MadeNetwork(
        text(frame.header.get("name")) or "",
        texts(frame.header.get("remarks"), 20, 200),
        parameters,
        texts(frame.header.get("frozen"), MAX_PARAMETERS, 200),
        buffers,
        {mode: _pass(frame, mode, what, inputs) for mode in ("evaluation", "training")},
    )


def _pass(frame: Frame, mode: str, what: str, inputs: int) -> Pass:
    header = frame.header.get(mode)
    header = header if isinstance(header, dict) else {}
    if (raised := fault(header)) and (raised.ours or raised.unattempted):
        raise raised.as_missing(what)
    network, problem = None, text(header.get("trace_error"))
    if "trace" in header:
        try:
            network = operations.parse(header["trace"])
        except operations.NotReplayable as error:
            problem = str(error)
    found = [frame.arrays.get(f"{mode}.output.{index}") for index in range(inputs)]
    return Pass(
        text(header.get("error")),
        network,
        problem,
        tuple(array if array is not None and array.dtype.kind in "biuf" else None for array in found),
        {name.removeprefix(f"{mode}."): array for name, array in frame.arrays.items()
         if name.startswith(f"{mode}.constant.")},
        frame.arrays.get(f"{mode}.graded"),
    )  # fmt: skip
