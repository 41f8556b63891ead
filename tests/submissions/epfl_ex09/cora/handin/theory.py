"""Problem 2 and 3, by taking the steps."""
import numpy as np


def adam_values_per_parameter():
    return len(["m", "v"])


def sgdm_values_per_parameter():
    return len(["m"])


def sgdm_constant_gradient(c, t, eta, beta):
    w = m = 0.0
    for step in range(t):
        m = beta * m + c
        w = w - eta * m
    return w, m


def adam_constant_gradient(c, t, eta, beta1, beta2):
    w = m = v = 0
    for step in range(1, t + 1):
        m = beta1 * m + (1 - beta1) * c
        v = beta2 * v + (1 - beta2) * c**2
        m_hat = m / (1 - beta1**step)
        v_hat = v / (1 - beta2**step)
        w -= eta * m_hat / np.sqrt(v_hat)
    return [w, m, v, m_hat, v_hat]


def conv1d_output_width(width, kernel, padding, stride):
    return len(range(0, width + 2 * padding - kernel + 1, stride))


def conv1d_min_input_width(output_width, kernel, padding, stride):
    return np.int64((output_width - 1) * stride + kernel - 2 * padding)


def receptive_field(kernels, paddings, strides):
    jumps = np.cumprod([1] + list(strides[:-1]))
    return 1 + int(np.sum((np.array(kernels) - 1) * jumps))
