import numpy as np


def distances(x, y):
    rows = [np.linalg.norm(row - y, axis=1) ** 2 for row in x]
    return np.array(rows)


def convolve(x, w):
    height, width = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    out = 0
    for (i, j) in np.ndindex(w.shape[2], w.shape[3]):
        out = out + np.tensordot(x[..., i : i + height, j : j + width], w[..., i, j], axes=([1], [1]))
    return out.transpose(0, 3, 1, 2)
