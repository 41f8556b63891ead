"""Stands for the course's `dlc_practical_prologue`: the same names, data from the grader."""

import argparse

import torch
from inside import served
from torch import Tensor

args = argparse.Namespace(full=False, tiny=False, seed=0, cifar=False, data_dir=None, force_cpu=True, help=False)


def convert_to_one_hot_labels(input: Tensor, target: Tensor) -> Tensor:  # noqa: A002 - the course's name
    """N labels → N × C zeros and ones, of the type and on the device of `input`."""
    one_hot = input.new_zeros(target.size(0), int(target.max()) + 1)
    return one_hot.scatter_(1, target.view(-1, 1), 1.0)


def load_data(
    cifar: bool | None = None, one_hot_labels: bool = False, normalize: bool = False, flatten: bool = True
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`train_input, train_target, test_input, test_target`; images N × C × H × W as floats of 0 to 255.

    `flatten` makes them N × CHW; `normalize` subtracts the training mean and divides by the deviation.
    """
    name = "cifar10" if cifar or (cifar is None and args.cifar) else "mnist"
    halves = [served.split(name, train) for train in (True, False)]
    (train_input, train_target), (test_input, test_target) = (
        (_channels_first(torch.from_numpy(images)).float(), torch.from_numpy(labels)) for images, labels in halves
    )
    if flatten:
        train_input, test_input = train_input.flatten(1), test_input.flatten(1)
    if one_hot_labels:
        train_target = convert_to_one_hot_labels(train_input, train_target)
        test_target = convert_to_one_hot_labels(test_input, test_target)
    if normalize:
        mean, deviation = train_input.mean(), train_input.std()
        train_input.sub_(mean).div_(deviation)
        test_input.sub_(mean).div_(deviation)
    return train_input, train_target, test_input, test_target


def _channels_first(images: Tensor) -> Tensor:
    return images.permute(0, 3, 1, 2).contiguous() if images.dim() == 4 else images[:, None]
