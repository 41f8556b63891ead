"""Whether dropout acts in a network while it is evaluated: other random numbers may be meant, as of a sampled code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from torch.overrides import TorchFunctionMode

TRAINING = 2  # the place of `training` in `F.dropout(x, p, training)`, and of `train` in `torch.dropout`


class Dropping(TorchFunctionMode):
    """Notes whether some dropout acts."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named = kwargs or {}
        if "dropout" in getattr(func, "__name__", ""):
            acts = named.get("training", named.get("train", args[TRAINING] if len(args) > TRAINING else True))
            self.seen = self.seen or acts is True
        return func(*args, **named)


@contextmanager
def dropout_noted(*, wanted: bool) -> Iterator[Dropping]:
    """Meanwhile dropout that acts is noted, if that is `wanted`."""
    noted = Dropping()
    with noted if wanted else nullcontext():
        yield noted
