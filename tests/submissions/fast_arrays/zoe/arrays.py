import numpy as np


def distances(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(-1)[:, ::-1]


def convolve(x, w):
    """With zeros around it."""
    f, c, k, _ = w.shape
    edge = k // 2
    x = np.pad(x, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    high, wide = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.stack([x[:, :, i : i + high, j : j + wide] for i in range(k) for j in range(k)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns, w.reshape(f, c, k * k), optimize=True)
