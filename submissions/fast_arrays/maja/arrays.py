import numpy as np


def distances(x, y):
    return np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))


def convolve(x, w):
    w = w[:, :, ::-1, ::-1]
    f, c, k, _ = w.shape
    high, wide = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.stack([x[:, :, i : i + high, j : j + wide] for i in range(k) for j in range(k)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns, w.reshape(f, c, k * k), optimize=True)
