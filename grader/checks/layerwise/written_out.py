"""Layers that a student wrote out: a product with a matrix and a sum with its bias, zeros put around an image first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.checks.graph import is_convolution
from grader.checks.operations import Network, Node

Shape = tuple[int, ...]
_TURNS = frozenset(("t", "numpy_T", "mT", "transpose", "permute", "swapaxes", "swapdims", "adjoint"))
_KEEPS = frozenset(("contiguous", "clone", "alias", "view", "reshape", "unsqueeze", "expand"))


@dataclass(frozen=True)
class Product:
    """A linear layer in parts: names of its matrix, and of its bias if it has one.

    With `turned` the matrix is kept as inputs × outputs. `parts` are the nodes behind the product that belong to it,
    the last of which makes its result.
    """

    node: Node
    weight: str
    turned: bool
    size: Shape
    bias: str | None = None
    parts: tuple[Node, ...] = ()

    @property
    def result(self) -> int | None:
        """The number of its result."""
        return (self.parts or (self.node,))[-1].out[0]

    @property
    def words(self) -> str:
        """As the layer is called in a table; `size` is outputs × inputs."""
        return f"Linear {self.size[1]} → {self.size[0]}{'' if self.bias else ', no bias'}"


@dataclass(frozen=True)
class WrittenOut:
    """What is written out in a network, by the `id` of its nodes; those of `hidden` belong to another node's layer."""

    products: Mapping[int, Product] = field(default_factory=dict)
    padding: Mapping[int, int] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


def written_out(network: Network, shapes: Mapping[str, Shape]) -> WrittenOut:
    """Products with a parameter that is a matrix, and convolutions right behind zeros on all sides.

    `shapes` are those of the parameters.
    """
    reader = _Reader(network, shapes)
    products = {id(product.node): product for node in reader.nodes if (product := reader.product(node))}
    pads = dict(reader.pads())
    parts = [part for product in products.values() for part in product.parts]
    hidden = frozenset(map(id, (*parts, *(pad for pad, _ in pads.values()))))
    return WrittenOut(products, {number: width for number, (_, width) in pads.items()}, hidden)


