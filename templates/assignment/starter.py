import numpy as np


def softmax(x):
    """Each row of x (N × C) as shares of one."""
    raise NotImplementedError
