"""What problems 2 and 3 ask, and usual mistakes with what to do about each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.checks import FunctionQuestion

from . import theory


def _negative(values: tuple[float, ...]) -> tuple[float, ...]:
    return (-values[0], *values[1:])


def _padded(kernels: Sequence[int], paddings: Sequence[int], strides: Sequence[int]) -> int:
    field = 1
    for kernel, padding, stride in zip(reversed(kernels), reversed(paddings), reversed(strides), strict=True):
        field = (field - 1) * stride + kernel - 2 * padding
    return field


def _with_own_stride(kernels: Sequence[int], strides: Sequence[int]) -> int:
    field, jump = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        jump *= stride
        field += (kernel - 1) * jump
    return field


def _adam(c: float, t: int, eta: float, b1: float, b2: float) -> tuple[float, ...]:
    return theory.simulated_adam(c, t, eta, b1, b2)


def _uncorrected(c: float, t: int, eta: float, b1: float, b2: float) -> tuple[float, ...]:
    w, m, v, *_ = _adam(c, t, eta, b1, b2)
    return w, m, v, m, v


def _unsquared(c: float, t: int, eta: float, b1: float, b2: float) -> tuple[float, ...]:
    w, m, v, m_hat, v_hat = _adam(c, t, eta, b1, b2)
    return w, m, v / c, m_hat, v_hat / c


OPTIMIZER_STATE = (
    FunctionQuestion(
        "adam_values_per_parameter",
        theory.adam_values_per_parameter,
        whole=True,
        hint="count what is stored for each parameter from one step to the next: m and v; t is shared",
    ),
    FunctionQuestion(
        "sgdm_values_per_parameter",
        theory.sgdm_values_per_parameter,
        whole=True,
        hint="count what is stored for each parameter from one step to the next: m",
    ),
    FunctionQuestion(
        "sgdm_constant_gradient",
        theory.simulated_sgdm,
        form="return both as a tuple: (w, m)",
        mistakes=(
            (lambda c, t, eta, beta: theory.simulated_sgdm(c, t - 1, eta, beta), "this is the state after t − 1 steps"),
            (lambda c, t, eta, beta: theory.simulated_sgdm(c, t + 1, eta, beta), "this is the state after t + 1 steps"),
            (
                lambda c, t, eta, beta: _negative(theory.simulated_sgdm(c, t, eta, beta)),
                "w moves against the gradient: its sign is negative",
            ),
            (
                lambda c, t, eta, beta: theory.simulated_sgdm(c * (1 - beta), t, eta, beta),
                "the handout's SGDM adds the whole gradient: m ← β m + ∇L, without a factor 1 − β",
            ),
            (
                lambda c, t, eta, beta: (
                    -eta * t * theory.simulated_sgdm(c, t, eta, beta)[1],
                    theory.simulated_sgdm(c, t, eta, beta)[1],
                ),
                "w is the sum over all steps of −η m, and m grows from step to step",
            ),
            (
                lambda c, t, eta, beta: (
                    -eta * theory.simulated_sgdm(c, t, eta, beta)[1],
                    theory.simulated_sgdm(c, t, eta, beta)[1],
                ),
                "this is the last step alone: w is the sum of all steps",
            ),
            (lambda c, t, eta, beta: (-eta * t * c, c), "m keeps β of itself from step to step: m ← β m + ∇L"),
            (
                lambda c, t, eta, beta: (theory.simulated_sgdm(c, t, eta, beta)[0], c / (1 - beta)),
                "c / (1 − β) is m after infinitely many steps: after t of them it is c (1 − βᵗ) / (1 − β)",
            ),
            (
                lambda c, t, eta, beta: theory.simulated_sgdm(c, t, eta, beta)[::-1],
                "return them in this order: w, m",
            ),
        ),
    ),
    FunctionQuestion(
        "adam_constant_gradient",
        theory.simulated_adam,
        form="return all five as a tuple: (w, m, v, m_hat, v_hat)",
        mistakes=(
            (
                lambda c, t, eta, b1, b2: theory.simulated_adam(c, t + 1, eta, b1, b2),
                "this is the state after t + 1 steps",
            ),
            (
                lambda c, t, eta, b1, b2: (-eta * t * c, *theory.simulated_adam(c, t, eta, b1, b2)[1:]),
                "each step is η m̂ / √v̂ = η: w does not depend on c",
            ),
            (
                lambda c, t, eta, b1, b2: _negative(theory.simulated_adam(c, t, eta, b1, b2)),
                "w moves against the gradient: its sign is negative",
            ),
            (
                lambda c, t, eta, b1, b2: (-eta, *theory.simulated_adam(c, t, eta, b1, b2)[1:]),
                "this is the last step alone: w is the sum of t steps",
            ),
            (
                lambda c, t, eta, b1, b2: (c * _adam(c, t, eta, b1, b2)[0], *_adam(c, t, eta, b1, b2)[1:]),
                "each step is η m̂ / √v̂ = η: w does not depend on c",
            ),
            (_uncorrected, "m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ): m and v are corrected for their start at 0"),
            (_unsquared, "v averages the square of the gradient: v ← β₂ v + (1 − β₂) c²"),
            (
                lambda c, t, eta, b1, b2: _adam(c, t, eta, b2, b1),
                "β₁ belongs to m and β₂ to v",
            ),
        ),
    ),
)

RECEPTIVE_FIELD = (
    FunctionQuestion(
        "conv1d_output_width",
        theory.measured_output_width,
        whole=True,
        mistakes=(
            (lambda w, k, p, s: -((w + 2 * p - k) // -s) + 1, "round down: a window that does not fit is left out"),
            (lambda w, k, p, s: (w + 2 * p - k) / s + 1, "round down: // divides whole numbers"),
            (lambda w, k, p, s: (w + p - k) // s + 1, "padding is added on both sides: 2P"),
            (lambda w, k, p, s: (w + 2 * p - k) // s, "the first window counts too: + 1"),
            (lambda w, k, p, s: (w + 2 * p - k + 1) // s, "add 1 behind the division, not before it"),
            (lambda w, k, p, s: (w - k) // s + 1, "padding is added on both sides of the input: 2P"),
            (lambda w, k, p, s: w + 2 * p - k + 1, "what is left beside the first window is divided by the stride"),
            (lambda w, k, p, s: round((w + 2 * p - k) / s) + 1, "round down: a window that does not fit is left out"),
        ),
    ),
    FunctionQuestion(
        "conv1d_min_input_width",
        theory.searched_input_width,
        whole=True,
        mistakes=(
            (lambda w, k, p, s: w * s + k - 2 * p, "W_out windows have W_out − 1 gaps between them"),
            (lambda w, k, p, s: (w - 1) * s + k - p, "padding is added on both sides: 2P"),
            (lambda w, k, p, s: (w - 1) * s + k, "padding covers a part of the windows: subtract 2P"),
            (lambda w, k, p, s: (w - 1) * s + k - 2 * p + s - 1, "this is the largest input with that output"),
            (lambda w, k, p, s: (w - 1) * s + k + 2 * p, "padding makes the input that is needed smaller: − 2P"),
        ),
    ),
    FunctionQuestion(
        "receptive_field",
        theory.measured_receptive_field,
        whole=True,
        form="return one number; kernels, paddings and strides are lists, with one entry for each layer",
        mistakes=(
            (lambda k, p, s: theory.receptive_field(k[::-1], p[::-1], s[::-1]), "go backwards from the last layer"),
            (_padded, "padding does not change the receptive field"),
            (lambda k, p, s: 1 + sum(kernel - 1 for kernel in k), "strides widen the field of the layers behind them"),
            (
                lambda k, p, s: _with_own_stride(k, s),
                "a layer's own stride acts on the layers behind it, not on itself",
            ),
            (
                lambda k, p, s: sum(k),
                "each layer adds K − 1, times the strides before it, to a field of 1",
            ),
            (
                lambda k, p, s: math.prod(k),
                "kernels do not multiply: each adds K − 1, times the strides before it",
            ),
        ),
    ),
)
