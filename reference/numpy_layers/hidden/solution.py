"""The reference: layers in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """`x` (N × d1 × … × dk) as rows, times `w` (D × M), plus `b` (M)."""
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Gradients by x, w and b."""
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x: Array) -> tuple[Array, Any]:
    """Negative numbers become zero."""
    return np.maximum(x, 0), x > 0


def relu_backward(dout: Array, cache: Any) -> Array:
    """The gradient where x was positive."""
    return np.asarray(dout * cache)


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]) -> tuple[Array, Any]:
    """Each column of `x` (N × D) normalised; running statistics are kept in `bn_param`."""
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = np.asarray(bn_param.get("running_mean", np.zeros(x.shape[1])))
    running_var = np.asarray(bn_param.get("running_var", np.zeros(x.shape[1])))
    if bn_param["mode"] == "test":
        return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, None
    mean, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    normal = (x - mean) / std
    bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
    bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    return gamma * normal + beta, (normal, gamma, std)


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Gradients by x, gamma and beta."""
    normal, gamma, std = cache
    dnormal = dout * gamma
    dx = (dnormal - dnormal.mean(axis=0) - normal * (dnormal * normal).mean(axis=0)) / std
    return dx, (dout * normal).sum(axis=0), dout.sum(axis=0)


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Mean cross-entropy of scores `x` (N × C) and labels `y` (N), and its gradient by x."""
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return float(-log_p[rows, y].mean()), dx / len(x)
