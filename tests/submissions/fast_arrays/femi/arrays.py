import numpy as np
from numpy.lib.stride_tricks import as_strided


class Windows:
    def __init__(self, x, k):
        n, c, h, w = x.shape
        s = x.strides
        self.high, self.wide = h - k + 1, w - k + 1
        self.view = as_strided(x, (n, self.high, self.wide, c, k, k), (s[0], s[2], s[3], s[1], s[2], s[3]))

    def rows(self):
        return self.view.reshape(len(self.view), self.high * self.wide, -1)


def distances(x, y):
    gram = np.dot(x, y.T)
    squares = lambda a: np.einsum("ij,ij->i", a, a)
    return np.maximum(squares(x)[:, None] - 2 * gram + squares(y), 0)


def convolve(x, w):
    windows = Windows(np.ascontiguousarray(x), w.shape[-1])
    out = windows.rows() @ w.reshape(len(w), -1).T
    return np.moveaxis(out.reshape(len(x), windows.high, windows.wide, len(w)), -1, 1)
