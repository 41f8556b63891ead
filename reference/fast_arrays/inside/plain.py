"""What students' functions are timed beside: as much work, and no answer, since students have this file too."""

import numpy as np


def squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """As many squares and sums as the distances of all rows of x (N × D) to all rows of y (M × D): N × M numbers."""
    return np.asarray(np.square(np.resize(x, (len(x) * len(y), x.shape[1]))).sum(axis=1).reshape(len(x), len(y)))


def products(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """As many products as x (N × C × H × W) with the kernels w (F × C × K × K), always of the same numbers of x."""
    kernels, size = w.reshape(len(w), -1), w.shape[2]
    some = x.reshape(len(x), -1)[:, : kernels.shape[1]]
    out = np.empty((len(x), len(w), x.shape[2] - size + 1, x.shape[3] - size + 1), x.dtype)
    for place in np.ndindex(*out.shape[2:]):
        out[(..., *place)] = some.copy() @ kernels.T
    return out
