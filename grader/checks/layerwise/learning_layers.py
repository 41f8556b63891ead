"""Which layers of a network learn: where the reference freezes some, the same ones have to be frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from grader.checks.layerwise.layer_weights import CarriedLayers, LayerTensors, slots
from grader.checks.made import MadeNetwork
from grader.inside.building import constants

SAID = 4  # names
LEARNED = ("weight", "bias")


def freezes(reference: nn.Module) -> bool:
    """Whether a layer of the reference does not learn."""
    return any(not part.requires_grad for _, part in _layers(reference))


def size(reference: nn.Module) -> int:
    """How many numbers its layers have, frozen ones included, without what is a constant."""
    return sum(part.numel() for _, part in _layers(reference))


def frozen(made: MadeNetwork, moved: CarriedLayers) -> list[str]:
    """A student's parameters that do not learn, without constants that are no layer's weights."""
    layers = {name for group in moved.groups for name in group.names.values()}
    return [name for name in made.frozen if name not in made.kept or name in layers]


def learning(reference: nn.Module, choice: Sequence[LayerTensors]) -> list[str]:
    """What a student calls the parameters that learn in the reference."""
    return [name for name, learns in _pairs(reference, choice) if learns]


def differences(made: MadeNetwork, reference: nn.Module, choice: Sequence[LayerTensors]) -> Iterator[str]:
    """Layers that should learn and do not, and that should not and do."""
    pairs = list(_pairs(reference, choice))
    fixed = [name for name, learns in pairs if learns and name in made.frozen]
    free = [name for name, learns in pairs if not learns and _gets_gradients(made, name)]
    if fixed:
        yield f"{_named(fixed)} {_verb('does not', 'do not', fixed)} learn: expected requires_grad for what is trained"
    if free:
        yield f"{_named(free)} {_verb('learns', 'learn', free)}: expected requires_grad = False, as for what is frozen"


def _layers(reference: nn.Module) -> Iterator[tuple[str, Tensor]]:
    kept = constants(reference)
    yield from ((name, part) for name, part in reference.named_parameters() if name not in kept)


def _pairs(reference: nn.Module, choice: Sequence[LayerTensors]) -> Iterator[tuple[str, bool]]:
    """What a student calls each of the reference's weights and biases, and whether it learns in the reference."""
    for slot, group in zip(slots(reference), choice, strict=True):
        for role in LEARNED:
            target = getattr(slot, role, None)
            if isinstance(target, Tensor) and role in group.names:
                yield group.names[role], target.requires_grad


def _gets_gradients(made: MadeNetwork, name: str) -> bool:
    """Whether it learns: an optimizer that is given it would change it. Without gradients it stays as it is."""
    gradients = made.passes["training"].gradients
    return name not in made.frozen and (gradients is None or name in gradients)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SAID} more" if len(names) > SAID else ""
    return f"{', '.join(names[:SAID])}{more}"


def _verb(one: str, several: str, names: Sequence[str]) -> str:
    return one if len(names) == 1 else several
