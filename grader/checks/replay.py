"""A student's network, brought back as a list of operations, run again here on numbers of our choice.

The list is untrusted: only known operations run, each is measured before it allocates anything, none writes
to a tensor it is given, and nothing of it is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from grader.checks.costs import MAX_WORK, Cost, attempt, cost
from grader.checks.graph import CONVOLUTIONS
from grader.checks.operation_arguments import (
    ATTENTION,
    NORMALISATIONS,
    RANDOM,
    RECURRENT,
    Template,
    prepare,
    template_of,
)
from grader.checks.operations import Call, Network, Node, NotReplayable, UnknownOperation, parse
from grader.checks.replay_allowance import spend
from grader.checks.sizes import MAX_ELEMENTS, check_made, check_places, check_tensor
from grader.evidence import MissingEvidence
from grader.inside.known_operations import ALLOWED
from grader.sandbox.protocol import Array

__all__ = [
    "ALLOWED",
    "CONVOLUTIONS",
    "NORMALISATIONS",
    "RANDOM",
    "Call",
    "Network",
    "Node",
    "NotReplayable",
    "UnknownOperation",
    "execute",
    "or_a_person",
    "output",
    "parse",
    "run",
    "weights",
]

MADE_FROM_SIZES = ("arange", "empty", "eye", "full", "linspace", "ones", "scalar_tensor", "zeros")
WORK_OF_A_NODE = 1_000_000  # to look an operation up and measure it, in multiply-adds


@dataclass(frozen=True)
class SideBySide:
    """That a pass under `vmap` runs `copies` of what it sees; `instead`: what runs in place of operations, by name."""

    copies: int = 1
    instead: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


ALONE = SideBySide()


def run(
    network: Network,
    tensors: Mapping[str, Tensor],
    image: Tensor,
    *,
    values: dict[int, Tensor] | None = None,
    beside: SideBySide = ALONE,
) -> Tensor:
    """The network's output for `image`, differentiable. `tensors` gives parameters, buffers, constants.

    `values`, if given, is filled with everything that is computed on the way, by number; what is in there already is
    taken as it is.
    Batch normalization in training mode uses the batch's statistics and updates nothing.
    Raises NotReplayable.
    """
    values = {} if values is None else values
    for name, number in network.used.items():
        if name in tensors:
            values.setdefault(number, tensors[name])
    values[network.input] = image
    return execute(network, values, beside=beside)


def output(network: Network, tensors: Mapping[str, Tensor], image: Tensor) -> Tensor:
    """As `run`, without gradients, in the precision of `image`."""
    with torch.no_grad():
        return run(network, tensors, image).to(image.dtype)


@contextmanager
def or_a_person(what: str = "this network") -> Iterator[None]:
    """What cannot be run again here because its operations are not known is left to a person.

    Raises MissingEvidence, as ours, in place of UnknownOperation.
    """
    try:
        yield
    except UnknownOperation as unknown:
        raise MissingEvidence(f"the grader cannot run {what} again: {unknown}", ours=True) from None


def execute(network: Network, values: dict[int, Tensor], *, keep: bool = True, beside: SideBySide = ALONE) -> Tensor:
    """Run the nodes that the output needs; `values` is filled on the way.

    With `keep=False`, for a pass without gradients, what no later node needs is forgotten, so that large networks fit.
    Raises NotReplayable, and TooMuchWork if the submission has none of its allowance left.
    """
    for tensor in values.values():
        check_tensor(tensor, "a tensor that it uses")
    precision, memory = _precision(network, values), _Memory()
    work = 0
    nodes = network.reached()
    done = {} if keep else _last_uses(nodes, network.output)
    for place, node in enumerate(nodes):
        operation, args, kwargs, needed = _ready(node, values, precision)
        made, spent = beside.copies * needed.numbers, beside.copies * needed.work + WORK_OF_A_NODE
        work += spent
        if memory.numbers + made > MAX_ELEMENTS or work > MAX_WORK:
            raise NotReplayable(f"its forward pass is too large (operation {node.op[:80]})")
        spend(spent)
        result = _run(node, operation, args, kwargs, beside.instead.get(node.op, operation))
        parts = result if isinstance(result, tuple | list) else (result,)
        found = {
            number: _in(precision, node, part)
            for number, part in zip(node.out, parts, strict=False)
            if number is not None and isinstance(part, Tensor)
        }
        values |= found
        if keep:
            memory.numbers += made
            continue
        for part in found.values():
            memory.take(part)
        for number in done.get(place, set()) & values.keys():
            memory.give_back(values.pop(number))
    if network.output not in values:
        raise NotReplayable("its output does not come from its input")
    return values[network.output]


def _ready(
    node: Node, values: Mapping[int, Tensor], precision: torch.dtype
) -> tuple[torch._ops.OpOverload, list[Any], dict[str, Any], Cost]:
    """A node's operation, its arguments, and what it needs for them. What was found once is not looked for again."""
    known: Template | None = node.templates.get(precision)
    if known is None:
        prepared = prepare(node, values, precision)
        needed = cost(*prepared)
        node.templates[precision] = template_of(node, prepared)
        return (*prepared, needed)
    args = known.filled(values)
    seen = tuple([(args[place].shape, args[place].dtype) for place, _ in known.places])
    if seen not in known.costs:
        known.costs[seen] = cost(known.operation, args, known.kwargs)
    return known.operation, args, known.kwargs, known.costs[seen]


