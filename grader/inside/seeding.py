"""The same random numbers each time, for all that draws some without a generator of its own."""

from __future__ import annotations

import random

import numpy as np


def seed_all(seed: int, *, torch: bool) -> None:
    """For every function, PyTorch's among them where `torch` says so."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if torch:
        seed_torch(seed)


def seed_torch(seed: int) -> None:
    """For PyTorch's functions, on every device there may be.

    Where PyTorch knows the CPU alone, `torch.manual_seed` still notes for each other device who has called it: a tenth
    of a millisecond and more each time.
    """
    import torch

    if torch.version.cuda or torch.version.hip or torch.backends.mps.is_built():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)
