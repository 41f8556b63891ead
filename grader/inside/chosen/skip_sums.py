"""Which of several networks has skip connections: how often one adds two values on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ..loading import Deadline
from .ways_to_make import NetworkWay

SAMPLES, RUN_S = 2, 15.0
ADDING = ("aten::add", "aten::add_")


class _Sums(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts sums of two values that have a row for each sample."""

    count = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        terms = [value for value in args[:2] if isinstance(value, Tensor) and value.ndim > 1]
        rows = [value for value in terms if len(value) == SAMPLES]
        self.count += getattr(func, "name", str)().split(".")[0] in ADDING and len(rows) == 2
        return func(*args, **(kwargs or {}))


def count_sums(way: NetworkWay, seed: int, shape: tuple[int, ...]) -> None:
    """Run it on two samples; where it fails, what it added until then counts."""
    sums = _Sums()  # type: ignore[no-untyped-call]
    try:
        with Deadline(RUN_S, "cpu"):
            network = way.make(seed, shape)
            with torch.no_grad(), sums:
                network(torch.zeros(SAMPLES, *shape))
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001, S110 - the forward pass is student code
        pass
    way.sums = sums.count
