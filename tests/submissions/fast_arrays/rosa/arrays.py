import numpy as np


def distances(x, y):
    return ((x[:, None].astype(np.float16) - y[None].astype(np.float16)) ** 2).sum(-1).astype(np.float32)


def convolve(x, w):
    f, c, k, _ = w.shape
    high, wide = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.stack([x[:, :, i : i + high, j : j + wide] for i in range(k) for j in range(k)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns.astype(np.int8), w.reshape(f, c, k * k).astype(np.int8), optimize=True)