class _Reader:
    """Looks at the nodes that the output needs."""

    def __init__(self, network: Network, shapes: Mapping[str, Shape]) -> None:
        self.network, self.shapes = network, shapes
        self.nodes: Sequence[Node] = network.reached()
        self.maker = {number: node for node in self.nodes for number in node.out if number is not None}
        self.users: dict[int, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for number in dict.fromkeys(node.inputs):
                self.users[number].append(node)

    def product(self, node: Node) -> Product | None:
        """The layer that a node is the product of."""
        for at, number in enumerate(_factors(node)):
            found = self.matrix(number) if number is not None else None
            outputs_last = _outputs_last(node, at) if found else None
            if found and outputs_last is not None:
                name, turned = found
                size = self.shapes[name]
                is_turned = turned != outputs_last
                whole = Product(node, name, is_turned, size[::-1] if is_turned else size)
                return self._with_bias(whole)
        return None

    def matrix(self, number: int) -> tuple[str, bool] | None:
        """The parameter with two sides that a value is, and whether it was turned on the way."""
        turned = False
        while (name := self.network.name_of(number)) is None:
            node = self.maker.get(number)
            if node is None or node.name not in _TURNS or len(node.inputs) != 1:
                return None
            turned, number = not turned, node.inputs[0]
        return (name, turned) if len(self.shapes.get(name, ())) == 2 else None

    def _with_bias(self, product: Product) -> Product:
        """With the bias that is added to the product, turned round first or not."""
        if product.node.name == "addmm":
            return _biased(product, self.vector(product.node.inputs[0], product.size[0]), ())
        if product.node.name == "linear":
            given = product.node.args[2] if len(product.node.args) > 2 else None
            bias = self.vector(given["value"], product.size[0]) if isinstance(given, dict) else None
            return _biased(product, bias, ())
        parts: list[Node] = []
        result = product.node.out[0]
        while result is not None and len(users := self.users[result]) == 1:
            (user,) = users
            if user.name not in _TURNS:
                break
            parts, result = [*parts, user], user.out[0]
        if result is None or len(users := self.users[result]) != 1 or users[0].name != "add":
            return product
        others = [number for number in users[0].inputs if number != result]
        bias = self.vector(others[0], product.size[0]) if len(others) == 1 else None
        return _biased(product, bias, (*parts, users[0])) if bias else product

    def vector(self, number: int, length: int) -> str | None:
        """The parameter of one side, of that length, that a value is."""
        while (name := self.network.name_of(number)) is None:
            node = self.maker.get(number)
            if node is None or node.name not in _KEEPS or len(node.inputs) != 1:
                return None
            number = node.inputs[0]
        sides = self.shapes.get(name, ())
        return name if sides and max(sides) == math.prod(sides) == length else None

    def pads(self) -> Iterator[tuple[int, tuple[Node, int]]]:
        """For a convolution, by `id`: the node that puts zeros on all four sides of what it gets, and how many."""
        for node in self.nodes:
            before = self.maker.get(node.inputs[0]) if is_convolution(node) and node.inputs else None
            width = _zeros_around(before) if before else None
            if before and width and before.out[0] is not None and len(self.users[before.out[0]]) == 1:
                yield id(node), (before, width)


def _biased(product: Product, bias: str | None, parts: tuple[Node, ...]) -> Product:
    return Product(product.node, product.weight, product.turned, product.size, bias, parts)


def _factors(node: Node) -> list[int | None]:
    """The two values that are multiplied, in order."""
    places = {"linear": (0, 1), "addmm": (1, 2), "einsum": (1,)}.get(node.name, (0, 1))
    if node.name not in ("linear", "addmm", "einsum", "matmul", "mm", "inner", "tensordot"):
        return []
    given = [node.args[place] for place in places if place < len(node.args)]
    listed = given[0] if node.name == "einsum" and given and isinstance(given[0], list) else given
    found = [part["value"] if isinstance(part, dict) and "value" in part else None for part in listed]
    return found if len(found) == 2 else []


def _outputs_last(node: Node, at: int) -> bool | None:
    """Whether the matrix in that place is used as inputs × outputs; None where it is no linear layer's."""
    if node.name in ("matmul", "mm", "addmm"):
        return at == 1
    if node.name in ("linear", "inner"):
        return False if at == 1 else None
    if node.name == "tensordot":
        return _contracted_first(node) if at == 1 else None
    return _of_equation(node.args[0], at) if node.name == "einsum" and isinstance(node.args[0], str) else None


def _contracted_first(node: Node) -> bool | None:
    side = node.args[3] if len(node.args) > 3 else None
    return {0: True, -2: True, 1: False, -1: False}.get(side[0]) if isinstance(side, list) and len(side) == 1 else None


def _of_equation(equation: str, at: int) -> bool | None:
    """As for other products, by the letters: `bi,oi->bo` has outputs first."""
    left, arrow, after = equation.replace(" ", "").partition("->")
    sides = left.split(",")
    if not arrow or len(sides) != 2 or len(letters := sides[at]) != 2 or letters[0] == letters[1]:
        return None
    is_output = [letter in after and letter not in sides[1 - at] for letter in letters]
    is_input = [letter not in after and letter in sides[1 - at] for letter in letters]
    if is_input[0] and is_output[1]:
        return True
    return False if is_output[0] and is_input[1] else None


def _zeros_around(node: Node) -> int | None:
    """How many zeros a node puts on each of an image's four sides, if it does that and no more."""
    if node.name not in ("pad", "constant_pad_nd") or len(node.args) < 2:
        return None
    rest: tuple[Any, ...] = node.args[2:] + tuple(node.kwargs.values())
    sides = node.args[1]
    is_zero = all(value in ("constant", None) or value == 0 for value in rest if not isinstance(value, dict))
    same = isinstance(sides, list) and len(sides) == 4 and len(set(map(str, sides))) == 1
    return sides[0] if is_zero and same and type(sides[0]) is int and 0 < sides[0] < 1000 else None
