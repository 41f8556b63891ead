"""`same_distribution`: functions that draw random numbers give results of the reference's distribution."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from grader.checks.blocks.answered_steps import by_place, left_alone, of_step, touched
from grader.checks.blocks.comparing import GRADIENT, unasked
from grader.checks.blocks.distributions import differences, together_otherwise
from grader.checks.blocks.named_mistakes import Mistakes, replaced
from grader.checks.blocks.played import Calls, Right
from grader.checks.blocks.signatures import Signature, steps_of
from grader.checks.blocks.step_blocks import OPAQUE, Chain, StepBlocks, raise_if_odd
from grader.checks.blocks.verdicts import CaseVerdict
from grader.evidence import MissingEvidence
from grader.inside.asked.calls import AFTER
from grader.inside.asked.draws import drawn
from grader.probes import Ask
from grader.readings.answered import Answered
from grader.readings.faults import fault
from grader.readings.fields import count, numbers, own_arrays, texts
from grader.sandbox.protocol import Array, Frame
from grader.words import counted

OTHERS = 3  # times as many calls of the reference: its own chance counts little
FEWER = 2  # times fewer calls of a wrong version: seen in these, it is seen in all whatever is drawn
OTHER_SEED = 11
SLOW = "a person has to look; instructors: ask for fewer draws, smaller inputs, or more seconds"


def same_distribution(  # noqa: PLR0913 - all but the signatures are named
    *signatures: str,
    reference: ModuleType | Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    draws: int = 1000,
    torch: bool = False,
    gradients: Sequence[str] = (),
    per_case: bool = True,
    in_place: Literal["half", "wrong", "allowed"] = "half",
    opaque: Sequence[str] = OPAQUE,
    mistakes: Mistakes | None = None,
    also: Sequence[ModuleType | Mapping[str, Any]] = (),
    seconds: float = 20.0,
) -> Chain:
    """Functions that draw random numbers give what the reference gives, as often as it does.

    `signatures` and `cases` as for `same_as_reference`; each case is called `draws` times with the same inputs, and
    what comes back, number by number, is held against three times as many calls of the reference: dropout, sampling
    from a model, exploration, augmentation, initial weights, reparameterised normal numbers (with `torch`,
    `gradients` are compared as distributions too).

    Accepted: any generator, in any order of drawing, also one that an object seeds when it is made. Caught: another
    distribution (the test of Kolmogorov and Smirnov; of few values, or of zeros, shares), many numbers that are each a
    little too large, too wide or of another kind, numbers that depend on each other otherwise, also those of two
    results (pairs, sums with random signs, whole results where these are few) or of two calls in a row, the same
    numbers at each call, other shapes, a detached gradient; inputs that
    any call changes in place where the reference leaves them alone (`in_place`: half of the case by default), or leaves
    alone where it changes them. What differs is said: how often a value comes, the mean, the deviation. Right work is
    wrong by chance in fewer than one of 10,000 cases; with 1,000 draws a share or a distribution function that is 0.12
    off is seen, with 4,000 one that is 0.06 off. Values that the reference never gives are seen when they come in 2 %
    of 1,000 calls.
    `mistakes` are wrong versions of the reference's functions by words, as for `same_as_reference`: one that half as
    many calls with these inputs do not tell from the reference leaves the criterion to a person. `also`, too, is as
    there: `{"p_sample": other_variance}` where a handout leaves open which one.
    Raises AssignmentError as `same_as_reference` does.
    """
    steps = steps_of(signatures)
    asked = _Draws(
        steps=steps,
        reference=reference,
        cases=tuple(cases),
        dtypes=("float32",) if torch else ("float64",),
        torch=torch,
        gradients=tuple(gradients),
        opaque=tuple(opaque),
        lines=False,
        mistakes=replaced(mistakes or {}, steps),
        draws=draws,
    )
    raise_if_odd("same_distribution", asked)
    probe = Ask(asked.id, "draws", asked.requests(), seconds, library=True)
    return _Random(asked, per_case, in_place).beside(also).chain(probe)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Draws(Calls):
    draws: int

    def request(self, place: int, dtype: str) -> dict[str, Any]:
        return super().request(place, dtype) | {"draws": self.draws}

    def parts(self) -> dict[str, Any]:
        return {}

    def worked_out(self, request: Mapping[str, Any], served: Mapping[str, Array]) -> Right:
        arrays = {name: served[place] for name, place in request["arrays"].items()}
        header, found = drawn(self.names, {**request, "draws": OTHERS * self.draws, "seed": OTHER_SEED}, arrays)
        for name, part in header["steps"].items():
            if wrong := part.keys() & {"error", "results", "uneven"}:
                raise RuntimeError(f"the reference's {name}: {', '.join(str(part[key]) for key in wrong)}")
        fewer = {**request, "draws": max(2, self.draws // FEWER), "seed": OTHER_SEED + 1}
        wrong = {words: drawn({**self.names, **own}, fewer, arrays)[1] for words, own in self.mistakes.items()}
        return Right(header["steps"], found, {}, wrong)


@dataclass(frozen=True, eq=False)
class _Random(StepBlocks):
    asked: _Draws
    in_place: str
    instead = "ask for more draws"

    def weak(self, step: Signature, right: Mapping[str, Right]) -> list[str]:
        found = [array for one in right.values() for _, array in one.of(step.name)]
        still = found and all((array == array[0]).all() for array in found)
        if still:
            return [f"{step.name} draws nothing: use same_as_reference"]
        return [
            f"{step.name} that {words}"
            for words, own in self.asked.mistakes.items()
            if step.called & own.keys() and found and not any(_apart(one, step.name, words) for one in right.values())
        ]

    def verdict(
        self, found: Answered[Frame], step: Signature, request: Mapping[str, Any], right: Mapping[str, Right] | None
    ) -> CaseVerdict:
        """As of any step. To be called so often is no demand of the handout's: a slow function may be right."""
        frame = found.tried(request["id"])
        if not isinstance(frame, MissingEvidence) and (whole := count(frame.header.get("whole"))):
            faults = [(one.name, fault(of_step(frame, one.name))) for one in self.asked.steps]
            if slow := [name for name, one in faults if one is not None and one.error.startswith("TimeoutError")]:
                why = f"there was time for {counted(whole, 'call')} of {self.asked.draws:,} to {slow[0]}"
                raise MissingEvidence(why, ours=True, hint=SLOW)
        return super().verdict(found, step, request, right)

    def compared(self, words: str, step: Signature, frame: Frame, part: Mapping[str, Any], right: Right) -> CaseVerdict:
        uneven, problems = texts(part.get("uneven"), 20, 100), list[str]()
        for key, array in right.of(step.name):
            own = _of_calls(frame, f"{step.name}/{key}", array)
            if own is None or (key.startswith(GRADIENT) and array.any() and not own.any()):
                problems.append(_lacking(key, uneven))
            elif own.shape[1:] != array.shape[1:] or len(own) < 2:
                problems.append(f"{key} has shape {_shape(own)}, expected {_shape(array)}")
            else:
                problems += differences(key, own, array)
        problems = problems or list(_with_each_other(step, frame, right)) or list(_with_earlier(step, frame, right))
        problems += unasked(own_arrays(frame, f"{step.name}/"), dict(right.of(step.name)))
        in_place = touched(part, right.header[step.name], step)
        wrong = in_place if self.in_place == "wrong" else ()
        slight = in_place if self.in_place == "half" else ()
        return CaseVerdict(
            words,
            by_place((*problems, *wrong), self.asked.steps, step.name),
            by_place(slight, self.asked.steps, step.name),
        )


