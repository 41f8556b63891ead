"""The same random numbers each time, for all that draws some without a generator of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


@contextmanager
def other_numbers(seed: int, *, torch: bool) -> Iterator[list[int]]:
    """Whatever draws within gets other random numbers; what draws nothing leaves those that follow as they were.

    What drew is told by the seed in the list.
    """
    kept = _states(torch=torch)
    seed_all(seed, torch=torch)
    before, used = _marks(torch=torch), list[int]()
    yield used
    if _marks(torch=torch) != before:
        used.append(seed)
    else:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        if torch:
            _cpu_generator().set_state(kept[2])


def _states(*, torch: bool) -> list[Any]:
    return [random.getstate(), np.random.get_state(), *([_cpu_generator().get_state()] if torch else [])]


def _marks(*, torch: bool) -> list[Any]:
    """The states as what can be compared."""
    python, (_, numbers, *others), *rest = _states(torch=torch)
    return [python, numbers.tobytes(), others, *(state.numpy().tobytes() for state in rest)]


def _cpu_generator() -> Any:
    import torch

    return torch.default_generator
