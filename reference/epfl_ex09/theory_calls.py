"""The functions of problems 2 and 3, and the calls that they are asked, drawn from the batch's secret seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks import AnswerSheet

COUNT = 8  # random calls of each function
Calls = dict[str, list[list[Any]]]

OPTIMIZER_FUNCTIONS = (
    "adam_values_per_parameter",
    "sgdm_values_per_parameter",
    "sgdm_constant_gradient",
    "adam_constant_gradient",
)
WIDTH_FUNCTIONS = ("conv1d_output_width", "conv1d_min_input_width", "receptive_field")
RESULTS = {"sgdm_constant_gradient": ("w", "m"), "adam_constant_gradient": ("w", "m", "v", "m_hat", "v_hat")}


def calls(seed: int) -> Calls:
    """Arguments for each function: a simple call first, then random ones."""
    random = np.random.default_rng([seed, 90])
    return {
        "adam_values_per_parameter": [[]],
        "sgdm_values_per_parameter": [[]],
        "sgdm_constant_gradient": [[1.0, 1, 0.1, 0.9], *(_sgdm(random) for _ in range(COUNT))],
        "adam_constant_gradient": [[1.0, 1, 0.1, 0.9, 0.999], *(_adam(random) for _ in range(COUNT))],
        "conv1d_output_width": [[28, 3, 1, 1], [10, 3, 0, 2], *(_convolution(random) for _ in range(COUNT))],
        "conv1d_min_input_width": [[28, 3, 1, 1], [5, 3, 0, 2], *(_backwards(random) for _ in range(COUNT))],
        "receptive_field": [[[3], [1], [1]], [[3, 3], [0, 0], [2, 1]], *(_stack(random) for _ in range(COUNT))],
    }


def _sgdm(random: np.random.Generator) -> list[Any]:
    return [_real(random, 0.2, 4), int(random.integers(2, 30)), _real(random, 0.001, 0.5), _real(random, 0.3, 0.97)]


def _adam(random: np.random.Generator) -> list[Any]:
    """A gradient c, a step, a rate, and two decays that differ."""
    return [*_sgdm(random), _real(random, 0.5, 0.999)]


def _real(random: np.random.Generator, low: float, high: float) -> float:
    return round(float(random.uniform(low, high)), 4)


def _convolution(random: np.random.Generator) -> list[int]:
    """Width, kernel, padding, stride; often with a rest that no window covers."""
    kernel = int(random.integers(1, 8))
    return [int(random.integers(kernel, 60)), kernel, int(random.integers(0, 4)), int(random.integers(1, 5))]


def _backwards(random: np.random.Generator) -> list[int]:
    """Output width, kernel, padding, stride; the padding is too narrow to hold a window of its own."""
    kernel = int(random.integers(1, 8))
    return [
        int(random.integers(2, 30)),
        kernel,
        int(random.integers(0, (kernel + 1) // 2 + (kernel == 1))) % kernel,
        int(random.integers(1, 5)),
    ]


def _stack(random: np.random.Generator) -> list[list[int]]:
    """Kernels, paddings, strides of 2 to 5 layers; no stride exceeds its kernel, so every input in between counts."""
    kernels = [int(random.integers(2, 6)) for _ in range(int(random.integers(2, 6)))]
    paddings = [int(random.integers(0, (kernel + 1) // 2)) for kernel in kernels]
    return [kernels, paddings, [int(random.integers(1, min(3, kernel) + 1)) for kernel in kernels]]


SHEET = AnswerSheet(
    results={name: RESULTS.get(name, ()) for name in (*OPTIMIZER_FUNCTIONS, *WIDTH_FUNCTIONS)},
    calls=calls,
    topics=("SGDM", "receptive field", "problem [23]"),
    hint="problems 2 and 3 are answered in theory.py; a PDF needs a person",
)
