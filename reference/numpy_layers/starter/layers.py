import numpy as np


def affine_forward(x, w, b):
    """x: N x d1 x ... x dk, w: D x M with D = d1 * ... * dk, b: M. Returns out (N x M) and cache."""
    raise NotImplementedError


def affine_backward(dout, cache):
    """dout: N x M. Returns the gradients dx, dw, db."""
    raise NotImplementedError


def relu_forward(x):
    """Returns out, of x's shape, and cache."""
    raise NotImplementedError


def relu_backward(dout, cache):
    """Returns the gradient dx."""
    raise NotImplementedError


def batchnorm_forward(x, gamma, beta, bn_param):
    """x: N x D, gamma and beta: D. Returns out and cache.

    bn_param has "mode", "train" or "test"; it may have "eps" (1e-5), "momentum" (0.9), "running_mean" and
    "running_var" (zeros). In "train", new running statistics are written into it:
    running = momentum * running + (1 - momentum) * batch.
    """
    raise NotImplementedError


def batchnorm_backward(dout, cache):
    """Returns the gradients dx, dgamma, dbeta, in mode "train"."""
    raise NotImplementedError


def softmax_loss(x, y):
    """x: scores, N x C, y: labels, N. Returns the mean loss and dx."""
    raise NotImplementedError
