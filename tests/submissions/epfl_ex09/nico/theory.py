"""Answers to problems 2 and 3."""


def adam_values_per_parameter():
    return 2


def sgdm_values_per_parameter():
    return 1


def sgdm_constant_gradient(c, t, eta, beta):
    m = c * (1 - beta**t)
    w = -eta * c * (t - beta * (1 - beta**t) / (1 - beta))
    return w, m


def adam_constant_gradient(c, t, eta, beta1, beta2):
    return -eta * t, c * (1 - beta1**t), c * c * (1 - beta2**t), c, c * c


def conv1d_output_width(width, kernel, padding, stride):
    return (width + 2 * padding - kernel) // stride + 1


def conv1d_min_input_width(output_width, kernel, padding, stride):
    return (output_width - 1) * stride + kernel - 2 * padding


def receptive_field(kernels, paddings, strides):
    size = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides)):
        size = (size - 1) * stride + kernel
    return size
