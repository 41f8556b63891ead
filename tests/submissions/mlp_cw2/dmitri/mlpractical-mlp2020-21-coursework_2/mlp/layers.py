"""Layers of the other framework."""
import numpy as np


class Layer(object):
    def fprop(self, inputs):
        raise NotImplementedError()
