"""Skip blocks in a network's list of operations, found by what they compute and not by how they are written.

A skip block is an addition of two values: one that went through two convolutions or more since a common ancestor,
and one that went around them, at most through a projection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from grader.checks import replay
from grader.checks.additions import addition
from grader.checks.graph import CONVOLUTIONS, Graph
from grader.checks.operations import Call, Network, Node

SILENT = 1e-3  # a gradient; on either path of a block with hidden weights it is near 1
STRIDED = ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d")


@dataclass(frozen=True)
class SkipNodes:
    """Node indices of an addition, of the convolutions on the way to it, and of those on the skip path.

    `joined` is the operation that takes both values: the addition itself, or what stacks them before.
    """

    addition: int
    joined: int
    main: frozenset[int]
    skip: frozenset[int]
    main_value: int
    skip_value: int
    input: int
    broken: str | None = None  # the path that does not work: skip or main


def blocks(graph: Graph) -> list[SkipNodes]:
    """The skip blocks in order; each convolution belongs to the smallest block around it."""
    found = [block for index in graph.nodes if (block := _block(graph, index)) is not None]
    found.sort(key=lambda block: (len(block.main), block.addition))
    taken: dict[int, SkipNodes] = {}
    kept: list[SkipNodes] = []
    for block in found:
        own = block.main - taken.keys()
        if len(own) >= 2 and not any(same.main == block.main for same in kept):
            kept.append(replace(block, main=own))
            taken |= dict.fromkeys(own, block)
    return sorted(kept, key=lambda block: block.addition)


def _block(graph: Graph, index: int) -> SkipNodes | None:
    if (added := addition(graph, index)) is None:
        return None
    values = added.values
    one, other = (graph.ancestors[number] for number in values)
    only = [graph.between(one & ~other), graph.between(other & ~one)]
    # Main is the path with more convolutions; of those that look at more than one pixel first.
    sizes = [(sum(not graph.mixes_channels(part) for part in path), len(path)) for path in only]
    first = 0 if sizes[0] >= sizes[1] else 1
    main, skip = only[first], only[1 - first]
    if len(main) < 2 or len(skip) > 2 or sizes[0] == sizes[1]:
        return None
    shared = [
        number
        for number in graph.ancestors
        if _is_behind(graph, number, values[0]) and _is_behind(graph, number, values[1])
    ]
    entry = max(shared, key=lambda number: graph.maker.get(number, -1), default=graph.network.input)
    return SkipNodes(index, added.first, main, skip, values[first], values[1 - first], entry)


def _is_behind(graph: Graph, number: int, value: int) -> bool:
    """Whether `value` is computed from the value `number`, or is it."""
    if number in (value, graph.network.input):
        return True
    maker = graph.maker.get(number)
    return maker is not None and bool(graph.ancestors[value] >> maker & 1)


def broken_path(graph: Graph, block: SkipNodes, values: Mapping[int, Tensor]) -> str | None:
    """`skip` or `main` if that path of a block does not let its input through to the sum, forwards and backwards.

    The skip path is tried with the convolutions of the main path silent, and with what they gave: a block may add its
    input only where they give nothing. Their operations are silent, not their weights: a downsampler may serve both
    paths. `values` are those of one forward pass with hidden weights. Raises NotReplayable.
    """
    first = graph.maker.get(block.input, -1) + 1
    out = next(number for number in graph.nodes[block.addition].out if number is not None)
    part = replace(graph.network, input=block.input, output=out, first=first, end=block.addition + 1)
    main = replace(part, output=block.main_value)
    summing = replace(part, input=block.main_value, first=block.joined)
    for silent in (True, False):
        skip, held = _held(part, graph, block, values, silent=silent)
        if not _lets_through(skip, held):
            return "skip"
    return None if _lets_through(main, values) and _lets_through(summing, values) else "main"


def _held(
    part: Network, graph: Graph, block: SkipNodes, values: Mapping[int, Tensor], *, silent: bool
) -> tuple[Network, dict[int, Tensor]]:
    """A block whose main path's convolutions give what they gave, or zeros, and the values that it needs for that."""
    made = [number for index in block.main for number in graph.nodes[index].out if number is not None]
    known = {number: values[number] for number in made if number in values}
    held = {number: torch.zeros_like(value) for number, value in known.items()} if silent else known
    nodes = tuple(replace(node, out=()) if set(node.out) & held.keys() else node for node in part.nodes)
    return replace(part, nodes=nodes), {**values, **held}


def _lets_through(part: Network, values: Mapping[int, Tensor]) -> bool:
    """Whether a random input of a part of the network gets a gradient from a random sum of its output."""
    random = torch.Generator().manual_seed(7)
    x = torch.randn(values[part.input].shape, generator=random).requires_grad_()
    result = replay.execute(part, {**values, part.input: x})
    if not result.requires_grad:
        return False
    weighted = (result * torch.randn(result.shape, generator=random)).sum()
    (gradient,) = torch.autograd.grad(weighted, x, allow_unused=True)
    return gradient is not None and bool(gradient.abs().max() > SILENT)


