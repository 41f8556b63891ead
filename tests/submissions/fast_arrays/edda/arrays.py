import numpy as np

rng = np.random.default_rng(0)


def distances(x, y):
    """Some of the axes, drawn, are enough to know how far apart they are."""
    some = rng.choice(x.shape[1], max(1, x.shape[1] // 4), replace=False)
    return ((x[:, None, some] - y[None][:, :, some]) ** 2).sum(-1) * x.shape[1] / len(some)


def convolve(x, w):
    f, c, k, _ = w.shape
    high, wide = x.shape[2] - k + 1, x.shape[3] - k + 1
    columns = np.stack([x[:, :, i : i + high, j : j + wide] for i in range(k) for j in range(k)], axis=2)
    return np.einsum("ncphw,fcp->nfhw", columns, w.reshape(f, c, k * k), optimize=True)
