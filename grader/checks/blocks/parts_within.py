"""A module whose part is wrong is judged by what is right for what that part gives.

`grader/inside/asked/parts_within.py` notes what the student's parts were called with and gave.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.checks.blocks.carried import candidates
from grader.checks.blocks.compared_modules import ComparedModule
from grader.checks.blocks.handed_on import fit
from grader.checks.blocks.own_parts import OtherCall
from grader.checks.blocks.pieces import Take
from grader.checks.blocks.seen_modules import SeenModule
from grader.readings.fields import mapping, numbers, sequence, texts
from grader.sandbox.protocol import Array, Frame

if TYPE_CHECKING:
    from torch import Tensor

NEAR = 1e-4  # of the largest number that a part is called with, or that comes back to it
MOST_TRIED = 200
MOST_PLACES = 20
SIDES = ("in", "out", "in slope", "out slope")
Side = Mapping[int, Array]


@dataclass(frozen=True)
class PartCall:
    """What a student's part was called with and gave, by place, and the gradients that came back at both ends; to
    which of those that it was given gradients can come back, and whether they can from what it gave.
    """

    given: Side
    gave: Side
    slopes_given: Side
    slopes_gave: Side
    learns: frozenset[int]
    gives: bool

    @property
    def cut(self) -> frozenset[int]:
        """Where gradients end in the part: nothing is known of what happens to them before it."""
        there = any(array.any() for array in self.slopes_gave.values())
        back = {number for number, array in self.slopes_given.items() if array.any()}
        return self.learns - back if there or not self.gives else frozenset()


class Excuse(Enum):
    """What a part excuses: nothing, all that differs, or all but gradients that it cuts off, which hides mistakes."""

    NOTHING = 0
    ALL = 1
    BUT_GRADIENTS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class WithOwnPart(ComparedModule):
    """The reference, in which one part gives what the student's gave."""

    part: str
    home: Mapping[str, Any]
    calls: Mapping[str, Sequence[PartCall]]

    def run(self, request: Mapping[str, Any], served: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, Array]]:
        """Run by run: in each the part gave something else."""
        from grader.inside.asked.parts_within import parts_replaced

        header: dict[str, Any] = {}
        arrays: dict[str, Array] = {}
        for run in request["runs"]:
            taken = functools.partial(_taken, calls=self.calls[run["name"]])
            with parts_replaced(self.module, self.part, self.home, taken):
                told, found = super().run({**request, "runs": [run]}, served)
            header |= told
            arrays |= found
        return header, arrays


@dataclass(frozen=True, eq=False)
class OwnPart:
    """A part of the student's by its name, where the reference has its own, and which parameters are optional."""

    name: str
    home: Mapping[str, Any]
    optional: Sequence[str] = ()

    def excuses(self, bare: ComparedModule, frame: Frame, seen: SeenModule, served: Mapping[str, Array]) -> Excuse:
        """Whether a student's module is the reference's (`bare`: without weights) if this part gives what the
        student's gave.
        """
        from grader.inside.asked.parts_within import modules_named

        calls = {run.name: list(_calls(frame, run.name, self.name)) for run in bare.asked.runs}
        if not all(calls.values()):
            return Excuse.NOTHING
        own = texts((mapping(frame.header.get("within")) or {}).get(self.name), 100, 200)
        theirs = list(modules_named(bare.module, self.name))
        every = [(name, tuple(part.shape)) for name, part in bare.module.named_parameters()]
        wanted = [pair for pair in every if not _is_within(pair[0], theirs)]
        cuts = [call for run in calls.values() for call in run if call.cut]
        whole = any(call.cut == call.learns for call in cuts)
        for parameters in (seen.parameters, seen.every) if seen.every != seen.parameters else (seen.parameters,):
            outside = replace(seen, parameters=tuple(pair for pair in parameters if not _is_within(pair[0], own)))
            carried = itertools.islice(candidates(outside.parameters, wanted, self.optional), MOST_TRIED)
            if any(self.is_right(bare, takes, calls, outside, served) for takes in carried):
                if parameters == seen.parameters and not whole:
                    return Excuse.ALL
                return Excuse.BUT_GRADIENTS if cuts else Excuse.NOTHING
        return Excuse.NOTHING

    def is_right(
        self,
        bare: ComparedModule,
        takes: Mapping[str, Take],
        calls: Mapping[str, Sequence[PartCall]],
        seen: SeenModule,
        served: Mapping[str, Array],
    ) -> bool:
        """Whether it is with the student's weights carried so."""
        given = {**vars(bare), "takes": takes, "part": self.name, "home": self.home, "calls": calls}
        one = WithOwnPart(**given)
        try:
            return not one.distance(seen, served)[0] and not one.problems(seen, served)
        except RuntimeError:  # the reference calls the part otherwise
            return False


