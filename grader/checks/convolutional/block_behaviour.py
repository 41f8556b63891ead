"""What a block does, seen from outside: its batch normalizations in both modes, and its skip path."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from grader.checks import graph, replay, silence
from grader.checks.convolutional.block_record import BlockRecord
from grader.checks.graph import Graph, Normalised
from grader.checks.operations import Network, Node
from grader.checks.watched import other_alone, other_when_run
from grader.readings.typed_frames import plain_runs

Shortcut = Literal["identity", "detached", "none"]
POWER = (
    "blocks were tried with hidden weights on random numbers of both signs: less than the whole input on the shortcut, "
    f"a shortcut for certain weights only, or a convolution whose part of the output is below {silence.NOTICED:g} of "
    "the largest would have been seen"
)
ROUNDING = 0.02  # of the largest output: right evaluations in float32 were seen to differ by less than a tenth of it
ONLY_SILENT = "its input is added only while the convolutions give nothing"
ONE_OF_BOTH = "at each place its output follows its input or its convolutions, and never their sum"


@dataclass(frozen=True)
class BlockBehaviour:
    """Counts of convolutions, and of those with a batch normalization that acts, is registered, and evaluates.

    `ratio` is the output's width over the input's; `others` are normalizations of other kinds. Batch normalizations
    written `by_hand` are none of PyTorch's; a `shared` one acts after several convolutions; the results of `discarded`
    ones are computed and not used; those that are `fixed` use their running statistics in training mode too. Of `idle`
    convolutions hardly anything reaches the output. `shortcut_words` says what there is in place of a shortcut. A
    `problem` is `ours` if the grader cannot make or run the block.
    """

    convolutions: int = 0
    acting: Normalised = Normalised(0, 0, 0)
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
    fixed: int = 0
    idle: int = 0
    shortcut_words: str = ""
    problem: str | None = None
    ours: bool = False

    @property
    def keeps_shape(self) -> bool:
        """Whether it keeps its input's shape."""
        return self.ratio == 1 and self.convolutions > 0

    @property
    def halves_width(self) -> bool:
        """Whether it halves its input's width."""
        return self.ratio == 0.5 and self.convolutions > 0

    def batch_norm_problem(self) -> str | None:
        """Why it has no batch normalization after each convolution in both modes, or None."""
        acting, wanted = self.acting.count, self.convolutions
        if self.idle:
            return self.idle_words
        if not self.acting.all:
            return self._missing(acting)
        if self.registered < wanted:
            return (
                f"{wanted - self.registered} of {wanted} batch normalizations are not registered: they are made anew "
                "in every forward pass"
            )
        return self._statistics_problem(wanted)

    @property
    def idle_words(self) -> str:
        """What is wrong with convolutions that do nothing."""
        return f"what {self.idle} of {self.convolutions} convolutions give does not reach its output"

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
        if self.fixed:
            all_of_them = self.fixed + acting
            return f"{self.fixed} of {all_of_them} batch normalizations use their running statistics in training mode"
        if acting:
            return f"{acting} of {self.convolutions} convolutions have a batch normalization"
        if self.others:
            return f"expected batch normalization, found {', '.join(sorted(set(self.others)))}"
        if not self.keeps_statistics:
            return "it has no batch normalization"
        return "no batch normalization acts on its output"


def hidden_batch(seed: int, shape: tuple[int, ...]) -> Tensor:
    """Random numbers of both signs, N × C × H × W, that never went into the sandbox; `seed` is the evidence's."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed % 2**63))


def watch_block(block: BlockRecord, x: Tensor, sent: Tensor) -> BlockBehaviour:
    """Watch a block on inputs `x` (N × C × H × W) that have both signs; the box ran it on those that were `sent`."""
    if block.error:
        return BlockBehaviour(problem=block.error, ours=block.unknown)
    try:
        if found := _other_when_run(block, sent):
            return BlockBehaviour(problem=found)
        return _observe(block, x)
    except replay.UnknownOperation as error:
        return BlockBehaviour(problem=f"the grader cannot run it again: {error}", ours=True)
    except replay.NotReplayable as error:
        return BlockBehaviour(problem=str(error))


def _observe(block: BlockRecord, x: Tensor) -> BlockBehaviour:
    training, evaluation = block.training, block.evaluation
    nodes = training.reached()
    convolutions = [node for node in nodes if graph.is_convolution(node)]
    tensors = block.tensors("training")
    out = replay.output(training, tensors, x)
    others = tuple(node.name for node in nodes if node.name in graph.OTHER_NORMALISATIONS)
    norms = [node for node in nodes if graph.is_norm(node) and graph.uses_batch(node)]
    own = [node for node in norms if _is_registered(training, node)]
    evaluating = [
        node
        for node in evaluation.reached()
        if graph.is_norm(node) and not graph.uses_batch(node) and _is_registered(evaluation, node)
    ]
    idle = silence.idle_convolutions(training, tensors, x)
    shortcut, words = _judged(block, x, idle) if convolutions else ("none", "")
    found = BlockBehaviour(
        len(convolutions),
        Graph(training).normalised(norms),
        Graph(training).normalised(own).count,
        Graph(evaluation).normalised(evaluating).count,
        _updated(block),
        shortcut,
        _ratio(out, x),
        others,
        keeps_statistics=bool(block.arrays("before.")),
        shared=_is_shared(training, own),
        discarded=_discarded(training),
        fixed=sum(graph.is_norm(node) and not graph.uses_batch(node) for node in nodes),
        idle=idle,
        shortcut_words=words,
    )
    return found if norms or not convolutions else _by_hand(block, found, x)


def _judged(block: BlockRecord, x: Tensor, idle: int) -> tuple[Shortcut, str]:
    """A block's shortcut, and what there is in its place, in words."""
    network, tensors = block.evaluation, block.tensors("evaluation")
    found = shortcut_of(network, tensors, dict(block.parameters), x)
    if found == "identity" and not silence.adds_input(network, tensors, x):
        return "none", ONLY_SILENT
    if found == "identity" and not silence.adds_what_convolutions_give(network, tensors, x):
        return "none", ONE_OF_BOTH
    if found == "identity" and idle:
        return "none", f"of {idle} of its convolutions nothing reaches the output"
    if found == "identity" and _is_lost_in_training(block, x):
        return "none", "the input is added in evaluation mode, and not in training mode"
    return found, silence.instead_of_skip(block.training)


