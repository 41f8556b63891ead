import numpy as np


def softmax(x):
    return np.stack([np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in x])