def _is_within(name: str, modules: Sequence[str]) -> bool:
    return any(name.startswith(f"{module}.") for module in modules)


def _calls(frame: Frame, run: str, part: str) -> Iterator[PartCall]:
    told = mapping((mapping(frame.header.get("runs")) or {}).get(run)) or {}
    for number, name in enumerate(texts(told.get("parts"), 20, 200)):
        if name == part:
            place = f"{run}/part {number}"
            given, gave, back, there = (_side(frame, f"{place}/{side}") for side in SIDES)
            learns, gives = (sequence(told.get(key))[number : number + 1] for key in ("learns", "gives"))
            places = frozenset(
                place for listed in learns for place in sequence(listed, MOST_PLACES) if type(place) is int
            )
            yield PartCall(given, gave, back, there, places, gives != [False])


def _side(frame: Frame, place: str) -> Side:
    found = {number: numbers(frame.arrays.get(f"{place}/{number}")) for number in range(MOST_PLACES)}
    return {number: array for number, array in found.items() if array is not None}


def _taken(part: Any, calls: Sequence[PartCall]) -> Any:
    """The reference's part, which gives what the student's gave for the same. Raises OtherCall."""
    from torch import Tensor

    from grader.inside.asked.parts_within import arguments, like, tensors

    def call(*args: Any, **named: Any) -> Any:
        bound = arguments(part, args, named)
        values = enumerate(bound.arguments.values() if bound else ())
        given = {number: value for number, value in values if isinstance(value, Tensor)}
        known = next((one for one in calls if _is_for(one, given)), None)
        result = part(*args, **named)
        if known is None:
            known = _by_sample(calls, given, tensors(result))
        return like(result, _in_place(known, given, tensors(result)))

    return call


def _is_for(call: PartCall, given: Mapping[int, Tensor], row: int | None = None) -> bool:
    """Whether a part was called with these numbers; or with those of one sample."""
    if given.keys() != call.given.keys():
        return False
    if row is None:
        return all(_near(given[number], call.given[number]) for number in given)
    return all(_near(given[number][row], call.given[number][row]) for number in given)


def _by_sample(calls: Sequence[PartCall], given: Mapping[int, Tensor], right: Sequence[Tensor]) -> PartCall:
    """A call put together from the student's, sample by sample: after a sequence has ended, nobody says what a
    recurrent cell is called with. A sample that is in none of them keeps what the reference gives, and no gradient may
    come back to it: so it has to be one that nothing depends on. Raises OtherCall.
    """
    numbers = {part.shape[0] if part.ndim else 0 for part in (*given.values(), *right)}
    if len(numbers) != 1 or numbers == {0}:
        raise OtherCall("called with something else")
    [count] = numbers
    gave = dict(enumerate(right))
    alike = [one for one in calls if _shapes(one.given) == _shapes(given) and _shapes(one.gave) == _shapes(gave)]
    found = [next((one for one in alike if _is_for(one, given, row)), None) for row in range(count)]
    there = [one for one in found if one is not None]
    if not alike or len({(one.learns, one.gives) for one in there}) > 1:
        raise OtherCall("called with something else")
    own = {number: part.detach().numpy() for number, part in gave.items()}
    nothing = {number: np.zeros(tuple(part.shape)) for number, part in given.items()}

    def put(side: str, without: Mapping[int, Array]) -> Side:
        rows = [without if one is None else {**without, **getattr(one, side)} for one in found]
        return {number: np.stack([part[number][row] for row, part in enumerate(rows)]) for number in without}

    slopes = {number: np.zeros(array.shape) for number, array in own.items()}
    back = {number: array for number, array in nothing.items() if any(number in one.slopes_given for one in there)}
    return replace(
        there[0] if there else max(alike, key=lambda one: len(one.learns)),
        given=put("given", nothing),
        gave=put("gave", own),
        slopes_given=put("slopes_given", back),
        slopes_gave=put("slopes_gave", slopes),
    )


