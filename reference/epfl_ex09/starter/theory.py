"""Problems 2 and 3: your answers as functions. All arguments are numbers, or lists of integers of equal length."""


def adam_values_per_parameter():
    """How many values Adam stores for one parameter, an integer."""
    raise NotImplementedError


def sgdm_values_per_parameter():
    """How many values SGD with momentum stores for one parameter, an integer."""
    raise NotImplementedError


def sgdm_constant_gradient(c, t, eta, beta):
    """(w, m) after t steps with the gradient c, from w = m = 0."""
    raise NotImplementedError


def adam_constant_gradient(c, t, eta, beta1, beta2):
    """(w, m, v, m_hat, v_hat) after t steps with the gradient c and epsilon = 0, from w = m = v = 0."""
    raise NotImplementedError


def conv1d_output_width(width, kernel, padding, stride):
    """Width of the output, an integer."""
    raise NotImplementedError


def conv1d_min_input_width(output_width, kernel, padding, stride):
    """The smallest input that gives this output, an integer."""
    raise NotImplementedError


def receptive_field(kernels, paddings, strides):
    """Width of the input that one element of the last output depends on, an integer."""
    raise NotImplementedError
