"""What came back of a block that was watched (`grader/inside/watching.py`), and its operations with hidden weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from grader.checks import replay
from grader.checks.graph import is_random, without_dropout
from grader.checks.hidden import hidden_weights
from grader.readings.faults import fault
from grader.readings.fields import mapping, own_arrays, shapes
from grader.readings.typed_frames import trace_in
from grader.sandbox.protocol import Array, Frame

MAX_NUMBERS = 2_000_000
CANNOT_CALL = "inside.building.CannotCall: "


@dataclass(frozen=True, eq=False)
class BlockRecord:
    """One class made with some flags. `error` says why it could not be made, or not be written down.

    `unknown`: that is no fault of the student's, such as a constructor that wants what the grader cannot give.
    """

    name: str
    file: str
    flags: tuple[str, ...]
    error: str | None
    unknown: bool
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    frame: Frame
    seed: int

    @property
    def label(self) -> str:
        """The class and the flags that are on."""
        return f"{self.name}({', '.join(self.flags)})" if self.flags else self.name

    @cached_property
    def training(self) -> replay.Network:
        """Its operations in training mode. Raises NotReplayable."""
        return without_dropout(replay.parse(trace_in(self.frame, "training")))

    @property
    def is_random(self) -> bool:
        """Whether dropout acts in training mode. Raises NotReplayable."""
        return is_random(replay.parse(trace_in(self.frame, "training")))

    @cached_property
    def evaluation(self) -> replay.Network:
        """Its operations in evaluation mode. Raises NotReplayable."""
        return replay.parse(trace_in(self.frame, "evaluation"))

    def tensors(self, mode: str) -> dict[str, Tensor]:
        """Hidden weights, buffers as they were at first, constants of the mode."""
        hidden = hidden_weights(self.parameters, self.seed)
        return replay.weights({**self.arrays("before."), **hidden, **self.arrays(f"{mode}.")})

    def arrays(self, prefix: str) -> dict[str, Array]:
        """The frame's arrays of numbers with this prefix, without it."""
        return own_arrays(self.frame, prefix)


def block_record(frame: Frame, seed: int) -> BlockRecord:
    """What a frame says of a block; `seed` is the evidence's."""
    header = frame.header
    flags = mapping(header.get("flags")) or {}
    on = tuple(f"{str(name)[:60]}={value}" for name, value in flags.items() if value is True or type(value) is int)
    error = header.get("error")
    parameters = shapes(header.get("parameters"), most=200, numbers=MAX_NUMBERS)
    if parameters is None and not isinstance(error, str):
        error = "its parameters could not be written down"
    return BlockRecord(
        str(header.get("class"))[:100],
        str(header.get("file"))[:300],
        on[:8],
        error.removeprefix(CANNOT_CALL)[:500] if isinstance(error, str) else None,
        (raised := fault(header)) is not None and (raised.ours or _is_unknown(raised.error)),
        parameters or (),
        frame,
        seed,
    )


def _is_unknown(error: str) -> bool:
    """Whether the grader does not know what to pass; here students choose what their own classes take."""
    return error.startswith(CANNOT_CALL.strip(": "))
