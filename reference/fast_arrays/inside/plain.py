"""What students' functions are timed beside. It may be read by them: whole arrays, without any trick."""

import numpy as np


def distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared distances of all rows of x (N × D) to all rows of y (M × D), N × M."""
    return np.asarray(((x[:, None] - y[None]) ** 2).sum(axis=2))


def convolve(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x (N × C × H × W) with the kernels w (F × C × K × K), as networks do it: no padding, no flipping."""
    kernels, size = w.reshape(len(w), -1), w.shape[2]
    high, wide = x.shape[2] - size + 1, x.shape[3] - size + 1
    out = np.empty((len(x), len(w), high, wide), x.dtype)
    for row in range(high):
        for column in range(wide):
            out[:, :, row, column] = x[:, :, row : row + size, column : column + size].reshape(len(x), -1) @ kernels.T
    return out