def _of_calls(frame: Frame, place: str, wanted: Array) -> Array | None:
    """What came of the calls, one under the other. One number may come in an array of one."""
    own = numbers(frame.arrays.get(place))
    return own.reshape(-1) if own is not None and wanted.ndim == 1 and own.size == len(own) else own


def _apart(right: Right, name: str, words: str) -> bool:
    """Whether a case tells a wrong version from the reference."""
    own = right.versions(name)[words]
    known = [(key, array) for key, array in right.of(name) if not key.startswith(GRADIENT)]
    if any(key not in own or own[key].shape[1:] != array.shape[1:] for key, array in known):
        return True
    pairs = itertools.combinations(known, 2)
    return any(any(differences(key, own[key], array)) for key, array in known) or any(
        together_otherwise((own[key], own[other]), (array, before)) for (key, array), (other, before) in pairs
    )


def _with_each_other(step: Signature, frame: Frame, right: Right) -> Iterator[str]:
    """Results of one call that do not go together, as when a picture and its mask are turned each by a coin of its own.

    Gradients are those of another call.
    """
    known = [(key, array) for key, array in right.of(step.name) if not key.startswith(GRADIENT)]
    for (key, array), (other, before) in itertools.combinations(known, 2):
        first, second = (
            _of_calls(frame, f"{step.name}/{name}", wanted) for name, wanted in ((key, array), (other, before))
        )
        if first is not None and second is not None and together_otherwise((first, second), (array, before)):
            yield f"{other} does not go with {key}: are random numbers drawn for each of them?"
            return


def _with_earlier(step: Signature, frame: Frame, right: Right) -> Iterator[str]:
    """Results that do not go with those of an earlier step, as when a mask is drawn a second time."""
    names = list(right.header)
    earlier = [(name, key, array) for name in names[: names.index(step.name)] for key, array in right.of(name)]
    for key, array in right.of(step.name):
        for name, other, before in earlier:
            first = _of_calls(frame, f"{name}/{other}", before)
            second = _of_calls(frame, f"{step.name}/{key}", array)
            if first is None or second is None or first.shape[1:] != before.shape[1:]:
                continue
            if together_otherwise((first, second), (before, array)):
                yield f"{key} does not go with {other} of {name}: are random numbers drawn a second time?"
                return


def _lacking(key: str, uneven: Sequence[str]) -> str:
    if key.startswith(GRADIENT):
        return f"no gradient reaches {key.removeprefix(GRADIENT)}"
    if key.startswith(AFTER) and key not in uneven:
        return left_alone(key)
    return f"{key} has another shape at each call" if key in uneven else f"{key} is missing"


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape[1:])) or "a single number"