def _is_lost_in_training(block: BlockRecord, x: Tensor) -> bool:
    """Whether nothing is left in training mode once the convolutions give nothing: blocks left out at random may be."""
    if block.is_random:
        return False
    network, tensors = block.training, block.tensors("training")
    silent = silence.silent(network, tensors, dict(block.parameters), neutral=True)
    return bool(replay.output(network, silent, x).abs().max() < ROUNDING * x.abs().max())


def _other_when_run(block: BlockRecord, sent: Tensor) -> str | None:
    """What it does otherwise when nobody watches."""
    for mode, network in (("training", block.training), ("evaluation", block.evaluation)):
        if mode == "training" and block.is_random:
            continue
        plain = plain_runs(block.frame, mode)
        if found := other_when_run(network, block.tensors(mode), sent, plain, share=ROUNDING):
            return found
    alone = plain_runs(block.frame, "evaluation")
    return other_alone(block.evaluation, block.tensors("evaluation"), sent, alone, share=ROUNDING)


def _is_registered(network: Network, node: Node) -> bool:
    """Whether anything but the batch that goes into a normalization is the block's own parameter or buffer."""
    return any(not name.startswith(("constant.", "input.")) for name in graph.names_in(network, [node]))


def _is_shared(network: Network, norms: Sequence[Node]) -> bool:
    """Whether two normalizations are one and the same: the same parameters and statistics go into both."""
    known = [frozenset(graph.names_in(network, [node])) for node in norms]
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


def shortcut_of(network: Network, tensors: Mapping[str, Tensor], parameters: Collection[str], x: Tensor) -> Shortcut:
    """Whether the input is what is left, through activations perhaps, once the convolutions give nothing; and
    whether the gradient comes back the same way.

    Batch normalizations are made neutral; all other parameters are zero.
    """
    entering = x.clone().requires_grad_()
    with torch.enable_grad():
        left = replay.run(network, silence.silent(network, tensors, parameters, neutral=True), entering).to(x.dtype)
    if silence.slope(left.detach(), x) is None:
        return "none"
    return "identity" if silence.comes_back(left, entering) else "detached"


def _by_hand(block: BlockRecord, found: BlockBehaviour, x: Tensor) -> BlockBehaviour:
    """A batch normalization written out in other operations, known by what it does."""
    network, tensors = block.training, block.tensors("training")
    if silence.takes_samples_alone(network, tensors, x):
        return found
    weights = [graph.names_in(network, [node]) for node in network.reached() if graph.is_convolution(node)]
    acting = sum(silence.is_scale_invariant(network, tensors, x, names) for names in weights)
    beside = set(dict(block.parameters)).difference(*weights)
    evaluating = acting if _evaluates(block, x) else 0
    return replace(
        found,
        acting=Normalised(found.convolutions, acting, 0),
        registered=acting if beside or block.arrays("before.") else 0,
        evaluating=evaluating,
        by_hand=True,
    )


def _evaluates(block: BlockRecord, x: Tensor) -> bool:
    """In evaluation mode samples do not depend on each other, and the buffers matter."""
    network, tensors = block.evaluation, block.tensors("evaluation")
    if not silence.takes_samples_alone(network, tensors, x):
        return False
    buffers = {name for name, array in block.arrays("before.").items() if array.dtype.kind == "f"}
    other = dict(tensors) | {name: 2 * tensors[name] + 0.5 for name in buffers if name in tensors}
    out, changed = (replay.output(network, state, x) for state in (tensors, other))
    return bool(buffers) and not silence.alike(changed, out)
