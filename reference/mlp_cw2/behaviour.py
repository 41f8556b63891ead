"""What a block does, seen from outside: its batch normalizations in both modes, and its shortcut."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from grader import Array
from grader.checks import Network, Node, replay, watched

from . import graph
from .block_readings import BlockRecord

Shortcut = Literal["identity", "detached", "none"]


@dataclass(frozen=True)
class Behaviour:
    """Counts of convolutions, and of those with a batch normalization that acts, is registered, and evaluates.

    `ratio` is the output's width over the input's; `others` are normalizations of other kinds. Batch normalizations
    written `by_hand` are none of PyTorch's; a `shared` one acts after several convolutions; the results of `discarded`
    ones are computed and not used. `shortcut_words` says what there is in place of a shortcut. A `problem` is `ours` if
    the grader cannot make or run the block.
    """

    convolutions: int = 0
    acting: graph.Normalised = graph.Normalised(0, 0, 0)
    registered: int = 0
    evaluating: int = 0
    updated: bool = False
    shortcut: Shortcut = "none"
    ratio: float = 0.0
    others: tuple[str, ...] = ()
    by_hand: bool = False
    keeps_statistics: bool = True
    shared: bool = False
    discarded: int = 0
    shortcut_words: str = ""
    problem: str | None = None
    ours: bool = False

    @property
    def is_processing(self) -> bool:
        """Whether it keeps its input's shape."""
        return self.ratio == 1 and self.convolutions > 0

    @property
    def is_reduction(self) -> bool:
        """Whether it halves its input's width."""
        return self.ratio == 0.5 and self.convolutions > 0

    def batch_norm_problem(self) -> str | None:
        """Why it has no batch normalization after each convolution in both modes, or None."""
        acting, wanted = self.acting.count, self.convolutions
        if not self.acting.all:
            return self._missing(acting)
        if self.registered < wanted:
            return (
                f"{wanted - self.registered} of {wanted} batch normalizations are not registered: they are made anew "
                "in every forward pass"
            )
        return self._statistics_problem(wanted)

    def _statistics_problem(self, wanted: int) -> str | None:
        if self.shared:
            return "one batch normalization acts in two places: its running statistics mix both, and fit neither"
        if not self.keeps_statistics:
            return "it keeps no running statistics for evaluation mode"
        if not self.updated:
            return "its running statistics stay as they are in training mode"
        if self.evaluating < wanted:
            left = wanted - self.evaluating
            return f"{left} of {wanted} batch normalizations use the batch's statistics in evaluation mode"
        return None

    def _missing(self, acting: int) -> str:
        if self.discarded:
            thrown = "one batch normalization" if self.discarded == 1 else f"{self.discarded} batch normalizations"
            return f"the result of {thrown} is thrown away: forward does not go on with it"
        if acting:
            return f"{acting} of {self.convolutions} convolutions have a batch normalization"
        if self.others:
            return f"expected batch normalization, found {', '.join(sorted(set(self.others)))}"
        if not self.keeps_statistics:
            return "it has no batch normalization"
        return "no batch normalization acts on its output"


def observe(block: BlockRecord, x: Tensor, sent: Tensor) -> Behaviour:
    """Watch a block on inputs `x` (N × C × H × W) that have both signs; the box ran it on those that were `sent`."""
    if block.error:
        return Behaviour(problem=block.error, ours=block.unknown)
    try:
        if found := _doubt(block, sent):
            return Behaviour(problem=found.words, ours=found.ours)
        return _observe(block, x)
    except replay.UnknownOperation as error:
        return Behaviour(problem=f"the grader cannot run it again: {error}", ours=True)
    except replay.NotReplayable as error:
        return Behaviour(problem=str(error))


def _observe(block: BlockRecord, x: Tensor) -> Behaviour:
    training, evaluation = block.training, block.evaluation
    nodes = training.reached()
    convolutions = [node for node in nodes if graph.is_convolution(node)]
    tensors = block.tensors("training")
    out = _run(training, tensors, x)
    others = tuple(node.name for node in nodes if node.name in ("instance_norm", "group_norm", "layer_norm"))
    norms = [node for node in nodes if graph.is_norm(node) and _trains(node)]
    own = [node for node in norms if _is_registered(training, node)]
    evaluating = [
        node
        for node in evaluation.reached()
        if graph.is_norm(node) and not _trains(node) and _is_registered(evaluation, node)
    ]
    shortcut: Shortcut = "none"
    if convolutions:
        shortcut = shortcut_of(evaluation, block.tensors("evaluation"), dict(block.parameters), x)
    found = Behaviour(
        len(convolutions),
        graph.normalised(training, norms),
        graph.normalised(training, own).count,
        graph.normalised(evaluation, evaluating).count,
        _updated(block),
        shortcut,
        _ratio(out, x),
        others,
        keeps_statistics=bool(block.arrays("before.")),
        shared=_is_shared(training, own),
        discarded=_discarded(training),
        shortcut_words=graph.instead_of_shortcut(training),
    )
    return found if norms or not convolutions else _by_hand(block, found, x)


def _doubt(block: BlockRecord, sent: Tensor) -> watched.Doubt | None:
    """Whether it computes something else when nobody watches."""
    for mode, network in (("training", block.training), ("evaluation", block.evaluation)):
        if mode == "training" and block.is_random:
            continue
        again = _run(network, block.tensors(mode), sent).numpy()
        single = _alone(network, block.tensors(mode), sent) if mode == "evaluation" else None
        if found := watched.doubt(block.arrays(f"{mode}."), again, single):
            return found
    return None


def _alone(network: Network, tensors: Mapping[str, Tensor], sent: Tensor) -> Array | None:
    """The output for the first sample alone; None where the operations are those of a whole batch."""
    try:
        found: Array = _run(network, tensors, sent[:1]).numpy()
    except replay.NotReplayable:
        return None
    return found


