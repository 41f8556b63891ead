"""What `same_as_reference` asks in the sandbox, and the reference's own answers to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.comparing import DRAWS, allowance, difference, moved
from grader.checks.blocks.inputs import described, draw, drawn_of, kind_of, numpys, plain
from grader.checks.blocks.set_up import students_own
from grader.checks.blocks.signatures import Signature, is_there
from grader.inside.asked.calls import play
from grader.sandbox.protocol import Array

SEED = 7  # for functions that draw random numbers without a generator of their own
OTHER_SEEDS = range(23, 28)  # a single one may give the same by chance, such as one order of three


@dataclass(frozen=True)
class Right:
    """The reference's own answer to a case, and how far another may lie from it."""

    header: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, Array]
    allowed: Mapping[str, Array]
    wrong: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)  # results of wrong versions, by their words
    request: Mapping[str, Any] | None = None  # what was asked, with these inputs
    inputs: Mapping[str, Array] = field(default_factory=dict)
    by_chance: frozenset[str] = frozenset()  # steps whose results depend on random numbers that student code draws

    def versions(self, step: str) -> dict[str, dict[str, Array]]:
        """The results of one function in each wrong version, by name."""
        return {words: dict(_of(arrays, step)) for words, arrays in self.wrong.items()}

    def of(self, step: str) -> Iterable[tuple[str, Array]]:
        """The results of one function, by name."""
        return _of(self.arrays, step)


def _of(arrays: Mapping[str, Array], step: str) -> list[tuple[str, Array]]:
    return [(key.partition("/")[2], array) for key, array in arrays.items() if key.partition("/")[0] == step]


