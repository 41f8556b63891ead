"""`gradient_check`: a student's gradients against numerical differences of the student's own function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from grader.checks.blocks.comparing import difference
from grader.checks.blocks.inputs import described, draw, drawn_of, plain
from grader.checks.blocks.signatures import Signature, signature
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.inside.asked.gradients import step_of, weights
from grader.probes import Ask
from grader.readings.faults import fault
from grader.readings.fields import numbers, text
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame

MOST = 400  # numbers of one input: each costs four calls
SHARE, MARGIN = 1e-5, 10.0  # of a gradient's size; times what differences at two steps are apart
ROUNDINGS, FLOAT32 = 16.0, 2.0**-24  # of a value that was computed in float32, in a row; the size of each
KINK = 1e-2  # differences at two steps are further apart than this share of the gradient's size
NAMES = ("d{}", "d_{}", "grad_{}", "{}_grad", "{}_gradient")


def gradient_check(
    forward: str,
    backward: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    torch: bool = False,
    per_case: bool = True,
    seconds: float = 20.0,
) -> Block:
    """Gradients are those of the student's own function, by numerical differences of it; no reference is needed.

    Three forms: `"affine_forward(x, w, b) -> out, cache"` with `"affine_backward(dout, cache) -> dx, dw, db"`; one
    function that gives both, `"softmax_loss(x, y) -> loss, dx"`; with `torch` a function or `autograd.Function`,
    `"Swish(x) -> out"`, which autograd differentiates. `dx`, `d_x`, `grad_x` or `x_grad` is the gradient by `x`.
    Cases are those of `same_as_reference`, in float64; `dout` is made here where they do not give it.

    Accepted: any way to write it, random numbers that follow the global seed. Caught: gradients of another function,
    a `dout` that is not used, signs, factors, transposed ones, a detached tensor, functions that do not depend on an
    input. A wrong forward with a backward that fits it passes: compare values with `same_as_reference`.

    Tolerances are measured: central differences at two steps (1e-3 and 5e-4 of the input's size) are combined as by
    Richardson; ten times what they are apart is allowed, 1e-5 of the gradient's size, and what rounding does to the
    differences of a function that computes in float32. Places where they disagree by 1 % lie at a kink and are left
    out; where that is half of them, a person is told. After the gradient checks of CS231n and
    `torch.autograd.gradcheck`. Raises AssignmentError where signatures and cases do not fit together, or where an input
    has more than 400 numbers.
    """
    first, second = signature(forward), None if backward is None else signature(backward)
    asked = _Gradients(first, second, tuple(cases), torch, per_case)
    asked.raise_if_odd()
    probe = Ask(asked.id, "gradients", [asked.request(place) for place in range(len(cases))], seconds, library=True)
    patterns = {one.pattern: 2 for one in (first, second) if one is not None}
    return Block(asked.check, (probe,), asked.data, patterns)


@dataclass(frozen=True, eq=False)
class _Gradients:
    forward: Signature
    backward: Signature | None
    cases: tuple[Mapping[str, Any], ...]
    torch: bool
    per_case: bool

    @property
    def id(self) -> str:
        """The same for the same question."""
        listed = repr([self.forward, self.backward, [described(case) for case in self.cases], self.torch])
        return f"gradients-{self.forward.name}-{sha256(listed.encode()).hexdigest()[:8]}"

    @property
    def name(self) -> str:
        """What is asked of the student."""
        return (self.backward or self.forward).name

    def by(self, case: Mapping[str, Any]) -> dict[str, str]:
        """Inputs by the names of the gradients by them."""
        inputs = [name for name in drawn_of(case) if name in self.forward.inputs and not drawn_of(case)[name].exact]
        if self.torch:
            return {f"the gradient by {name}": name for name in inputs}
        outputs = self.backward.outputs if self.backward else self.forward.outputs[1:]
        every = {form.format(name): name for name in inputs for form in NAMES}
        return {name: every[name] for name in outputs if name in every}

    def raise_if_odd(self) -> None:
        """Raises AssignmentError."""
        if not self.cases:
            raise AssignmentError("gradient_check: expected at least one case")
        for case in self.cases:
            if lacking := [name for name in self.forward.inputs if name not in case]:
                raise AssignmentError(f"gradient_check: a case gives no {', '.join(lacking)}")
            if not (by := self.by(case)):
                raise AssignmentError(f"gradient_check: {self.name}: expected results such as dx for the input x")
            for name in by.values():
                if (size := int(np.prod(drawn_of(case)[name].shape))) > MOST:
                    raise AssignmentError(f"gradient_check: expected at most {MOST} numbers in {name}, found {size:,}")
        if self.backward and (odd := set(self.backward.inputs[1:]) - set(self.forward.outputs)):
            raise AssignmentError(f"gradient_check: {self.forward.name} gives no {', '.join(sorted(odd))}")

    def request(self, place: int) -> dict[str, Any]:
        """What the box is told of a case."""
        case, back = self.cases[place], self.backward
        return {
            "id": str(place),
            "forward": [self.forward.name, list(self.forward.inputs), len(self.forward.outputs)],
            "backward": None if back is None else [back.name, list(back.inputs), list(back.outputs)],
            "outputs": list(self.forward.outputs),
            "by": self.by(case),
            "plain": plain(case),
            "arrays": {name: f"{self.id}/{place}/{name}" for name in drawn_of(case)},
            "torch": self.torch,
        }

    def data(self, seed: int) -> dict[str, Array]:
        """The drawn inputs, by the names under which they are served."""
        given = enumerate(draw(self.cases, seed, "float64"))
        return {f"{self.id}/{place}/{name}": array for place, case in given for name, array in case.items()}

    def check(self, evidence: Evidence) -> Finding:
        """Judge each case and put the verdicts together into one finding."""
        found, given = answers(evidence, self.id, self.name), draw(self.cases, evidence.seed, "float64")
        if all(isinstance(found.tried(str(place)), MissingEvidence) for place in range(len(self.cases))):
            found["0"]  # raises: it is said once
        verdicts, unclear = [], []
        for place, case in enumerate(self.cases):
            frame = found.tried(str(place))
            why = frame.reason if isinstance(frame, MissingEvidence) else self.not_run(frame)
            if why is None and not isinstance(frame, MissingEvidence):
                compared = _Compared(frame, given[place], self.by(case), self.counted(given[place]))
                unclear += compared.unclear()
                verdicts.append(CaseVerdict(described(case), tuple(compared.problems(self.forward.name))))
            else:
                verdicts.append(CaseVerdict(described(case), (why or "",)))
        if unclear and not any(verdict.problems for verdict in verdicts):
            return Finding.ungraded(f"numerical differences of {self.forward.name} do not settle: {unclear[0]}")
        agrees, differs = "agrees with numerical differences on", "differs from numerical differences on"
        return finding(f"the gradient of {self.name}", verdicts, per_case=self.per_case, agrees=agrees, differs=differs)

    def counted(self, given: Mapping[str, Array]) -> Array | None:
        """What each number of the output counts; None for the usual weights."""
        if self.backward is not None:
            return given.get(self.backward.inputs[0])
        return None if self.torch else np.ones(())

    def not_run(self, frame: Frame) -> str | None:
        """Why there is nothing to compare. Raises MissingEvidence if that is ours, or for a hole of the template."""
        during = text(frame.header.get("during"), 100) or self.name
        if (raised := fault(frame.header)) is not None:
            if (missing := raised.as_missing(during)).ours or raised.unattempted:
                raise missing
            return missing.reason
        if "results" in frame.header:
            outputs = self.forward.outputs
            return f"{self.forward.name}: expected {len(outputs)} results ({', '.join(outputs)})"
        return None if "tried" in frame.header else f"{self.name} gave no result"


@dataclass(frozen=True, eq=False)
class _Compared:
    """One case: the gradients that came back, and the function around the inputs."""

    frame: Frame
    given: Mapping[str, Array]
    by: Mapping[str, str]
    counted: Array | None

    def problems(self, name: str) -> Iterator[str]:
        """What is wrong, in words."""
        out, again = (numbers(self.frame.arrays.get(part)) for part in ("out", "again"))
        if out is None or not np.isfinite(out).all():
            yield f"{name} gives numbers that are NaN or infinite"
        elif self.counted is not None and self.counted.shape not in (out.shape, ()):
            shapes = [" × ".join(map(str, shape)) or "a number" for shape in (out.shape, self.counted.shape)]
            yield f"the result of {name} has shape {shapes[0]}, expected {shapes[1]}"
        elif again is None or not np.array_equal(out, again):
            yield f"{name} gives other numbers when it is called again with the same inputs"
        else:
            for gradient in self.by:
                yield from self.of_one(gradient, out, name)

    def of_one(self, gradient: str, out: Array, name: str) -> Iterator[str]:
        """What is wrong with one gradient; nothing if it is right."""
        right, allowed = self.numerical(self.by[gradient], self.weighted(out))
        if not right.any():
            yield f"{name} does not depend on {self.by[gradient]}"
            return
        own = numbers(self.frame.arrays.get(f"gradient/{gradient}"))
        kinks = ~np.isfinite(allowed)
        if own is not None and own.shape == right.shape:
            right = np.where(kinks & np.isfinite(own), own, right)
        if (problem := difference(gradient, own, right, allowed)) is None:
            return
        plain_sum, near = self.numerical(self.by[gradient], np.ones(out.size))
        unused = own is not None and difference(gradient, own, plain_sum, near) is None
        yield problem + _relative(own, right, allowed) + ("; dout is not used: multiply by it" if unused else "")

    def unclear(self) -> list[str]:
        """Inputs at which differences at two steps disagree in half of the places."""
        out = numbers(self.frame.arrays.get("out"))
        if out is None or (self.counted is not None and self.counted.shape not in (out.shape, ())):
            return []
        kinks = {name: ~np.isfinite(self.numerical(name, self.weighted(out))[1]) for name in self.by.values()}
        return [
            f"{part.sum():,} of {part.size:,} numbers of {name}" for name, part in kinks.items() if part.mean() > 0.5
        ]

    def weighted(self, out: Array) -> Array:
        """What each number of the output counts, in one row."""
        chosen = weights(out.shape) if self.counted is None else np.broadcast_to(self.counted, out.shape)
        return np.asarray(chosen).reshape(-1)

    def numerical(self, name: str, counted: Array) -> tuple[Array, Array]:
        """The gradient by an input, and how far another may lie from it: infinitely far at a kink."""
        given = self.given[name]
        values = numbers(self.frame.arrays.get(f"moved/{name}"))
        if values is None or values.shape != (given.size, 4, counted.size):
            return np.full(given.shape, np.nan), np.full(given.shape, np.inf)
        sums = values @ counted
        wide = (sums[:, 0] - sums[:, 1]) / (2 * step_of(given))
        narrow = (sums[:, 2] - sums[:, 3]) / step_of(given)
        right, apart = (4 * narrow - wide) / 3, np.abs(narrow - wide)
        size = np.abs(right) + np.sqrt(np.mean(right**2))
        settled = apart <= KINK * size
        allowed = SHARE * size + MARGIN * np.maximum(apart, np.median(apart))
        if np.array_equal(values, values.astype(np.float32)):  # it computes in float32, and gives no more
            allowed += MARGIN * np.sqrt(np.mean(np.where(settled, apart, 0) ** 2))
            allowed += _rounding(values, counted, right * given.reshape(-1)) / step_of(given)
        allowed[~settled] = np.inf
        return right.reshape(given.shape), allowed.reshape(given.shape)


def _rounding(values: Array, counted: Array, through: Array) -> float:
    """How far float32 may put sums of values off. Inputs, which count `through` its gradient, are rounded as well."""
    squares = np.max(np.square(values) @ np.square(counted)) + np.sum(np.square(through))
    return float(ROUNDINGS * FLOAT32 * np.sqrt(squares))


def _relative(own: Array | None, right: Array, allowed: Array) -> str:
    """The largest relative error, and where."""
    if own is None or own.shape != right.shape or not np.isfinite(own).all():
        return ""
    apart = np.where(np.abs(own - right) > allowed, np.abs(own - right), 0)
    relative = apart / np.maximum(np.maximum(np.abs(own), np.abs(right)), 1e-12)
    place = np.unravel_index(int(np.argmax(relative)), own.shape)
    return f"; the largest relative error is {relative[place]:.2g} at [{', '.join(map(str, place))}]"
