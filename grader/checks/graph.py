"""A network's operations as a graph: what depends on what, how deep it is, what is normalised, what repeats."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.checks.matching import matched
from grader.checks.operation_arguments import NORMALISATIONS, RANDOM
from grader.checks.operations import Call, Network, Node

CONVOLUTIONS = ("conv2d", "convolution")
LINEAR = ("linear", "addmm", "mm")
GATES = ("sigmoid", "hardsigmoid", "softmax")
SHAPE_ALONE = ("view", "reshape", "unsqueeze", "expand", "expand_as", "_unsafe_view", "squeeze", "permute")
OTHER_NORMALISATIONS = ("instance_norm", "group_norm", "layer_norm")
Follow = Callable[[Node], list[Node]]


def is_convolution(node: Node) -> bool:
    """Whether a node is a convolution."""
    return node.name in CONVOLUTIONS


def is_layer(node: Node) -> bool:
    """Whether a node is what one counts as a layer: a convolution or a linear map."""
    return is_convolution(node) or node.name in LINEAR


def is_norm(node: Node) -> bool:
    """Whether a node is one of PyTorch's batch normalizations."""
    return node.name in NORMALISATIONS


def uses_batch(norm: Node) -> bool:
    """Whether a batch normalization uses the batch's statistics, as in training mode."""
    return len(norm.args) > 5 and norm.args[5] is True


@dataclass(frozen=True)
class Normalised:
    """How many of the convolutions have a batch normalization of their own, and on which side of them."""

    convolutions: int
    after: int
    before: int

    @property
    def all(self) -> bool:
        """Whether every convolution has one, all on the same side."""
        return bool(self.convolutions) and self.convolutions in (self.after, self.before)

    @property
    def count(self) -> int:
        """On the side where there are more."""
        return max(self.after, self.before)


