"""`same_steps`: an optimizer that a student wrote, step by step beside the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.comparing import DRAWS, allowance, difference, moved
from grader.checks.blocks.inputs import described
from grader.checks.blocks.optimizers import mistakes
from grader.checks.blocks.signatures import Signature, signature
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.inside.asked.steps import walk
from grader.probes import Ask
from grader.readings.faults import fault
from grader.readings.fields import numbers
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame

SHAPES = ((3, 4), (5,))
PARAMETER = "parameter/"


def same_steps(  # noqa: PLR0913 - all but the first are named
    made: str,
    *,
    reference: ModuleType | Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    torch: bool = False,
    steps: int = 6,
    state: Sequence[str] = (),
    per_case: bool = True,
    seconds: float = 10.0,
) -> Block:
    """An optimizer goes where the reference's goes, step by step, on given gradients.

    With `torch` a class as PyTorch's, `"Adam(params, lr, betas)"`, whose `step()` uses `grad` of two parameters; the
    reference may be PyTorch's own, `{"Adam": torch.optim.Adam}`. Without, a function as CS231n's,
    `"adam(w, dw, config) -> next_w, config"`. Each of `cases` gives the other arguments: `{"lr": 0.01}`, or
    `{"config": {"learning_rate": 0.01}}`.

    Accepted: any names for what it remembers, in place or not, subclasses of `Optimizer` or plain classes. What it
    remembers is judged by the steps that come of it; where the handout says what it is called, `state` names it
    (`"m"`), and it is compared after each step: an entry of `config` or of `state[parameter]`, or an attribute. Caught:
    any other step; the first one is said, and what it looks like for forms of Adam, AdamW, SGD and RMSprop: bias
    correction that is missing, epsilon inside the root, weight decay coupled or decoupled, dampening, betas that are
    swapped.

    Gradients differ in size from number to number, 1e-4 to 1, so that epsilon shows. Tolerances are measured as in
    `same_as_reference`: four times what the reference's parameters move when start and gradients are moved by 1e-7 of
    themselves. A reference that does not move leaves it to a person. Sources: Kingma and Ba (2015), Loshchilov and
    Hutter (2019), PyTorch's documentation. Raises AssignmentError where signature and cases do not fit together.
    """
    asked = _Steps(signature(made), reference, tuple(cases), torch, steps, per_case, tuple(state))
    asked.raise_if_odd()
    probe = Ask(asked.id, "steps", [asked.request(place) for place in range(len(cases))], seconds, library=True)
    hidden = isinstance(reference, Hidden)
    return Block(asked.check, (probe,), asked.data, {asked.made.pattern: 2}, hidden, asked.preview)


@dataclass(frozen=True, eq=False)
class _Steps:
    made: Signature
    reference: ModuleType | Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    torch: bool
    steps: int
    per_case: bool
    state: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same question."""
        listed = repr([self.made, [described(case) for case in self.cases], self.torch, self.steps, *self.state])
        return f"steps-{self.made.name}-{sha256(listed.encode()).hexdigest()[:8]}"

    @property
    def names(self) -> Mapping[str, Any]:
        """What the reference defines."""
        return self.reference if isinstance(self.reference, Mapping) else vars(self.reference)

    def raise_if_odd(self) -> None:
        """Raises AssignmentError."""
        if not self.cases or self.steps < 2:
            raise AssignmentError("same_steps: expected at least one case and two steps")
        needed = self.made.inputs[1:] if self.torch else self.made.inputs[2:]
        if not self.torch and len(self.made.inputs) != 3:
            raise AssignmentError(
                "same_steps: expected a function such as 'adam(w, dw, config) -> next_w, config', or torch=True and a "
                "class such as 'Adam(params, lr)'"
            )
        for case in self.cases:
            if set(case) != set(needed):
                raise AssignmentError(f"same_steps: expected {', '.join(needed)} in a case, found {', '.join(case)}")
        if not isinstance(self.reference, Hidden) and self.made.name not in self.names:
            raise AssignmentError(f"same_steps: the reference has no {self.made.name}")

    def request(self, place: int) -> dict[str, Any]:
        """What the box is told of a case."""
        parts = {part: [f"{self.id}/{place}/{part}/{n}" for n in range(len(SHAPES))] for part in ("start", "gradients")}
        asked = {"id": str(place), "asked": self.made.name, "inputs": list(self.made.inputs), "torch": self.torch}
        return {**asked, "plain": dict(self.cases[place]), "state": list(self.state), **parts}

    def data(self, seed: int) -> dict[str, Array]:
        """Where each parameter starts, and its gradients."""
        found: dict[str, Array] = {}
        for place in range(len(self.cases)):
            request = self.request(place)
            for number, shape in enumerate(SHAPES):
                rng = np.random.default_rng([seed, place, number, 11])
                sizes = 10.0 ** rng.uniform(-4, 0, shape)
                found[request["start"][number]] = rng.standard_normal(shape)
                found[request["gradients"][number]] = sizes * rng.standard_normal((self.steps, *shape))
        return found

    def check(self, evidence: Evidence) -> Finding:
        """Judge each case and put the verdicts together into one finding."""
        served, found = self.data(evidence.seed), self.frames(evidence)
        rights = [self.right(self.request(place), served) for place in range(len(self.cases))]
        for place, right in enumerate(rights):
            if not right.moves(served, self.request(place)):
                return Finding.ungraded(f"the reference does not move with {described(self.cases[place])}")
        verdicts = [
            CaseVerdict(described(case), tuple(self.problems(frame, right, served, self.request(place))))
            for place, (case, frame, right) in enumerate(zip(self.cases, found, rights, strict=True))
        ]
        agrees, differs = f"takes the reference's {self.steps} steps on", "differs from the reference on"
        return finding(self.made.name, verdicts, per_case=self.per_case, agrees=agrees, differs=differs)

    def preview(self, evidence: Evidence) -> Finding:
        """What students may know: that it runs."""
        frames = self.frames(evidence)
        problems = [tuple(part for part in [self.not_run(frame)] if part) for frame in frames]
        verdicts = [CaseVerdict(described(case), one) for case, one in zip(self.cases, problems, strict=True)]
        shown = finding(self.made.name, verdicts, per_case=True, agrees="runs on", differs="does not run on")
        if not any(problems):
            return Finding.ungraded(f"{shown.message}; its steps are checked when the work is graded")
        return shown

    def frames(self, evidence: Evidence) -> list[Frame | MissingEvidence]:
        """What came back. Raises MissingEvidence where nothing did."""
        found = answers(evidence, self.id, self.made.name)
        tried = [found.tried(str(place)) for place in range(len(self.cases))]
        if all(isinstance(one, MissingEvidence) for one in tried):
            found["0"]  # raises: it is said once
        return tried

    def not_run(self, frame: Frame | MissingEvidence) -> str | None:
        """Why it did not take all steps. Raises MissingEvidence if that is ours, or for a hole of the template."""
        if isinstance(frame, MissingEvidence):
            return frame.reason
        if (raised := fault(frame.header)) is not None:
            if (missing := raised.as_missing(self.made.name)).ours or raised.unattempted:
                raise missing
            return missing.reason
        return None if "tried" in frame.header else f"{self.made.name} gave no result"

    def problems(
        self, frame: Frame | MissingEvidence, right: _Right, served: Mapping[str, Array], request: Mapping[str, Any]
    ) -> Iterator[str]:
        """The first step that differs, and what it looks like."""
        if (problem := self.not_run(frame)) is not None or isinstance(frame, MissingEvidence):
            yield problem or ""
            return
        own = {name: numbers(frame.arrays.get(name)) for name in right.found}
        lacking = [name for name, part in own.items() if part is None or part.shape != right.found[name].shape]
        if lacking:
            there = own[lacking[0]] is not None
            yield f"{_words(lacking[0])} " + (
                "has another shape after a step" if there else "is not there after each step"
            )
            return
        for step in range(self.steps):
            for name, array in right.found.items():
                part, allowed = own[name], right.allowed[name][step]
                assert part is not None  # noqa: S101 - looked at above
                if problem := difference(f"after step {step + 1}, {_words(name)}", part[step], array[step], allowed):
                    yield problem + self.looks_like(name, part, right, served, request)
                    return

    def looks_like(
        self, name: str, own: Array, right: _Right, served: Mapping[str, Array], request: Mapping[str, Any]
    ) -> str:
        """A mistake that leads to the same parameters."""
        place = int(name.rpartition("/")[2])
        given = [served[request[part][place]] for part in ("start", "gradients")]
        plain = request["plain"]
        options = plain if self.torch else plain[self.made.inputs[2]]
        if not name.startswith(PARAMETER):
            return ""
        for words, other in mistakes(options, given[0], given[1], right.found[name]):
            if np.all(np.abs(own - other) <= 2 * right.allowed[name]):
                return f"; {words}"
        return ""

    def right(self, request: Mapping[str, Any], served: Mapping[str, Array]) -> _Right:
        """The reference's parameters, and how far others may lie from them."""
        header, found = walk(self.names, request, served)
        if "error" in header:
            raise RuntimeError(f"the reference's {self.made.name}: {header['error']}")
        if lacking := [name for name in self.state if not any(key.startswith(f"{name}/") for key in found)]:
            raise RuntimeError(f"the reference's {self.made.name} has no {lacking[0]} after each step")
        others = [walk(self.names, request, moved(served, "float64", number))[1] for number in range(DRAWS)]
        allowed = {name: allowance(part, [one[name] for one in others], "float64") for name, part in found.items()}
        return _Right(found, allowed)


@dataclass(frozen=True)
class _Right:
    found: Mapping[str, Array]
    allowed: Mapping[str, Array]

    def moves(self, served: Mapping[str, Array], request: Mapping[str, Any]) -> bool:
        """Whether parameters that stay where they are would be seen."""
        starts = [served[name] for name in request["start"]]
        names = [name for name in self.found if name.startswith(PARAMETER)]
        last = zip(starts, (self.found[name] for name in names), (self.allowed[name] for name in names), strict=True)
        return all(bool((np.abs(found[-1] - start) > allowed[-1]).any()) for start, found, allowed in last)


def _words(name: str) -> str:
    """`parameter 1` for `parameter/0`, `m of parameter 1` for `m/0`."""
    what, _, place = name.rpartition("/")
    return ("" if name.startswith(PARAMETER) else f"{what} of ") + f"parameter {int(place) + 1}"
