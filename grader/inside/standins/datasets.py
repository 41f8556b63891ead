"""`torchvision.datasets` served from memory, with the attributes that homework code reads.

The real classes keep CIFAR's images as N × 32 × 32 × 3 uint8 arrays with labels in a list, and MNIST's as
N × 28 × 28 uint8 tensors with labels in a tensor; both give (PIL image, int) by index.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from .. import served

if TYPE_CHECKING:
    from PIL import Image  # whose libraries would make every copy of a process larger

Transform = Callable[[Any], Any]

CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def _picture(pixels: Any) -> Image.Image:
    """An array as PIL shows it."""
    from PIL import Image

    return Image.fromarray(pixels)


class VisionDataset(torch.utils.data.Dataset[tuple[Any, Any]]):
    """What all the served data sets share."""

    name = ""
    classes: list[str] = []  # noqa: RUF012 - as in torchvision

    def __init__(
        self,
        root: Any = None,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
        **_: Any,
    ) -> None:
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        self.data, self.targets = self.load(train)

    def load(self, train: bool) -> tuple[Any, Any]:
        """Images and labels in the form of the real class."""
        images, labels = served.split(self.name, train)
        return images, labels.tolist()

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Index of each class name."""
        return {name: index for index, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.data)

    def image(self, index: int) -> Image.Image:
        """One image as PIL gives it."""
        return _picture(self.data[index])

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, target = self.image(index), int(self.targets[index])
        return (
            self.transform(image) if self.transform else image,
            self.target_transform(target) if self.target_transform else target,
        )


class CIFAR10(VisionDataset):
    """N × 32 × 32 × 3."""

    name = "cifar10"
    classes = CIFAR10_CLASSES


class CIFAR100(VisionDataset):
    """N × 32 × 32 × 3, a hundred classes."""

    name = "cifar100"
    classes = [f"class {index}" for index in range(100)]  # noqa: RUF012 - as in torchvision


class MNIST(VisionDataset):
    """N × 28 × 28."""

    name = "mnist"
    classes = [str(digit) for digit in range(10)]  # noqa: RUF012 - as in torchvision

    def load(self, train: bool) -> tuple[Any, Any]:
        """Tensors."""
        images, labels = served.split(self.name, train)
        return torch.from_numpy(images), torch.from_numpy(labels)

    @property
    def train_data(self) -> Any:
        """The old name of `data`."""
        return self.data

    @property
    def train_labels(self) -> Any:
        """The old name of `targets`."""
        return self.targets

    test_data, test_labels = train_data, train_labels

    def image(self, index: int) -> Image.Image:
        """One image as PIL gives it."""
        return _picture(self.data[index].numpy())


class FashionMNIST(MNIST):
    """N × 28 × 28 pieces of clothing."""

    name = "fashion_mnist"


class _NotServed(VisionDataset):
    """A data set that may be imported, and says when it is made that it is not here."""


class _Datasets(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if not name[:1].isupper():
            raise AttributeError(f"module 'torchvision.datasets' has no attribute {name!r}")
        return type(name, (_NotServed,), {"name": name})


def module() -> types.ModuleType:
    """The module that stands for `torchvision.datasets`, and its sub-modules that code may import from."""
    found = _Datasets("torchvision.datasets")
    found.__path__ = []
    for kind in (VisionDataset, CIFAR10, CIFAR100, MNIST, FashionMNIST):
        setattr(found, kind.__name__, kind)
    for name in ("cifar", "mnist", "vision"):
        sys.modules[f"torchvision.datasets.{name}"] = found
        setattr(found, name, found)
    return found
