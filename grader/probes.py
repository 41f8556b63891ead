"""What may be asked of a submission: plain data that goes into the sandbox. `inside/student.py` answers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Argument:
    """An argument by its name in the handout, with patterns (regular expressions) of other names for it.

    An `optional` one is passed only to those who have a parameter for it; if it is also `only_required`,
    only to those whose parameter has no default.
    """

    name: str
    value: bool | int | float
    patterns: tuple[str, ...] = ()
    optional: bool = False
    only_required: bool = False


@dataclass(frozen=True)
class Case:
    """One way to call something."""

    id: str
    arguments: tuple[Argument, ...]

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {"id": self.id, "roles": [asdict(argument) for argument in self.arguments]}


@dataclass(frozen=True)
class BuildNetwork:
    """Make a student's class with each case's arguments and hidden weights, run it on hidden inputs.

    Comes back: the operations of its forward pass (training mode), parameter names and shapes, the output.
    `inputs` names arrays of the assignment's data.
    """

    id: str
    patterns: tuple[str, ...]
    cases: Sequence[Case]
    inputs: tuple[str, ...]
    not_patterns: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {
            "kind": "build",
            "id": self.id,
            "patterns": self.patterns,
            "not": self.not_patterns,
            "inputs": self.inputs,
            "cases": [case.request() for case in self.cases],
        }


@dataclass(frozen=True)
class CallFunction:
    """Record a student's function, called by the student's own code or else by us, once per case.

    Comes back: arguments, returned numbers, the networks that ran meanwhile (operations, weights) and the
    samples that went into them.
    """

    id: str
    patterns: tuple[str, ...]
    cases: Sequence[Case]

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {
            "kind": "call",
            "id": self.id,
            "patterns": self.patterns,
            "cases": [case.request() for case in self.cases],
        }


@dataclass(frozen=True)
class Ask:
    """Code of the assignment's own that runs in the sandbox, next to student code: it can hold no secret.

    `inside/<module>.py` of the assignment's folder has `answer(session, case)`, which returns a header and arrays
    (or posts them itself). A case is JSON with an `id`; it is given up after `seconds` of CPU time. What blocks ask is
    code of the `library`'s own: `grader/inside/asked/<module>.py`. One that is asked `alone` needs no program of the
    student's: it looks at files, such as weights or predictions.
    """

    id: str
    module: str
    cases: Sequence[Mapping[str, Any]]
    seconds: float = 30.0
    library: bool = False
    alone: bool = False

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {
            "kind": "ask",
            "id": self.id,
            "module": self.module,
            "seconds": self.seconds,
            "cases": [dict(case) for case in self.cases],
            **({"library": True} if self.library else {}),
        }


@dataclass(frozen=True, kw_only=True)
class NetworkCase:
    """One network to be made: by the class or function `asked`, or one whose name fits the first of `patterns` that
    fits any; names with a part of `skipped` in them are left aside. `inputs` names arrays, each a batch of its own.
    """

    id: str
    asked: str
    patterns: tuple[str, ...]
    inputs: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    skipped: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {
            "asked": self.asked,
            "patterns": self.patterns,
            "skipped": self.skipped,
            "inputs": self.inputs,
            **Case(self.id, self.arguments).request(),
        }


@dataclass(frozen=True)
class MakeNetwork:
    """Make a network by a student's class or function, give its parameters and running statistics hidden values, and
    run it in training and in evaluation mode on several batches; each case is given up after `seconds` of CPU time.

    Comes back, for `grader.checks.made_network`: parameters, buffers, its operations in both modes, all outputs.
    """

    id: str
    cases: Sequence[NetworkCase]
    seconds: float = 30.0

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        cases = [case.request() for case in self.cases]
        return {"kind": "make", "id": self.id, "seconds": self.seconds, "cases": cases}


Probe = BuildNetwork | CallFunction | MakeNetwork | Ask


@dataclass(frozen=True)
class TimeFunction:
    """A function of the student's, timed in a box of its own beside a baseline (`grader/inside/timed.py`).

    `request` says what is called and on inputs of which shapes; it holds no secret. `id` is in words.
    """

    id: str
    about: Mapping[str, Any]
    seconds: float = 60.0

    def request(self) -> dict[str, Any]:
        """What is sent into the sandbox."""
        return {"kind": "timed", "id": self.id, "seconds": self.seconds, **self.about}


@dataclass(frozen=True)
class ReadFiles:
    """Files of a submission that fit `patterns` (as those of `HandIn`), read in boxes of their own: no student code
    runs there, and none of theirs is needed.

    `grader/inside/readers/<reader>.py` has `read(path)`, which gives headers and arrays. `id` is in words: reports
    name what was read by it. The first `most` files are read, those nearest to the top first.
    """

    id: str
    reader: str
    patterns: tuple[str, ...]
    most: int = 100

    def fits(self, path: str) -> bool:
        """Whether a file is one of these, by its path or by its name, whatever its case."""
        lower = path.lower()
        name = lower.rpartition("/")[2]
        return any(fnmatchcase(lower if "/" in part else name, part.lower()) for part in self.patterns)

    def request(self) -> dict[str, Any]:
        """What tells it from another."""
        return {"kind": "files", **asdict(self)}


def asked_alone(probes: Sequence[Probe]) -> list[Probe]:
    """The probes that can be asked where there is no program to run."""
    return [probe for probe in probes if isinstance(probe, Ask) and probe.alone]


def patterns_of(probe: BuildNetwork | CallFunction | MakeNetwork) -> tuple[str, ...]:
    """All patterns of names that a probe looks for."""
    if isinstance(probe, MakeNetwork):
        return tuple(dict.fromkeys(pattern for case in probe.cases for pattern in case.patterns))
    return tuple(probe.patterns)


def weights_seed(seed: int) -> int:
    """The seed (63 bits) of hidden weights, inside the sandbox and outside.

    Student code can read it, and must not learn the batch's secret `seed` from it.
    """
    return int.from_bytes(hashlib.sha256(b"weights" + str(seed).encode()).digest()[:8]) >> 1


def request(
    probes: Sequence[Probe], *, mode: str, seed: int, answered: int = 0, proven: Collection[str] = ()
) -> dict[str, Any]:
    """All that is asked of a program in a box, in `mode` (`run` or `definitions`).

    `seed` is the batch's, which stays outside: the box gets `weights_seed` of it. The first `answered` cases, counted
    over all probes, are not asked again. The patterns of `proven` probes are known to fit something.
    """
    recorded = [
        {"function": probe.id, "patterns": list(probe.patterns)} for probe in probes if isinstance(probe, CallFunction)
    ]
    return {
        "mode": mode,
        "seed": weights_seed(seed),
        "record": recorded,
        "answered": answered,
        "probes": [probe.request() | {"proven": probe.id in proven} for probe in probes],
    }