@dataclass(frozen=True)
class Graph:
    """The operations that the output needs, and what each needs. `shapes` are those of the parameters, by name."""

    network: Network
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> dict[int, Node]:
        """The reached operations by their place in the list."""
        reached = {id(node) for node in self.network.reached()}
        return {index: node for index, node in enumerate(self.network.nodes) if id(node) in reached}

    @cached_property
    def maker(self) -> dict[int, int]:
        """The operation that made a value."""
        return {number: index for index, node in self.nodes.items() for number in node.out if number is not None}

    @cached_property
    def users(self) -> Mapping[int, list[Node]]:
        """The operations that a value goes into."""
        found: defaultdict[int, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            for number in node.inputs:
                found[number].append(node)
        return found

    @cached_property
    def convolutions(self) -> dict[int, int]:
        """Bit by convolution, for sets of them as integers."""
        found = [index for index, node in self.nodes.items() if is_convolution(node)]
        return {index: 1 << place for place, index in enumerate(found)}

    @cached_property
    def layers(self) -> list[Node]:
        """The convolutions and linear maps, in order."""
        return [node for node in self.nodes.values() if is_layer(node)]

    @cached_property
    def ancestors(self) -> dict[int, int]:
        """For each value the operations behind it, as the bits of an integer; only values that come from the input."""
        found = {self.network.input: 0}
        for index, node in self.nodes.items():
            inputs = [found[number] for number in node.inputs if number in found]
            if inputs:
                behind = 1 << index
                for bits in inputs:
                    behind |= bits
                found |= {number: behind for number in node.out if number is not None}
        return found

    def between(self, bits: int) -> frozenset[int]:
        """The convolutions among operations, whose indices are the bits that are set."""
        return frozenset(index for index in self.convolutions if bits >> index & 1)

    def weight(self, index: int) -> str:
        """The name of a convolution's weight, or its place if it has none."""
        node = self.nodes[index]
        name = self.network.name_of(node.inputs[1]) if len(node.inputs) > 1 else None
        return name or f"operation {index}"

    def mixes_channels(self, index: int) -> bool:
        """Whether a convolution's kernel is 1 × 1, as that of a projection or a downsampler."""
        return tuple(self.shapes.get(self.weight(index), (0, 0, 3, 3))[2:]) == (1, 1)

    @property
    def depth(self) -> int:
        """Convolutions and linear maps on the longest way from the input to the output.

        A projection beside a block's convolutions makes a network no deeper.
        """
        longest: defaultdict[int, int] = defaultdict(int)
        for node in self.nodes.values():
            length = max((longest[number] for number in node.inputs), default=0) + is_layer(node)
            longest.update({number: length for number in node.out if number is not None})
        return longest[self.network.output]

    @property
    def first_layers(self) -> list[Node]:
        """The layers that the input meets before any other layer."""
        met = {self.network.input}
        found = []
        for node in self.nodes.values():
            if met.isdisjoint(node.inputs):
                continue
            if is_layer(node):
                found.append(node)
            else:
                met |= {number for number in node.out if number is not None}
        return found

    def normalised(self, norms: Collection[Node] | None = None) -> Normalised:
        """Match convolutions with batch normalizations that no other layer separates them from.

        `norms` are those that count (default: all).
        """
        counted = [node for node in self.nodes.values() if is_norm(node)] if norms is None else list(norms)
        convolutions = [self.nodes[index] for index in self.convolutions]
        after, before = (
            len(matched([_reach(node, counted, following) for node in convolutions]))
            for following in (self._after, self._before)
        )
        return Normalised(len(convolutions), after, before)

    def _after(self, node: Node) -> list[Node]:
        return [user for number in node.out if number is not None for user in self.users.get(number, [])]

    def _before(self, node: Node) -> list[Node]:
        return [self.nodes[self.maker[number]] for number in node.inputs if number in self.maker]


def _reach(start: Node, wanted: Collection[Node], following: Follow) -> set[int]:
    """The nodes of `wanted`, by identity, that are met before another convolution or linear map."""
    identities = {id(node) for node in wanted}
    found, waiting, seen = set(), [start], {id(start)}
    while waiting:
        for node in following(waiting.pop()):
            if id(node) in seen or is_layer(node):
                continue
            seen.add(id(node))
            if id(node) in identities:
                found.add(id(node))
            else:
                waiting.append(node)
    return found


def names_in(network: Network, nodes: Iterable[Node]) -> list[str]:
    """Names of the parameters, buffers, constants and inputs that go into some nodes, in order."""
    return [name for node in nodes for number in node.inputs if (name := network.name_of(number)) is not None]


def branch(network: Network, number: int) -> list[Node]:
    """What a value is computed by, in order."""
    return replace(network, output=number).reached()


def sums(nodes: Iterable[Node]) -> list[Node]:
    """The additions of two values."""
    return [node for node in nodes if node.name == "add" and len(node.inputs) == 2]


def is_gated(network: Network) -> bool:
    """Whether what it computes is multiplied by gates: squeeze and excitation, highways, gated linear units.

    A value times its own sigmoid is an activation, and a sigmoid of parameters alone is a weight.
    """
    nodes = network.reached()
    makers = {number: node for node in nodes for number in node.out if number is not None}
    return any(node.name == "glu" or (node.name == "mul" and _by_gate(network, node, makers)) for node in nodes)


def _by_gate(network: Network, product: Node, makers: Mapping[int, Node]) -> bool:
    for number, other in itertools.permutations(product.inputs, 2):
        gate = _whole(number, makers)
        if gate is not None and gate.name in GATES and other not in gate.inputs:
            made = [gate, *(node for part in gate.inputs for node in branch(network, part))]
            if any(name.startswith("input.") for name in names_in(network, made)):
                return True
    return False


def _whole(number: int, makers: Mapping[int, Node]) -> Node | None:
    """What makes a value, before it was given another shape."""
    maker = makers.get(number)
    while maker is not None and maker.name in SHAPE_ALONE:
        maker = makers.get(maker.inputs[0])
    return maker


def classes_used(network: Network) -> Mapping[str, int]:
    """How often each class of modules was called."""
    return Counter(call.kind for call in network.calls)


def is_random(network: Network) -> bool:
    """Whether dropout acts in it."""
    return any(node.name in RANDOM and node.args[2:] == (True,) and node.args[1] != 0 for node in network.reached())


def without_dropout(network: Network) -> Network:
    """The same network with dropout switched off, for numbers that can be computed again."""
    nodes = [
        replace(node, args=(node.args[0], 0.0, False)) if node.name in RANDOM and node.args else node
        for node in network.nodes
    ]
    return replace(network, nodes=tuple(nodes))


@dataclass(frozen=True)
class BlockCall:
    """A module that ran as a block of a network: its convolutions' weights, by parameter name, in order."""

    call: Call
    convolutions: tuple[str, ...]


def block_calls(network: Network, kind: str | None) -> list[BlockCall]:
    """Modules with two convolutions or more, in order: calls of class `kind`, else of the class repeated most."""
    calls = [call for call in network.calls if call.path and call.input is not None and call.output is not None]
    found = [BlockCall(call, names) for call in calls if len(names := _weights(network.part(call))) >= 2]
    kinds = [block.call.kind for block in found]
    own = [name for name in kinds if name != "Sequential"] or kinds
    wanted = kind if kind in kinds else max(own, key=own.count, default=None)
    return [block for block in found if block.call.kind == wanted]


def _weights(part: Network) -> tuple[str, ...]:
    """Names of the convolution weights that an output depends on."""
    nodes = [node for node in part.reached() if is_convolution(node)]
    names = [part.name_of(node.inputs[1]) for node in nodes if len(node.inputs) > 1]
    return tuple(name for name in names if name)
