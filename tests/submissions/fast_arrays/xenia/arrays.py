import numpy as np


@np.vectorize
def pair(i, j):
    return sum((a - b) ** 2 for a, b in zip(X[i], Y[j]))


def distances(x, y):
    global X, Y
    X, Y = x, y
    return pair(np.arange(len(x))[:, None], np.arange(len(y))[None])


def convolve(x, w):
    f, c, k, _ = w.shape
    high, wide = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.stack([x[:, :, i : i + high, j : j + wide] for i in range(k) for j in range(k)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns, w.reshape(f, c, k * k), optimize=True)
