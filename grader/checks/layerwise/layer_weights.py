"""The student's hidden weights carried into the reference, layer by layer: by order and shape, and by trial."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from grader.checks.layerwise.written_out import written_out
from grader.checks.made import MadeNetwork
from grader.checks.operations import Network, Node
from grader.sandbox.protocol import Array

MAX_TRIALS = 720
_LAYERS = ("conv2d", "convolution", "batch_norm", "native_batch_norm", "cudnn_batch_norm")
ROLES = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class LayerTensors:
    """The tensors of one of the student's layers, by role; `uses` counts how often the network runs it.

    A `turned` weight is kept as inputs × outputs; `shape` has the outputs first.
    """

    names: Mapping[str, str]
    shape: tuple[int, ...]
    uses: int = 1
    turned: bool = False

    @property
    def name(self) -> str:
        """What the student calls the layer."""
        return self.names["weight"].rpartition(".")[0] or self.names["weight"]


@dataclass(frozen=True)
class CarriedLayers:
    """A student's layers and all hidden numbers by name."""

    groups: tuple[LayerTensors, ...]
    unused: tuple[str, ...]
    values: Mapping[str, Array]


def carried(made: MadeNetwork, seed: int) -> CarriedLayers:
    """What the box filled in, and which layers it filled; `seed` is the evidence's."""
    values = made.values(seed)
    network = next((found.network for found in made.passes.values() if found.network), None)
    groups = _by_use(network, values, dict(made.parameters)) if network else []
    known = {name for group in groups for name in group.names.values()}
    unused = tuple(name for name, _ in made.parameters if name not in known and name not in made.kept)
    if unused and not (network and _is_unreached(network, unused)):
        return CarriedLayers(tuple(_by_name(made)), (), values)
    return CarriedLayers(tuple(groups), unused, values)


def _is_unreached(network: Network, names: Sequence[str]) -> bool:
    used = {number for node in network.reached() for number in node.inputs}
    return not any(network.names.get(name) in used for name in names)


def _by_use(network: Network, values: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]) -> list[LayerTensors]:
    """Layers in the order in which they run. `shapes` are those of the parameters."""
    found: dict[str, LayerTensors] = {}
    products = written_out(network, shapes).products
    for node in network.reached():
        product = products.get(id(node))
        if product:
            named = {"weight": product.weight} | ({"bias": product.bias} if product.bias else {})
        else:
            named = _named(network, node, values) if node.name in _LAYERS else {}
        if "weight" in named:
            key = named["weight"]
            uses = found[key].uses + 1 if key in found else 1
            shape = product.size if product else values[key].shape
            found[key] = LayerTensors(named, shape, uses, bool(product and product.turned))
    return list(found.values())


def _named(network: Network, node: Node, values: Mapping[str, Array]) -> dict[str, str]:
    numbers = [part["value"] if isinstance(part, dict) and "value" in part else None for part in node.args[1:5]]
    names = [network.name_of(number) if number is not None else None for number in numbers]
    return {role: name for role, name in zip(ROLES, names, strict=False) if name in values and name}


def _by_name(made: MadeNetwork) -> Iterator[LayerTensors]:
    """Layers in the order in which they were defined: the tensors that share a prefix."""
    known = dict((*made.parameters, *made.buffers))
    for name, shape in made.parameters:
        prefix, _, last = name.rpartition(".")
        if last == "weight":
            names = {role: full for role in ROLES if (full := f"{prefix}.{role}".lstrip(".")) in known}
            yield LayerTensors(names, shape)


def slots(reference: nn.Module) -> list[nn.Module]:
    """The reference's layers that have weights, in order."""
    return [part for part in reference.modules() if isinstance(getattr(part, "weight", None), Tensor)]


def trials(reference: nn.Module, groups: Sequence[LayerTensors]) -> Iterator[tuple[LayerTensors, ...]]:
    """Every way to give each of the reference's layers one of the student's of its shape, likeliest first."""
    wanted = slots(reference)
    if len(wanted) != len(groups):
        return
    options = [[group for group in groups if _fits(slot, group)] for slot in wanted]
    if not all(options):
        return
    in_order = tuple(groups)
    if all(group in options[index] for index, group in enumerate(in_order)):
        yield in_order
    count = 0
    for choice in itertools.product(*options):
        if len({id(group) for group in choice}) == len(wanted) and choice != in_order:
            yield choice
            count += 1
            if count >= MAX_TRIALS:
                return


def _fits(slot: nn.Module, group: LayerTensors) -> bool:
    shape = tuple(slot.weight.shape)  # type: ignore[arg-type]
    trimmed = [tuple(side for side in sides[2:] if side != 1) for sides in (shape, group.shape)]
    return shape[:2] == group.shape[:2] and trimmed[0] == trimmed[1]


def fill(reference: nn.Module, choice: Sequence[LayerTensors], values: Mapping[str, Array]) -> None:
    """Give the reference the student's numbers; a bias that is not there is zero."""
    with torch.no_grad():
        for slot, group in zip(slots(reference), choice, strict=True):
            for role in ROLES:
                target = getattr(slot, role, None)
                if isinstance(target, Tensor):
                    name = group.names.get(role)
                    source = values[name] if name else np.zeros(tuple(target.shape), np.float32)
                    source = source.T if group.turned and role == "weight" else source
                    target.copy_(torch.from_numpy(source.reshape(tuple(target.shape))))