def _trains(node: Node) -> bool:
    return len(node.args) > 5 and node.args[5] is True


def _is_registered(network: Network, node: Node) -> bool:
    """Whether anything but the batch that goes into a normalization is the block's own parameter or buffer."""
    return any(not name.startswith(("constant.", "input.")) for name in graph.inputs_named(network, node))


def _is_shared(network: Network, norms: Sequence[Node]) -> bool:
    """Whether two normalizations are one and the same: the same parameters and statistics go into both."""
    known = [frozenset(graph.inputs_named(network, node)) for node in norms]
    return len(set(known)) < len(known)


def _discarded(network: Network) -> int:
    """Batch normalizations that are run and whose results nothing uses."""
    used = {id(node) for node in network.reached()}
    return sum(graph.is_norm(node) and id(node) not in used for node in network.nodes)


def _updated(block: BlockRecord) -> bool:
    before, after = block.arrays("before."), block.arrays("after.")
    return any(
        name in after
        and after[name].dtype.kind == "f"
        and after[name].shape == array.shape
        and not (after[name] == array).all()
        for name, array in before.items()
    )


def _ratio(out: Tensor, x: Tensor) -> float:
    if out.dim() != 4 or out.shape[:2] != x.shape[:2]:
        return 0.0
    return out.shape[-1] / x.shape[-1]


def _run(network: Network, tensors: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """The output, with running statistics where the operations use them."""
    with torch.no_grad():
        return _output(network, tensors, x)


def _output(network: Network, tensors: Mapping[str, Tensor], x: Tensor) -> Tensor:
    return replay.run(network, tensors, x).to(x.dtype)


def shortcut_of(network: Network, tensors: Mapping[str, Tensor], parameters: Collection[str], x: Tensor) -> Shortcut:
    """Whether the input is what is left, through activations perhaps, once the convolutions give nothing; and
    whether the gradient comes back the same way.

    Batch normalizations are made neutral; all other parameters are zero.
    """
    silent = {name: torch.zeros_like(tensor) if name in parameters else tensor for name, tensor in tensors.items()}
    for node in network.reached():
        if graph.is_norm(node):
            for part, value in zip(node.args[1:5], (1.0, 0.0, 0.0, 1.0), strict=False):
                name = network.name_of(part["value"]) if isinstance(part, dict) else None
                if name in silent:
                    silent[name] = torch.full_like(silent[name], value)
    entering = x.clone().requires_grad_()
    with torch.enable_grad():
        left = _output(network, silent, entering)
    if not _passes(left.detach(), x):
        return "none"
    return "identity" if _comes_back(left, entering) else "detached"


def _comes_back(left: Tensor, entering: Tensor) -> bool:
    if not left.requires_grad:
        return False
    (gradient,) = torch.autograd.grad(left.sum(), entering, allow_unused=True)
    passed = gradient[entering > 0] if gradient is not None else torch.zeros(1)
    return torch.allclose(passed, torch.ones_like(passed), rtol=1e-2, atol=1e-2)


def _passes(left: Tensor, x: Tensor) -> bool:
    """Positive numbers come through as they are, negative ones times one number from 0 to 1."""
    if left.shape != x.shape:
        return False
    up, down = x > 0, x < 0
    if not torch.allclose(left[up], x[up], rtol=1e-3, atol=1e-4):
        return False
    slopes = left[down] / x[down]
    slope = slopes.median()
    return bool(-1e-3 <= slope <= 1 + 1e-3) and torch.allclose(left[down], slope * x[down], rtol=1e-3, atol=1e-4)


def _by_hand(block: BlockRecord, found: Behaviour, x: Tensor) -> Behaviour:
    """A batch normalization written out in other operations, known by what it does."""
    tensors = block.tensors("training")
    before = _run(block.training, tensors, x)
    mixed = torch.cat([x[:1], 3 * x[1:].flip(0) + 1])
    if torch.allclose(_run(block.training, tensors, mixed)[0], before[0], rtol=1e-3, atol=1e-4):
        return found  # a sample's output does not depend on the batch
    nodes = [node for node in block.training.reached() if graph.is_convolution(node)]
    acting = sum(_is_invariant(block.training, tensors, x, node, before) for node in nodes)
    beside = set(dict(block.parameters)) - graph.names_in(block.training, nodes)
    evaluating = acting if _evaluates(block, x, mixed) else 0
    return replace(
        found,
        acting=graph.Normalised(found.convolutions, acting, 0),
        registered=acting if beside or block.arrays("before.") else 0,
        evaluating=evaluating,
        by_hand=True,
    )


def _is_invariant(network: Network, tensors: Mapping[str, Tensor], x: Tensor, node: Node, before: Tensor) -> bool:
    names = [name for name in graph.inputs_named(network, node) if name in tensors]
    larger = dict(tensors) | {name: 8 * tensors[name] for name in names}
    return torch.allclose(_run(network, larger, x), before, rtol=0.05, atol=0.02)


def _evaluates(block: BlockRecord, x: Tensor, mixed: Tensor) -> bool:
    """In evaluation mode samples do not depend on each other, and the buffers matter."""
    network, tensors = block.evaluation, block.tensors("evaluation")
    out = _run(network, tensors, x)
    if not torch.allclose(_run(network, tensors, mixed)[0], out[0], rtol=1e-3, atol=1e-4):
        return False
    buffers = {name for name, array in block.arrays("before.").items() if array.dtype.kind == "f"}
    other = dict(tensors) | {name: 2 * tensors[name] + 0.5 for name in buffers if name in tensors}
    return bool(buffers) and not torch.allclose(_run(network, other, x), out, rtol=1e-3, atol=1e-4)
