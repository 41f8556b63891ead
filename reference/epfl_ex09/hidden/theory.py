"""Problems 2 and 3 solved, in closed form and by brute force. Never sent to a box.

The optimizers are those of the handout: Adam's equations (1) to (5) and SGDM's (6) and (7), with zero initial state.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

LAST_WIDTH = 10_000


def adam_values_per_parameter() -> int:
    """The two moving averages m and v; the step counter is one number for all parameters together."""
    return 2


def sgdm_values_per_parameter() -> int:
    """The momentum m."""
    return 1


def sgdm_constant_gradient(c: float, t: int, eta: float, beta: float) -> tuple[float, float]:
    """w and m after t steps with gradient c: m is a geometric series, w the sum of all m so far."""
    m = c * (1 - beta**t) / (1 - beta)
    w = -eta * c / (1 - beta) * (t - beta * (1 - beta**t) / (1 - beta))
    return w, m


def adam_constant_gradient(
    c: float, t: int, eta: float, beta1: float, beta2: float
) -> tuple[float, float, float, float, float]:
    """w, m, v, m̂ and v̂ after t steps with gradient c > 0 and ε = 0: w does not depend on c."""
    return -eta * t, c * (1 - beta1**t), c**2 * (1 - beta2**t), c, c**2


def conv1d_output_width(width: int, kernel: int, padding: int, stride: int) -> int:
    """How many windows of `kernel` fit into the padded input, `stride` apart."""
    return (width + 2 * padding - kernel) // stride + 1


def conv1d_min_input_width(output_width: int, kernel: int, padding: int, stride: int) -> int:
    """The input that `output_width` windows just cover."""
    return (output_width - 1) * stride + kernel - 2 * padding


def receptive_field(
    kernels: Sequence[int],
    paddings: Sequence[int],  # noqa: ARG001 - the handout asks whether it matters
    strides: Sequence[int],
) -> int:
    """Backwards from one output element: each layer widens the field. Padding moves it and does not widen it."""
    field = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        field = (field - 1) * stride + kernel
    return field


def simulated_sgdm(c: float, t: int, eta: float, beta: float) -> tuple[float, float]:
    """w and m by taking t steps."""
    w = m = 0.0
    for _ in range(t):
        m = beta * m + c
        w -= eta * m
    return w, m


def simulated_adam(
    c: float, t: int, eta: float, beta1: float, beta2: float
) -> tuple[float, float, float, float, float]:
    """w, m, v, m̂ and v̂ by taking t steps."""
    w = m = v = m_hat = v_hat = 0.0
    for step in range(1, t + 1):
        m = beta1 * m + (1 - beta1) * c
        v = beta2 * v + (1 - beta2) * c**2
        m_hat, v_hat = m / (1 - beta1**step), v / (1 - beta2**step)
        w -= eta * m_hat / v_hat**0.5
    return w, m, v, m_hat, v_hat


def measured_output_width(width: int, kernel: int, padding: int, stride: int) -> int:
    """The width of what PyTorch's convolution makes."""
    output = F.conv1d(torch.zeros(1, 1, width), torch.zeros(1, 1, kernel), padding=padding, stride=stride)
    return int(output.shape[-1])


def searched_input_width(output_width: int, kernel: int, padding: int, stride: int) -> int:
    """The smallest width for which PyTorch's convolution makes that output."""
    for width in range(max(1, kernel - 2 * padding), LAST_WIDTH):
        if measured_output_width(width, kernel, padding, stride) == output_width:
            return width
    raise ValueError(f"no width below {LAST_WIDTH} gives {output_width}")


def measured_receptive_field(kernels: Sequence[int], paddings: Sequence[int], strides: Sequence[int]) -> int:
    """How far apart the inputs are that have a gradient from one element in the middle of the output."""
    size = 4 * receptive_field(kernels, paddings, strides) + 64
    image = torch.zeros(1, 1, size, requires_grad=True)
    output = image
    for kernel, padding, stride in zip(kernels, paddings, strides, strict=True):
        output = F.conv1d(output, torch.ones(1, 1, kernel) / kernel, padding=padding, stride=stride)
    (gradient,) = torch.autograd.grad(output[0, 0, output.shape[-1] // 2], image)
    reached = gradient[0, 0].nonzero().flatten()
    return int(reached[-1] - reached[0] + 1)