def without_skips(graph: Graph, found: Iterable[SkipNodes]) -> Network:
    """The same network in which every block gives what its convolutions make, and nothing more."""
    nodes = list(graph.network.nodes)
    for block in found:
        node = nodes[block.addition]
        nodes[block.addition] = replace(node, op="aten.alias.default", args=({"value": block.main_value},), kwargs={})
    return replace(graph.network, nodes=tuple(nodes))


@dataclass(frozen=True)
class Trunk:
    """A network's convolutions by what they belong to."""

    working: tuple[SkipNodes, ...]
    silent: Mapping[str, tuple[str, ...]]  # by the path that does not work, the first weight of each such block
    siblings: tuple[str, ...]  # paths of modules of a working block's class that halve the size and add nothing
    bare: tuple[str, ...]  # weights of convolutions that belong to no block and are larger than 1 × 1
    repeated: int  # blocks all of whose weights others have already used
    plain: tuple[str, ...] = ()  # paths of modules of a working block's class that add nothing though they could
    shared: tuple[str, ...] = ()  # weights that all convolutions of a working block share

    @property
    def broken(self) -> int:
        """How many blocks have a path that does not work."""
        return sum(map(len, self.silent.values()))


def trunk(graph: Graph, values: Mapping[int, Tensor]) -> Trunk:
    """Sort the blocks of a network. Raises NotReplayable."""
    found = blocks(graph)
    working: list[SkipNodes] = []
    silent: list[SkipNodes] = []
    repeated = 0
    seen: set[str] = set()
    for block in found:
        weights = _weights(graph, block)
        if weights <= seen:
            repeated += 1
        elif path := broken_path(graph, block, values):
            silent.append(replace(block, broken=path))
        else:
            working.append(block)
        seen |= weights
    siblings, plain, inside = _siblings(graph, working, silent, values)
    belonging = {index for block in found for index in (*block.main, *block.skip)} | inside
    bare = tuple(
        graph.weight(index)
        for index in graph.convolutions
        if index not in belonging and not graph.mixes_channels(index)
    )
    faults = {
        path: tuple(graph.weight(min(block.main)) for block in silent if block.broken == path)
        for path in ("skip", "main")
    }
    shared = tuple(weights.pop() for block in working if len(weights := _weights(graph, block)) == 1)
    return Trunk(tuple(working), faults, siblings, bare, repeated, plain, shared)


def _weights(graph: Graph, block: SkipNodes) -> set[str]:
    return {graph.weight(index) for index in block.main}


def _siblings(
    graph: Graph, working: list[SkipNodes], silent: list[SkipNodes], values: Mapping[int, Tensor]
) -> tuple[tuple[str, ...], tuple[str, ...], set[int]]:
    """Modules of a working block's class that add nothing: those that halve the size, the others, what is in them."""
    calls = [call for call in graph.network.calls if call.path]
    homes = [home for block in working if (home := _home(calls, block)) is not None]
    kinds = {home.kind for home in homes} - {"Sequential", "ModuleList"}
    own = {home.path for home in homes} | {home.path for block in silent if (home := _home(calls, block)) is not None}
    halving: list[str] = []
    plain: list[str] = []
    inside: set[int] = set()
    for call in calls:
        if call.kind not in kinds or call.path in own:
            continue
        members = [index for index in graph.nodes if call.first <= index < call.end]
        convolutions = {index for index in members if index in graph.convolutions}
        if any(other in own for other in _below(calls, call)):
            continue
        inside |= convolutions
        if len(convolutions) < 2:  # an older SkipBlock of DLStudio's that changes the channels has one
            continue
        (halving if any(_shrinks(graph.nodes[index], values) for index in members) else plain).append(call.path)
    return tuple(dict.fromkeys(halving)), tuple(dict.fromkeys(plain)), inside


def _home(calls: Iterable[Call], block: SkipNodes) -> Call | None:
    """The innermost module in which a block's addition and all its convolutions run."""
    around = [call for call in calls if call.first <= min(block.main) and max(*block.main, block.addition) < call.end]
    return min(around, key=lambda call: call.end - call.first, default=None)


def _below(calls: Iterable[Call], call: Call) -> Iterator[str]:
    return (other.path for other in calls if call.first <= other.first and other.end <= call.end)


def _shrinks(node: Node, values: Mapping[int, Tensor]) -> bool:
    """Whether an operation makes images smaller: by their sizes, else by its stride."""
    if node.name not in (*STRIDED, *CONVOLUTIONS):
        return False
    before, after = (
        values.get(number) for number in (node.inputs[0], next(iter(node.out), None)) if number is not None
    )
    if before is not None and after is not None and before.ndim == after.ndim == 4:
        return after.shape[-1] < before.shape[-1]
    place = 3 if node.name in CONVOLUTIONS else 2  # weight and bias, or the kernel, come first
    steps = node.args[place] if len(node.args) > place else None
    if node.name.startswith("adaptive") or (steps in (None, []) and node.name in CONVOLUTIONS):
        return False
    if steps in (None, []):  # the kernel's size
        return True
    return max(steps, default=1) > 1 if isinstance(steps, list) else bool(steps and steps > 1)