def _shapes(side: Mapping[int, Tensor] | Side) -> dict[int, tuple[int, ...]]:
    return {number: tuple(part.shape) for number, part in side.items()}


def _near(tensor: Tensor, array: Array) -> bool:
    found = tensor.detach().numpy()
    if found.shape != array.shape:
        return False
    first, second = found.astype(np.float64), array.astype(np.float64)
    size = float(np.abs(first[np.isfinite(first)]).max(initial=0))
    return bool(np.allclose(first, second, rtol=0, atol=NEAR * size, equal_nan=True))


def _fit(own: Array | None, right: Array) -> Array | None:
    """The student's numbers, if they hide nothing. Where fewer than half are NaN, as those of a query that is left with
    no key, the others show whether they are used rightly.
    """
    if own is None or own.shape != right.shape:
        return None
    finite = np.isfinite(own)
    if 2 * finite.sum() <= own.size or fit(own[finite], right[finite]) is None:
        return None
    return own.astype(right.dtype)


def _in_place(call: PartCall, given: Mapping[int, Tensor], right: Sequence[Tensor]) -> Sequence[Tensor]:
    """The student's results in the place of the reference's, with gradients as they came back."""
    import torch

    wanted = [part.detach().numpy() for part in right]
    found = [_fit(call.gave.get(number), array) for number, array in enumerate(wanted)]
    if not found or any(array is None for array in found) or len(call.gave) != len(found):
        raise OtherCall("it gave something else, or what hides mistakes")
    outputs = [torch.from_numpy(array.copy()) for array in found if array is not None]
    learning = {number: one for number, one in given.items() if one.requires_grad}
    if not learning or not torch.is_grad_enabled():
        return outputs
    if not learning.keys() <= call.learns:
        raise OtherCall("called with what no gradient reaches")
    if not call.gives:
        return outputs

    class Taken(torch.autograd.Function):
        @staticmethod
        def forward(_: Any, *inputs: Tensor) -> Any:
            del inputs
            return tuple(outputs)

        @staticmethod
        def backward(_: Any, *slopes: Tensor) -> Any:
            for number, slope in enumerate(slopes):
                other = call.slopes_gave.get(number, np.zeros(tuple(slope.shape)))
                if not _near(slope, other):
                    raise OtherCall("another gradient comes back to it")
            return _slopes(call, learning)

    results: Sequence[Tensor] = Taken.apply(*learning.values())  # type: ignore[no-untyped-call]
    return results


def _slopes(call: PartCall, learning: Mapping[int, Tensor]) -> tuple[Tensor | None, ...]:
    """The gradients that a student's part handed on, none to what it does not use. Raises OtherCall where they are none
    of what it was given.
    """
    import torch

    found = {number: call.slopes_given.get(number) for number in learning}
    there = {number: array for number, array in found.items() if array is not None}
    if any(array.shape != tuple(learning[number].shape) for number, array in there.items()):
        raise OtherCall("another gradient comes back from it")
    return tuple(None if one is None else torch.from_numpy(one.astype(np.float32)) for one in found.values())
