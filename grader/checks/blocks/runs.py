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
    def called(self) -> str:
        """What is called, for people: a method with its class."""
        return f"{self.name}.{self.method}" if self.method else self.name

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
        own = self.handed(place)
        roles = None if self.made is None else [asdict(_role(name, case[name], own)) for name in self.made.inputs]
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
            **({"handed": own} if own else {}),
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

    def handed(self, place: int) -> dict[str, tuple[str, bool]]:
        """The drawn numbers that the class is made with: under which name they are served, and whether they are
        NumPy's.
        """
        case = self.cases[place]
        drawn = [name for name in (self.made.inputs if self.made else ()) if isinstance(case[name], Drawn)]
        return {name: (f"{self.id}/{self.drawn_at(place, name)}/class/{name}", case[name].numpy) for name in drawn}

    def drawn_at(self, place: int, name: str) -> int:
        """The case whose numbers a class gets: those of the first with the very same input, so that both make one
        module.
        """
        if name in self.call.inputs:
            return place
        return next(other for other, case in enumerate(self.cases) if case[name] is self.cases[place][name])

    def arguments(self, place: int, seed: int) -> dict[str, Any]:
        """What the class is made with, by name."""
        from grader.inside.asked.modules import handed_over

        assert self.made is not None  # noqa: S101 - functions are made with nothing
        plain = {name: self.cases[place][name] for name in self.made.inputs}
        return plain | handed_over({"handed": self.handed(place)}, self.data(seed))

    def data(self, seed: int) -> dict[str, Array]:
        """The inputs of every run, by the names under which they are served."""
        if seed not in self.known:
            self.known.clear()
            self.known[seed] = {}
            for place, given in enumerate(draw(self.cases, seed, "float32")):
                for name, (served, _) in self.handed(place).items():
                    self.known[seed].setdefault(served, given[name])
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
            if (missing := raised.as_missing(self.called)).ours or raised.unattempted:
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
        if odd := [name for name in asked.call.inputs if isinstance(case[name], Drawn) and case[name].numpy]:
            raise AssignmentError(f"{asked.name}: {odd[0]}: as_numpy is for what the class is made with")
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


def _role(name: str, value: Any, handed: Mapping[str, Any]) -> Argument:
    return Argument(name, 0 if name in handed else value, (f"^{name}$",))


def results(frame: Frame, run: str) -> dict[str, Array]:
    """The arrays of a run, by the names of the results."""
    return own_arrays(frame, f"{run}/")