def _last_uses(nodes: Sequence[Node], output: int) -> dict[int, set[int]]:
    """By node, the values made by nodes that nothing needs after it."""
    last = {number: place for place, node in enumerate(nodes) for number in node.out if number is not None}
    last |= {number: place for place, node in enumerate(nodes) for number in node.inputs if number in last}
    found: dict[int, set[int]] = {}
    for number, place in last.items():
        if number != output:
            found.setdefault(place, set()).add(number)
    return found


class _Memory:
    """How many numbers are kept of those that were made; what is seen in several shapes is there once."""

    def __init__(self) -> None:
        self.numbers = 0
        self._seen: dict[int, list[int]] = {}  # by address: how many see it, and its numbers

    def take(self, made: Tensor) -> None:
        """Something that was made."""
        memory = made.untyped_storage()
        seen = self._seen.setdefault(memory.data_ptr(), [0, memory.nbytes() // made.element_size()])
        if not seen[0]:
            self.numbers += seen[1]
        seen[0] += 1

    def give_back(self, made: Tensor) -> None:
        """Something that was made and is forgotten."""
        address = made.untyped_storage().data_ptr()
        seen = self._seen[address]
        seen[0] -= 1
        if not seen[0]:
            self.numbers -= self._seen.pop(address)[1]


def _precision(network: Network, values: Mapping[int, Tensor]) -> torch.dtype:
    """Of the input, or of the weights where the input is whole numbers."""
    given = [values[network.input]] if network.input in values else []
    return next((value.dtype for value in [*given, *values.values()] if value.is_floating_point()), torch.float32)


def _in(precision: torch.dtype, node: Node, made: Tensor) -> Tensor:
    """What an operation made; fractions that it made from sizes alone, as exact as all others."""
    check_made(made)
    return made.to(precision) if node.name in MADE_FROM_SIZES and made.is_floating_point() else made


def _run(
    node: Node,
    operation: torch._ops.OpOverload,
    args: list[Any],
    kwargs: dict[str, Any],
    run: Callable[..., Any],
) -> Any:
    check_places(operation, args, kwargs)
    with _plain_kernels() if node.name in RECURRENT else nullcontext():
        result = attempt(operation, lambda: run(*args, **kwargs))
    return result[0] if node.name in ATTENTION else result  # what else the formula gives, no layer uses


@contextmanager
def _plain_kernels() -> Iterator[None]:
    """oneDNN's recurrent layers are not made of the primitives that were measured."""
    before = torch._C._get_mkldnn_enabled()
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch._C._set_mkldnn_enabled(before)


def weights(arrays: Mapping[str, Array], prefix: str = "", dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Arrays that came back as tensors: floating-point ones in `dtype`, names without `prefix`.

    Raises NotReplayable for arrays of other things than numbers.
    """
    return {
        name.removeprefix(prefix): _tensor(name, array, dtype)
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _tensor(name: str, array: Array, dtype: torch.dtype) -> Tensor:
    try:
        tensor = torch.from_numpy(array.copy())
    except (TypeError, ValueError) as error:
        raise NotReplayable(f"{name[:80]}: expected numbers, found {array.dtype}") from error
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
