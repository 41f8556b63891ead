"""Optimizers as their papers have them, and with the mistakes that are made: to name one by the steps it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from grader.sandbox.protocol import Array

Options = Mapping[str, Any]
ADAM: Mapping[str, Options] = {
    "bias correction is missing": {"first": False, "second": False},
    "bias correction of the first moment is missing": {"first": False},
    "bias correction of the second moment is missing": {"second": False},
    "bias is corrected as in the first step each time: count the steps": {"counted": False},
    "epsilon stands inside the root": {"inside": True},
    "the two betas are swapped": {"swapped": True},
    "weight decay is added to the gradient, not decoupled": {"decay": "coupled"},
    "weight decay is decoupled, not added to the gradient": {"decay": "decoupled"},
    "weight decay is not multiplied by the learning rate": {"decay": "whole"},
    "weight decay is missing": {"decay": "none"},
    "the sign is the wrong way round: it climbs": {"sign": -1.0},
}
SGD: Mapping[str, Options] = {
    "the gradient is dampened by 1 - momentum": {"dampened": "all"},
    "dampening is missing": {"dampened": "none"},
    "the first step is dampened as well": {"dampened": "first"},
    "the step is not Nesterov's": {"nesterov": False},
    "the step is Nesterov's": {"nesterov": True},
    "momentum is missing": {"mu": 0.0},
    "weight decay is decoupled, not added to the gradient": {"decay": "decoupled"},
    "weight decay is missing": {"decay": "none"},
    "the sign is the wrong way round: it climbs": {"sign": -1.0},
}
RMSPROP: Mapping[str, Options] = {
    "epsilon stands inside the root": {"inside": True},
    "the root is missing": {"root": False},
    "the decay rate stands at the new gradient": {"turned": True},
    "the sign is the wrong way round: it climbs": {"sign": -1.0},
}


def mistakes(options: Options, start: Array, gradients: Array, right: Array) -> Iterator[tuple[str, Array]]:
    """Words for a mistake, and the parameters (steps × shape) it leads to: for the rule whose right form gives what
    the reference gives; nothing where none does.
    """
    for rule, kinds, forms in _RULES:
        for form in forms:
            if np.allclose(rule(start, gradients, options, **form), right, rtol=1e-6, atol=1e-9):
                yield from (
                    (words, rule(start, gradients, options, **{**form, **kind})) for words, kind in kinds.items()
                )
                return


def option(options: Options, default: float, *names: str) -> float:
    """The first of several names that an option has."""
    found = next((options[name] for name in names if name in options), default)
    return float(found)


def adam(  # noqa: PLR0913 - a switch for each mistake
    start: Array,
    gradients: Array,
    options: Options,
    *,
    first: bool = True,
    second: bool = True,
    counted: bool = True,
    inside: bool = False,
    swapped: bool = False,
    decay: str = "coupled",
    sign: float = 1.0,
) -> Array:
    """Adam (Kingma and Ba) and AdamW (Loshchilov and Hutter)."""
    rate, eps = option(options, 1e-3, "lr", "learning_rate"), option(options, 1e-8, "eps", "epsilon")
    one, two = options.get("betas") or (option(options, 0.9, "beta1"), option(options, 0.999, "beta2"))
    one, two = (two, one) if swapped else (one, two)
    share = option(options, 0.0, "weight_decay")
    here, mean, square, found = start.copy(), np.zeros_like(start), np.zeros_like(start), []
    for step, gradient in enumerate(gradients, 1):
        count = step if counted else 1
        slope = gradient + share * here if decay == "coupled" else gradient
        mean, square = one * mean + (1 - one) * slope, two * square + (1 - two) * slope**2
        above = mean / (1 - one**count) if first else mean
        below = square / (1 - two**count) if second else square
        scaled = above / (np.sqrt(below + eps) if inside else np.sqrt(below) + eps)
        shrunk = {"decoupled": rate * share, "whole": share}.get(decay, 0.0)
        here = here - shrunk * here - sign * rate * scaled
        found.append(here)
    return np.stack(found)


def sgd(  # noqa: PLR0913 - a switch for each mistake
    start: Array,
    gradients: Array,
    options: Options,
    *,
    dampened: str = "usual",
    nesterov: bool | None = None,
    mu: float | None = None,
    decay: str = "coupled",
    sign: float = 1.0,
) -> Array:
    """Gradient descent with momentum, as in PyTorch."""
    rate, share = option(options, 1e-2, "lr", "learning_rate"), option(options, 0.0, "weight_decay")
    momentum = option(options, 0.9 if "velocity" in options else 0.0, "momentum") if mu is None else mu
    asked = option(options, 0.0, "dampening")
    damping = {"all": momentum, "none": 0.0}.get(dampened, asked)
    ahead = bool(options.get("nesterov", False)) if nesterov is None else nesterov
    here, speed, found = start.copy(), np.zeros_like(start), []
    for step, gradient in enumerate(gradients):
        slope = gradient + share * here if decay == "coupled" else gradient
        plain = step == 0 and dampened in ("usual", "none")
        speed = slope if plain else momentum * speed + (1 - damping) * slope
        move = slope + momentum * speed if ahead else speed
        here = here - (rate * share * here if decay == "decoupled" else 0.0) - sign * rate * move
        found.append(here)
    return np.stack(found)


def rmsprop(
    start: Array,
    gradients: Array,
    options: Options,
    *,
    inside: bool = False,
    root: bool = True,
    turned: bool = False,
    sign: float = 1.0,
) -> Array:
    """RMSprop without momentum."""
    rate, eps = option(options, 1e-2, "lr", "learning_rate"), option(options, 1e-8, "eps", "epsilon")
    kept = option(options, 0.99, "alpha", "decay_rate", "rho")
    kept = 1 - kept if turned else kept
    here, square, found = start.copy(), np.zeros_like(start), []
    for gradient in gradients:
        square = kept * square + (1 - kept) * gradient**2
        below = np.sqrt(square + eps) if inside else (np.sqrt(square) if root else square) + eps
        here = here - sign * rate * gradient / below
        found.append(here)
    return np.stack(found)


_DECAYS: tuple[Options, ...] = ({"decay": "coupled"}, {"decay": "decoupled"})
_RULES: tuple[tuple[Callable[..., Array], Mapping[str, Options], tuple[Options, ...]], ...] = (
    (adam, ADAM, _DECAYS),
    (sgd, SGD, _DECAYS),
    (rmsprop, RMSPROP, ({},)),
)
