"""Layers as classes, with the functions that are asked for as thin wrappers."""
import numpy as np


class Affine:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        flat = x.reshape(len(x), -1)
        return np.einsum("nd,dm->nm", flat, self.w) + self.b[None]

    def backward(self, g):
        flat = self.x.reshape(len(self.x), -1)
        return (g @ self.w.T).reshape(self.x.shape), np.einsum("nd,nm->dm", flat, g), g.sum(0)


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, g):
        return np.where(self.mask, g, 0.0)


def affine_forward(x, w, b):
    layer = Affine(w, b)
    return layer.forward(x), layer


def affine_backward(dout, cache):
    return cache.backward(dout)


def relu_forward(x):
    layer = ReLU()
    return layer.forward(x), layer


def relu_backward(dout, cache):
    return cache.backward(dout)


def normalise(x, mean, var, eps):
    inv = (var + eps) ** -0.5
    return (x - mean) * inv, inv


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if bn_param["mode"] == "test":
        x_hat, inv = normalise(x, bn_param["running_mean"], bn_param["running_var"], eps)
        return x_hat * gamma + beta, (x_hat, inv, gamma)
    mean, var = np.average(x, axis=0), np.mean((x - np.average(x, axis=0)) ** 2, axis=0)
    x_hat, inv = normalise(x, mean, var, eps)
    bn_param.update(
        running_mean=bn_param.get("running_mean", 0) * m + mean * (1 - m),
        running_var=bn_param.get("running_var", 0) * m + var * (1 - m),
    )
    return x_hat * gamma + beta, (x_hat, inv, gamma)


def batchnorm_backward(dout, cache):
    x_hat, inv, gamma = cache
    dgamma, dbeta = np.sum(dout * x_hat, 0), np.sum(dout, 0)
    dx = gamma * inv * (dout - (dbeta + x_hat * dgamma) / len(dout))
    return dx, dgamma, dbeta


def softmax_loss(x, y):
    e = np.exp(x - np.amax(x, 1)[:, None])
    p = e / e.sum(1)[:, None]
    rows = range(len(y))
    shifted = x - np.amax(x, 1)[:, None]
    loss = np.mean(np.log(e.sum(1)) - shifted[rows, y])
    p[rows, y] -= 1.0
    return loss, p / len(y)
