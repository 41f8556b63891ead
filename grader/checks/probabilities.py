"""Whether outputs are probabilities where logits were asked for."""

from __future__ import annotations

import numpy as np

from grader.sandbox.protocol import Array

WITHOUT_SOFTMAX = "leave out the softmax at the end: cross_entropy has its own"
PROBABILITIES = "probabilities, which are no logits: the outputs of each image are positive and add up to 1"


def are_probabilities(outputs: Array) -> bool:
    """Whether each row is a softmax. Not so log_softmax: what it gives is logits as good as any."""
    return outputs.ndim == 2 and bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-4))
