"""What students are asked in functions: the functions' names and results, and the calls that they get."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.probes import Ask
from grader.sandbox.protocol import Array

Calls = Mapping[str, Sequence[Sequence[Any]]]  # arguments of each call, by function


@dataclass(frozen=True, kw_only=True)
class AnswerSheet:
    """Functions that hold a student's answers, such as `receptive_field(kernels, paddings, strides)`.

    `results` has the names of each function's results, in order; none where it returns a single number. `calls` gives
    the arguments to call each function with (numbers and lists of them), as drawn from the seed. They are looked for in
    files with the name of `file` in their own, in the main file, then anywhere; `places` says so to the student.
    Where there is no such function the answers may stand in a document, or in a notebook's text that speaks of one of
    the `topics` (regular expressions): a person is told.
    """

    results: Mapping[str, tuple[str, ...]]
    calls: Callable[[int], Calls]
    id: str = "theory"
    file: str = "theory.py"
    places: str = "theory.py or in the notebook"
    topics: tuple[str, ...] = ()
    hint: str | None = None
    seconds: float = 4.0

    @property
    def served(self) -> str:
        """The name of the array that holds the calls."""
        return f"{self.id}.calls"

    @property
    def probe(self) -> Ask:
        """What goes into the sandbox: a case for each function."""
        asked: dict[str, Any] = {
            "names": list(self.results),
            "calls": self.served,
            "file": self.file.partition(".")[0].lower(),
            "topics": "|".join(self.topics) or "(?!)",
        }
        cases = [{"id": name, "function": name, **asked} for name in self.results]
        return Ask(self.id, "answer_functions", cases, self.seconds, library=True)

    def data(self, seed: int) -> Mapping[str, Array]:
        """The calls, as JSON in bytes."""
        listed = json.dumps({name: list(calls) for name, calls in self.calls(seed).items()})
        return {self.served: np.frombuffer(listed.encode(), dtype=np.uint8).copy()}
