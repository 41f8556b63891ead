def adam_values_per_parameter():
    return "2"


def sgdm_values_per_parameter():
    return True


def sgdm_constant_gradient(c, t, eta, beta):
    return -eta * t * c


def adam_constant_gradient(c, t, eta, beta1, beta2):
    raise ValueError("to do")


def conv1d_output_width(width, kernel, padding, stride):
    return (width + 2 * padding - kernel) // stride + 1


def conv1d_min_input_width(output_width, kernel, padding, stride):
    print((output_width - 1) * stride + kernel - 2 * padding)
