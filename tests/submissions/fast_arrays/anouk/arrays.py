import numpy as np


def distances(x, y)
    return x
