import numpy as np


def distances(x, y):
    d = np.zeros((len(x), len(y)))
    for i in range(len(x)):
        for j in range(len(y)):
            d[i, j] = np.sum((x[i] - y[j]) ** 2)
    return d


def convolve(x, w):
    n, c, height, width = x.shape
    f, _, k, _ = w.shape
    out = np.zeros((n, f, height - k + 1, width - k + 1))
    for b in range(n):
        for o in range(f):
            for i in range(height - k + 1):
                for j in range(width - k + 1):
                    out[b, o, i, j] = np.sum(x[b, :, i : i + k, j : j + k] * w[o])
    return out
