import numpy as np


def distances(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(-1).tolist


def convolve(x, w):
    return None
