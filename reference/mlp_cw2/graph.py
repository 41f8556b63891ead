"""A network's operations as a graph: how deep it is, and which convolutions have a batch normalization."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from grader.checks import Network, Node, replay

LINEAR = ("linear", "addmm", "mm")
Follow = Callable[[Node], list[Node]]


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


def is_convolution(node: Node) -> bool:
    """Whether a node is a convolution."""
    return node.name in replay.CONVOLUTIONS


def is_layer(node: Node) -> bool:
    """Whether a node is what one counts as a layer: a convolution or a linear map."""
    return is_convolution(node) or node.name in LINEAR


def depth(network: Network) -> int:
    """Convolutions and linear maps on the longest way from the input to the output.

    A projection beside a block's convolutions makes a network no deeper.
    """
    longest: defaultdict[int, int] = defaultdict(int)
    for node in network.reached():
        length = max((longest[number] for number in node.inputs), default=0) + is_layer(node)
        longest.update({number: length for number in node.out if number is not None})
    return longest[network.output]


def first_layers(network: Network) -> list[Node]:
    """The layers that the input meets before any other layer."""
    met = {network.input}
    found = []
    for node in network.reached():
        if met.isdisjoint(node.inputs):
            continue
        if is_layer(node):
            found.append(node)
        else:
            met |= {number for number in node.out if number is not None}
    return found


def is_random(network: Network) -> bool:
    """Whether dropout acts in it."""
    return any(
        node.name in replay.RANDOM and node.args[2:] == (True,) and node.args[1] != 0 for node in network.reached()
    )


def without_dropout(network: Network) -> Network:
    """The same network with dropout switched off, for numbers that can be computed again."""
    return replace(network, nodes=tuple(_still(node) for node in network.nodes))


def _still(node: Node) -> Node:
    if node.name in replay.RANDOM and len(node.args) == 3:
        return replace(node, args=(*node.args[:2], False))
    return node


def normalised(network: Network, norms: Collection[Node] | None = None, *, skip: int = 0) -> Normalised:
    """Match convolutions with batch normalizations that no other convolution separates them from.

    `norms` are those that count (default: all); the first `skip` convolutions are left out.
    """
    nodes = network.reached()
    counted = [node for node in nodes if is_norm(node)] if norms is None else list(norms)
    convolutions = [node for node in nodes if is_convolution(node)][skip:]
    makers = {number: node for node in nodes for number in node.out if number is not None}
    users: defaultdict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        for number in node.inputs:
            users[number].append(node)
    after = [
        _reach(node, counted, lambda one: [user for n in one.out if n is not None for user in users[n]])
        for node in convolutions
    ]
    before = [
        _reach(node, counted, lambda one: [makers[n] for n in one.inputs if n in makers]) for node in convolutions
    ]
    return Normalised(len(convolutions), _matched(after), _matched(before))


def is_norm(node: Node) -> bool:
    """Whether a node is one of PyTorch's batch normalizations."""
    return node.name in replay.NORMALISATIONS


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


def _matched(options: list[set[int]]) -> int:
    """The most convolutions that can each have one for itself."""
    owner: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for norm in options[row] - tried:
            tried.add(norm)
            if norm not in owner or place(owner[norm], tried):
                owner[norm] = row
                return True
        return False

    return sum(place(row, set()) for row in range(len(options)))


def inputs_named(network: Network, node: Node) -> list[str]:
    """Names of the parameters, buffers and constants that go into a node."""
    return [name for number in node.inputs if (name := network.name_of(number)) is not None]


def classes_used(network: Network) -> Mapping[str, int]:
    """How often each class of modules was called."""
    counts: defaultdict[str, int] = defaultdict(int)
    for call in network.calls:
        counts[call.kind] += 1
    return counts


def names_in(network: Network, nodes: Iterable[Node]) -> set[str]:
    """All names that go into some nodes."""
    return {name for node in nodes for name in inputs_named(network, node)}


def instead_of_shortcut(network: Network) -> str:
    """What a block does in place of adding its input, in words; empty if nothing that can be named."""
    nodes = network.reached()
    if any(node.name == "cat" for node in nodes):
        return "it concatenates its input in place of adding it"
    sums = [node for node in nodes if node.name == "add" and len(node.inputs) == 2]
    if not sums:
        product = any(node.name == "mul" and len(node.inputs) == 2 for node in nodes)
        return "it multiplies by its input in place of adding it" if product else "nothing is added in its forward pass"
    branches = [_branch(network, number) for number in sums[-1].inputs]
    lighter = min(branches, key=lambda part: sum(map(is_convolution, part)))
    if any(map(is_convolution, lighter)):
        heavier = max(branches, key=len)
        shared = {id(node) for node in lighter} & {id(node) for node in heavier}
        if shared:
            return "what its first convolution gives is added, not the block's input"
        return "there is a convolution on the path of the input: a projection, not the identity"
    if any(map(is_norm, lighter)):
        return "the input is normalised before it is added"
    return "what is added is not the block's input as it came in"


def _branch(network: Network, output: int) -> list[Node]:
    return replace(network, output=output).reached()