@dataclass(frozen=True, eq=False, kw_only=True)
class Calls:
    """Functions that are called one after the other, in each of the cases and dtypes."""

    steps: tuple[Signature, ...]
    reference: ModuleType | Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    dtypes: tuple[str, ...]
    torch: bool
    gradients: tuple[str, ...]
    opaque: tuple[str, ...]
    lines: bool
    mistakes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # what defines each wrong version
    known: dict[int, dict[str, Right]] = field(default_factory=dict)

    @property
    def is_hidden(self) -> bool:
        """Whether the reference is not here, as on students' machines."""
        return isinstance(self.reference, Hidden)

    @property
    def names(self) -> Mapping[str, Any]:
        """What the reference defines."""
        return self.reference if isinstance(self.reference, Mapping) else vars(self.reference)

    @property
    def id(self) -> str:
        """The same for the same question."""
        text = repr([self.steps, [described(case) for case in self.cases], self.dtypes, self.gradients])
        name = re.sub(r"\W+", "_", self.steps[0].name)
        return f"{name}-{sha256(text.encode()).hexdigest()[:8]}"

    def tried(self, step: Signature, case: Mapping[str, Any]) -> bool:
        """Whether a case has the inputs of a function, or an earlier function that is tried makes them."""
        there = set(case)
        for other in self.steps:
            if all(is_there(name, there) for name in other.needed):
                if other is step:
                    return True
                there |= set(other.outputs)
        return False

    def requests(self) -> list[dict[str, Any]]:
        """What the box is told, one for each case and dtype."""
        return [self.request(place, dtype) for dtype in self.dtypes for place in range(len(self.cases))]

    def request(self, place: int, dtype: str) -> dict[str, Any]:
        """What is asked of the submission for one case."""
        case, name = self.cases[place], f"{place}.{dtype}"
        return {
            "id": name,
            "steps": [[s.name, list(s.inputs), list(s.outputs), s.code] for s in self.steps if self.tried(s, case)],
            "plain": plain(case),
            "arrays": {part: f"{self.id}/{name}/{part}" for part in drawn_of(case)},
            "torch": self.torch,
            **({"numpy": own} if self.torch and (own := numpys(case)) else {}),
            "gradients": list(self.gradients),
            "opaque": list(self.opaque),
            "lines": self.lines and dtype == self.dtypes[0],
            "seed": SEED,
            **self.parts(),
        }

    def kind_of(self, request: str) -> str:
        """What the case and dtype of a request have in common with others that try the same."""
        place, _, dtype = request.partition(".")
        return f"{kind_of(self.cases[int(place)])}, {dtype}"

    def parts(self) -> dict[str, Any]:
        """The functions whose calls of each other are noted, where there are several."""
        found = [[step.name, list(step.inputs), list(step.outputs)] for step in self.steps if step.is_defined]
        return {"parts": found} if len(found) > 1 else {}

    def data(self, seed: int) -> dict[str, Array]:
        """The drawn inputs, by the names under which they are served."""
        return {
            f"{self.id}/{place}.{dtype}/{name}": array
            for dtype in self.dtypes
            for place, case in enumerate(draw(self.cases, seed, dtype))
            for name, array in case.items()
        }

    def set_up(self, step: Signature) -> list[Signature]:
        """The steps before this one that student code has no part in."""
        own = students_own(self.steps)
        return [part for part in self.steps[: self.steps.index(step)] if part not in own]

    def right(self, seed: int) -> dict[str, Right]:
        """What is right in each case of a batch; worked out once."""
        if seed not in self.known:
            served = self.data(seed)
            self.known.clear()
            self.known[seed] = {request["id"]: self.worked_out(request, served) for request in self.requests()}
        return self.known[seed]

    def worked_out(self, request: Mapping[str, Any], served: Mapping[str, Array]) -> Right:
        """The reference's answer to one case, and to the same with inputs moved by a rounding."""
        arrays = {name: served[place] for name, place in request["arrays"].items()}
        request = {**request, "parts": []}
        header, found = play(self.names, request, arrays)
        for name, part in header["steps"].items():
            if wrong := part.keys() & {"error", "results"}:
                raise RuntimeError(f"the reference's {name}: {', '.join(str(part[key]) for key in wrong)}")
        quick = {**request, "lines": False}
        allowed = self.allowed(quick, arrays, found)
        wrong = {words: play({**self.names, **own}, quick, arrays)[1] for words, own in self.mistakes.items()}
        chance = self.by_chance(quick, arrays, header["steps"], found, allowed)
        return Right(header["steps"], found, allowed, wrong, quick, arrays, chance)

    def by_chance(
        self,
        request: Mapping[str, Any],
        arrays: Mapping[str, Array],
        steps: Mapping[str, Any],
        found: Mapping[str, Array],
        allowed: Mapping[str, Array],
    ) -> frozenset[str]:
        """The steps that give something else where student code draws other random numbers.

        None where the assignment itself sets a seed: it asks for these numbers, drawn in this order.
        """
        own, depend = [step.name for step in students_own(self.steps)], set[str]()
        if any("seed(" in step.code for step in self.steps):
            return frozenset()
        for seed in OTHER_SEEDS:
            header, others = play(self.names, {**request, "drawn anew": {"steps": own, "seed": seed}}, arrays)
            wrong = (key for key in found if difference(key, others.get(key), found[key], allowed[key]) is not None)
            said = (name for name, part in header["steps"].items() if part.get("said") != steps[name].get("said"))
            depend |= {*said, *(key.partition("/")[0] for key in wrong)}
            if not any("drew" in part for part in header["steps"].values()):
                break
        return frozenset(depend)

    def allowed(
        self,
        request: Mapping[str, Any],
        arrays: Mapping[str, Array],
        found: Mapping[str, Array],
        names: Mapping[str, Any] | None = None,
    ) -> dict[str, Array]:
        """How far other results may lie from the reference's, by what moves its own."""
        dtype = request["id"].partition(".")[2]
        others = [play(names or self.names, request, moved(arrays, dtype, number))[1] for number in range(DRAWS)]
        return {
            key: allowance(array, [other[key] for other in others if key in other], dtype)
            for key, array in found.items()
        }

    def step_alone(
        self, right: Right, step: Signature, given: Mapping[str, Any], parts: Mapping[str, Any] = MappingProxyType({})
    ) -> Right:
        """The reference's answer to one step of a case, with other inputs than its own earlier steps made, or with
        other `parts` in place of its functions. Steps that set the case up are taken again.

        Raises what the reference raises.
        """
        asked = [part for part in self.set_up(step) if part.name in right.header]
        steps = [[part.name, list(part.inputs), list(part.outputs), part.code] for part in (*asked, step)]
        request = {**(right.request or {}), "steps": steps}
        texts = {name: value for name, value in given.items() if not isinstance(value, np.ndarray)}
        arrays = {**right.inputs, **{name: value for name, value in given.items() if name not in texts}}
        request |= {"plain": {**request["plain"], **texts}, "gradients": []}
        names = {**self.names, **parts}
        header, found = play(names, request, arrays)
        if wrong := header["steps"][step.name].keys() & {"error", "results", "missing", "lost"}:
            raise RuntimeError(f"the reference's {step.name}: {', '.join(wrong)}")
        return Right(header["steps"], found, self.allowed(request, arrays, found, names))
