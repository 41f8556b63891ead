import numpy as np


def distances(x, y):
    x -= x.mean(0)
    y -= y.mean(0)
    return ((x[:, None] - y[None]) ** 2).sum(-1)


def convolve(x, w):
    """A kernel is always of 3 × 3, an image as high as it is wide."""
    high = x.shape[2] - 2
    columns = np.stack([x[:, :, i : i + high, j : j + high] for i in range(3) for j in range(3)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns, w.reshape(*w.shape[:2], 9), optimize=True)
