"""What came back of a student's network, and what its operations show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from grader.checks import replay, skips
from grader.checks.graph import Graph
from grader.checks.hidden import hidden_weights
from grader.checks.watched import other_when_run
from grader.readings.typed_frames import PlainRuns
from grader.sandbox.protocol import Array


@dataclass(frozen=True)
class StructureParameter:
    """One parameter tensor of the network."""

    name: str
    shape: tuple[int, ...]
    learnable: bool


@dataclass(frozen=True, kw_only=True)
class NetworkStructure:
    """The student's network: `name` is what was graded, `how` says how it was made.

    One sample has the `shape`; `samples` gives some that it was run on. `also_made` has the parameter tensors that it
    has where the scripts make it in another way, by how they do. `with_standins` tells that parts of it are the
    grader's own, in place of a course's package, whose versions differ.
    """

    name: str
    how: str
    parameters: tuple[StructureParameter, ...]
    owners: tuple[tuple[str, str, tuple[str, ...]], ...]  # path, class, own parameters of each layer
    forward_error: str | None
    untraced: str | None
    network: replay.Network | None
    arrays: Mapping[str, Array]
    seed: int
    shape: tuple[int, ...]
    samples: Callable[[], Array]
    plain: PlainRuns = PlainRuns()
    also_made: Mapping[str, int] = field(default_factory=dict)
    with_standins: bool = False

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by parameter name."""
        return {part.name: part.shape for part in self.parameters}

    def tensors(self, names: Iterable[str]) -> dict[str, Tensor]:
        """Hidden weights for these parameters, and all buffers and constants. Raises NotReplayable if too large."""
        hidden = hidden_weights(((part.name, part.shape) for part in self.parameters), self.seed, set(names))
        buffers = {name.removeprefix("buffer."): array for name, array in self.arrays.items()}
        return replay.weights(hidden) | replay.weights(buffers)

    @cached_property
    def graph(self) -> Graph | None:
        """The operations that the output needs."""
        return None if self.network is None else Graph(self.network, self.shapes)

    @cached_property
    def reached(self) -> frozenset[str]:
        """Names of the parameters that the output depends on."""
        if self.network is None or self.graph is None:
            return frozenset()
        used = {number for node in self.graph.nodes.values() for number in node.inputs}
        return frozenset(name for name in self.shapes if self.network.names.get(name) in used)

    @cached_property
    def reached_layers(self) -> int:
        """How many layers that own parameters the output depends on."""
        return sum(1 for _, _, names in self.owners if self.reached & set(names))

    @cached_property
    def trunk(self) -> skips.Trunk:
        """The network's blocks. Raises NotReplayable."""
        if self.graph is None:
            raise replay.NotReplayable(self.untraced or "its forward pass could not be written down")
        found = skips.blocks(self.graph)
        values: dict[int, Tensor] = {}
        tensors: dict[str, Tensor] = {}
        if found:
            network = self._up_to(self.graph, found[-1])
            used = {number for node in network.reached() for number in node.inputs}
            tensors = self.tensors(name for name in self.shapes if network.names.get(name) in used)
            with torch.no_grad():
                replay.run(network, tensors, self._images, values=values)
        return skips.trunk(self.graph, values)

    @cached_property
    def other_when_run(self) -> str | None:
        """What differs between its operations and what it gave when nobody wrote them down, if anything does."""
        if self.network is None or self.forward_error:
            return None
        images = torch.from_numpy(self.samples()[:2])
        try:
            return other_when_run(self.network, self.tensors(self.reached), images, self.plain)
        except replay.NotReplayable:
            return None

    @staticmethod
    def _up_to(graph: Graph, block: skips.SkipNodes) -> replay.Network:
        """All that runs before the last block has ended: the head may be too large to be run here."""
        out = next(number for number in graph.nodes[block.addition].out if number is not None)
        return replace(graph.network, output=out)

    @property
    def _images(self) -> Tensor:
        return torch.randn(2, *self.shape, generator=torch.Generator().manual_seed(self.seed % 2**63))

    def gradient_norms(self, classes: int) -> tuple[list[str], list[float], list[float]] | None:
        """For each convolution of the trunk: name, norm of its gradient with and without skip paths.

        With the same hidden weights, on two images. None where the network cannot be run again as a whole.
        """
        if self.network is None or self.forward_error or self.graph is None:
            return None
        try:
            names = [self.graph.weight(index) for index in sorted(self.graph.convolutions)]
            tensors = self.tensors(self.reached)
            plain = skips.without_skips(self.graph, self.trunk.working)
            both = [_norms(network, tensors, names, self._images, classes) for network in (self.network, plain)]
        except (replay.NotReplayable, RuntimeError, ValueError):
            return None
        return names, both[0], both[1]


def _norms(
    network: replay.Network, tensors: Mapping[str, Tensor], names: Sequence[str], images: Tensor, classes: int
) -> list[float]:
    leaves = dict(tensors) | {name: tensors[name].detach().requires_grad_() for name in names if name in tensors}
    logits = replay.run(network, leaves, images)
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise replay.NotReplayable("its output is no batch of logits")
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)) % min(classes, logits.shape[1]))
    if not loss.requires_grad:  # no convolution is reached
        return [0.0] * len(names)
    weights = [leaves[name] for name in names]
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    return [0.0 if one is None else one.double().norm().item() for one in gradients]
