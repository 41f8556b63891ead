# Everything with loops, as in the lecture.
import numpy as np


def affine_forward(x, w, b):
    n, m = x.shape[0], w.shape[1]
    rows = x.reshape(n, w.shape[0])
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            s = b[j]
            for k in range(w.shape[0]):
                s += rows[i, k] * w[k, j]
            out[i, j] = s
    return out, {"x": x, "w": w}


def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    rows = x.reshape(x.shape[0], -1)
    dx, dw, db = np.zeros(rows.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dx[i] += dout[i, j] * w[:, j]
            dw[:, j] += dout[i, j] * rows[i]
            db[j] += dout[i, j]
    return [dx.reshape(x.shape), dw, db]


def relu_forward(x):
    out = x.copy()
    for place in np.ndindex(*x.shape):
        if out[place] < 0:
            out[place] = 0.0
    return [out, (x,)]


def relu_backward(dout, cache):
    (x,) = cache
    dx = np.zeros_like(dout)
    for place in np.ndindex(*x.shape):
        if x[place] > 0:
            dx[place] = dout[place]
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    n, d = x.shape
    out, x_hat, stds = np.zeros((n, d)), np.zeros((n, d)), np.zeros(d)
    if bn_param["mode"] == "train":
        bn_param.setdefault("running_mean", np.zeros(d))
        bn_param.setdefault("running_var", np.zeros(d))
    for j in range(d):
        if bn_param["mode"] == "train":
            mean = sum(x[:, j]) / n
            var = sum((v - mean) ** 2 for v in x[:, j]) / n
            bn_param["running_mean"][j] = momentum * bn_param["running_mean"][j] + (1 - momentum) * mean
            bn_param["running_var"][j] = momentum * bn_param["running_var"][j] + (1 - momentum) * var
        else:
            mean, var = bn_param["running_mean"][j], bn_param["running_var"][j]
        stds[j] = (var + eps) ** 0.5
        for i in range(n):
            x_hat[i, j] = (x[i, j] - mean) / stds[j]
            out[i, j] = gamma[j] * x_hat[i, j] + beta[j]
    return out, [x_hat, gamma, stds]


def batchnorm_backward(dout, cache):
    x_hat, gamma, stds = cache
    n, d = dout.shape
    dx = np.zeros((n, d))
    for j in range(d):
        g = dout[:, j] * gamma[j]
        dx[:, j] = (g - g.mean() - x_hat[:, j] * (g * x_hat[:, j]).mean()) / stds[j]
    return dx, np.array([sum(dout[:, j] * x_hat[:, j]) for j in range(d)]), np.array([sum(dout[:, j]) for j in range(d)])


def softmax_loss(x, y):
    n, c = x.shape
    loss, dx = 0.0, np.zeros((n, c))
    for i in range(n):
        scores = x[i] - max(x[i])
        total = sum(np.exp(scores))
        loss += np.log(total) - scores[y[i]]
        for k in range(c):
            dx[i, k] = np.exp(scores[k]) / total - (k == y[i])
    return loss / n, dx / n
