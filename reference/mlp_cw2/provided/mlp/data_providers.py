"""The course's data sets, which are not served where work is graded: only definitions are asked for there."""

from __future__ import annotations

from typing import Any

from torch.utils.data import Dataset


class DataProvider(Dataset[Any]):
    """Says, when it is made, that there is no such data here: or holds nothing, where a script only has to go on."""

    may_be_made = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not DataProvider.may_be_made:
            raise RuntimeError(f"{type(self).__name__}: no data set is served where work is graded")

    def __len__(self) -> int:
        return 100


class CIFAR10(DataProvider):
    """32 × 32 colour images in 10 classes."""


class CIFAR100(DataProvider):
    """32 × 32 colour images in 100 classes."""


class MNISTDataProvider(DataProvider):
    """28 × 28 digits."""


class EMNISTDataProvider(DataProvider):
    """28 × 28 letters and digits."""


class AugmentedMNISTDataProvider(MNISTDataProvider):
    """Digits, randomly moved."""


class DataProviderCIFAR10(DataProvider):
    """Another name of earlier years."""
