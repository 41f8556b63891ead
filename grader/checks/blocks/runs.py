"""What blocks on modules ask in the sandbox: cases, each with several runs on inputs of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from grader.checks.blocks.inputs import Drawn, described, draw, drawn_of, plain
from grader.checks.blocks.signatures import Signature, signature
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.probes import Argument, Ask
from grader.readings.answered import Answered
from grader.readings.faults import fault
from grader.readings.fields import count, mapping, own_arrays
from grader.readings.typed_frames import answers
from grader.sandbox.protocol import Array, Frame

FORWARD = "forward"
Changed = Callable[[dict[str, Array], np.random.Generator], dict[str, Array]]


@dataclass(frozen=True)
class Run:
    """One run of a case: in which mode, and what `changed` makes of the drawn inputs."""

    name: str
    mode: str = "evaluation"
    changed: Changed = lambda given, _: given
    reseed: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Runs:
    """A class (`made` with some of a case's values) or a function, called with others of them.

    Of a class it is `forward` that is called, or another method of that name. With `more`, results beyond those asked
    for do no harm.
    """

    made: Signature | None
    call: Signature
    cases: tuple[Mapping[str, Any], ...]
    runs: tuple[Run, ...]
    gradients: bool | tuple[str, ...] = False  # by parameters and all inputs, or by these
    seconds: float = 20.0
    parts: tuple[str, ...] = ()
    more: bool = False
    known: dict[int, dict[str, Array]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is asked of the student."""
        return (self.made or self.call).name

    @property
    def id(self) -> str:
        """The same for the same question."""
        listed = [(run.name, run.mode, run.reseed) for run in self.runs]
        asked = [self.made, self.call, [described(case) for case in self.cases], listed, self.gradients]
        text = repr([*asked, *self.parts, *(["more"] if self.more else [])])
        return f"{self.name}-{sha256(text.encode()).hexdigest()[:8]}"

    @property
    def structure(self) -> str:
        """The id of the probe that asks for the structure."""
        return f"structure-{self.id}"

    @property
    def method(self) -> str | None:
        """The method that is called; None for `forward`, as any call of a module comes to that."""
        return None if self.made is None or self.call.name == FORWARD else self.call.name

    @property
    def pattern(self) -> str:
        """What a file that defines it holds."""
        return (self.made or self.call).pattern

    def probe(self) -> Ask:
        """The probe for all cases."""
        return Ask(
            self.id, "modules", [self.request(place) for place in range(len(self.cases))], self.seconds, library=True
        )

    def request(self, place: int) -> dict[str, Any]:
        """What the box is told of a case."""
        case = self.cases[place]
        roles = None if self.made is None else [asdict(_role(name, case[name])) for name in self.made.inputs]
        called = {name: value for name, value in case.items() if name in self.call.inputs}
        return {
            "id": str(place),
            "asked": self.name,
            "roles": roles,
            "inputs": list(self.call.inputs),
            "outputs": list(self.call.outputs),
            "plain": plain(called),
            "gradients": self.gradients if isinstance(self.gradients, bool) else list(self.gradients),
            "parts": list(self.parts),
            **({"method": self.method} if self.method else {}),
            **({"more": True} if self.more else {}),
            "runs": [
                {
                    "name": run.name,
                    "mode": run.mode,
                    "reseed": run.reseed,
                    "arrays": {part: f"{self.id}/{place}/{run.name}/{part}" for part in drawn_of(called)},
                }
                for run in self.runs
            ],
        }

    def data(self, seed: int) -> dict[str, Array]:
        """The inputs of every run, by the names under which they are served."""
        if seed not in self.known:
            self.known.clear()
            self.known[seed] = {}
            for place, given in enumerate(draw(self.cases, seed, "float32")):
                for number, run in enumerate(self.runs):
                    changed = run.changed(given, np.random.default_rng([seed, place, number, 5]))
                    self.known[seed] |= {f"{self.id}/{place}/{run.name}/{key}": part for key, part in changed.items()}
        return self.known[seed]

    def answers(self, evidence: Evidence) -> Answered[Frame]:
        """What came back, by case."""
        return answers(evidence, self.id, self.name)

    def words(self, place: int) -> str:
        """A case in words."""
        return described(self.cases[place])

    def problem(self, frame: Frame | MissingEvidence, run: str) -> str | None:
        """Why a run gave nothing, where it gave nothing. Raises MissingEvidence if that is ours."""
        if isinstance(frame, MissingEvidence):
            return frame.reason
        part = mapping((mapping(frame.header.get("runs")) or {}).get(run)) or {}
        if (raised := fault(part)) is not None:
            if (missing := raised.as_missing(self.name)).ours or raised.unattempted:
                raise missing
            return missing.reason
        if part.get("no_method") is True:
            return f"it has no method {self.method}"
        if "results" in part:
            outputs, found = self.call.outputs, count(part.get("results"))
            return f"expected {len(outputs)} result{'s' * (len(outputs) > 1)} ({', '.join(outputs)}), found {found}"
        return None if "said" in part else "it gave no result"


def runs_of(
    made: str,
    call: str | None,
    cases: Sequence[Mapping[str, Any]],
    runs: Sequence[Run],
    *,
    moves: Sequence[str] = (),
    **others: Any,
) -> Runs:
    """Raises AssignmentError where the cases lack what the signatures name, or arrays for what `moves`."""
    first = signature(made)
    second = None if call is None else signature(call if call.lstrip()[:1] != "(" else f"{FORWARD}{call}")
    asked = Runs(
        made=None if second is None else first,
        call=second or first,
        cases=tuple(cases),
        runs=tuple(runs),
        **others,
    )
    if not cases:
        raise AssignmentError(f"{asked.name}: expected at least one case")
    for case in asked.cases:
        wanted = [*(asked.made.inputs if asked.made else ()), *asked.call.inputs]
        if lacking := [name for name in wanted if name not in case]:
            raise AssignmentError(f"{asked.name}: a case gives no {', '.join(lacking)} (it gives {', '.join(case)})")
        if asked.made and (odd := [name for name in asked.made.inputs if isinstance(case[name], Drawn)]):
            raise AssignmentError(f"{asked.name}: {odd[0]} is an argument of the class: expected a plain value")
        arrays = [name for name in asked.call.inputs if isinstance(case[name], Drawn)]
        by = () if isinstance(asked.gradients, bool) else asked.gradients
        if unknown := [name for name in by if name not in arrays]:
            raise AssignmentError(f"{asked.name}: gradients: expected some of {', '.join(arrays)}, found {unknown[0]}")
        if still := [name for name in moves if name not in arrays]:
            raise AssignmentError(
                f"{asked.name}: {still[0]} is no array that it is given: say with moves= or mask= which is meant of "
                f"{', '.join(arrays) or 'none'}"
            )
    return asked


def _role(name: str, value: Any) -> Argument:
    return Argument(name, value, (f"^{name}$",))


def results(frame: Frame, run: str) -> dict[str, Array]:
    """The arrays of a run, by the names of the results."""
    return own_arrays(frame, f"{run}/")
