"""Which two values an operation of a network adds, however the addition is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.graph import CONVOLUTIONS, Graph
from grader.checks.operation_arguments import NORMALISATIONS
from grader.checks.operations import Node

ADDING = ("add", "rsub", "sub", "lerp")
JOINING = ("stack", "cat", "concat", "concatenate")
SUMMING = ("sum", "mean")
SPLITTING = ("chunk", "split", "split_with_sizes", "tensor_split", "unbind", "slice", "select", "narrow")
# Operations that treat each sample of a batch alike: both paths of a block may go through one together.
SAMPLEWISE = (*CONVOLUTIONS, *NORMALISATIONS, "relu", "max_pool2d", "avg_pool2d", "clone", "contiguous", "alias")


@dataclass(frozen=True)
class Addition:
    """Two values that are added. `first` is the operation that takes both, the addition itself or what joins them."""

    values: tuple[int, int]
    first: int


def addition(graph: Graph, index: int) -> Addition | None:
    """The values that an operation adds, if it adds two that come from the input.

    `x + y`, `torch.lerp`, `torch.addcmul(x, y, scale)`, `torch.stack((x, y)).sum(0)`; and the halves of a batch in
    which two values were joined, as where one downsampler is called once for both.
    """
    node = graph.nodes[index]
    values = [number for number in node.inputs if number in graph.ancestors]
    if node.name in ADDING and len(values) == 2:
        return _halves(graph, values) or Addition((values[0], values[1]), index)
    if node.name == "addcmul" and len(values) in (2, 3) and node.inputs[0] == values[0]:
        product = max(values[1:], key=lambda number: len(graph.between(graph.ancestors[number])))
        return Addition((values[0], product), index)
    return _summed(graph, node)


def _summed(graph: Graph, node: Node) -> Addition | None:
    """The terms of a sum over the dimension in which two values were stacked."""
    if node.name not in SUMMING or len(node.args) < 2 or len(node.inputs) != 1:
        return None
    if (joined := _made_by(graph, node.inputs[0], JOINING)) is None or node.args[1] not in (
        _place(joined),
        [_place(joined)],
    ):
        return None
    apart = [_made_by(graph, term, ("unsqueeze",)) for term in joined.inputs]
    if joined.name != "stack" and not all(part is not None and part.args[1:] == (_place(joined),) for part in apart):
        return None
    return _of_two(graph, joined)


def _halves(graph: Graph, values: Sequence[int]) -> Addition | None:
    """The two values that were joined along the batch, went through the same layers, and were taken apart again."""
    apart = [_made_by(graph, number, SPLITTING) for number in values]
    if any(part is None or not part.inputs for part in apart) or values[0] == values[1]:
        return None
    sources = {part.inputs[0] for part in apart if part is not None}
    if len(sources) != 1:
        return None
    (source,) = sources
    while (node := _made_by(graph, source, SAMPLEWISE)) is not None:
        source = node.inputs[0]
    joined = _made_by(graph, source, JOINING)
    return None if joined is None or _place(joined) != 0 else _of_two(graph, joined)


def _of_two(graph: Graph, joined: Node) -> Addition | None:
    if len(joined.inputs) != 2 or not all(term in graph.ancestors for term in joined.inputs):
        return None
    made = next(number for number in joined.out if number is not None)
    return Addition((joined.inputs[0], joined.inputs[1]), graph.maker[made])


def _made_by(graph: Graph, number: int, names: Sequence[str]) -> Node | None:
    """The operation that made a value, if it is one of these."""
    maker = graph.maker.get(number)
    return graph.nodes[maker] if maker is not None and graph.nodes[maker].name in names else None


def _place(joined: Node) -> object:
    """The dimension along which values are joined."""
    return joined.args[1] if len(joined.args) > 1 else joined.kwargs.get("dim", 0)
