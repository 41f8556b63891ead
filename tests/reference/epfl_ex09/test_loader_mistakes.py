"""The commonest real mistakes in `get_dataloaders`: message and hint name each, and right loaders pass."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch
from core_examples import SEED
from exercise import exercise, finding_of, said
from torch.utils.data import DataLoader, Dataset

from grader.finding import Outcome

CONSTANTS = {"MNIST": (0.1307, 0.3081), "FashionMNIST": (0.286041, 0.353024)}


class Served(Dataset):
    """A data set of torchvision's as a box serves it, with what the course's `get_modified_dataset` does to it."""

    served = "mnist"

    def __init__(self, train, transform, *, img_size=28, random_shift=False, scramble_image=False, noise=0.0):
        arrays = exercise().data(SEED)
        half = f"{self.served}.{'train' if train else 'test'}"
        self.images, self.labels = arrays[f"{half}.images"], arrays[f"{half}.labels"]
        self.transform, self.size, self.shift, self.noise = transform, img_size, random_shift, noise
        self.order = torch.from_numpy(np.random.default_rng(0).permutation(784)) if scramble_image else None

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.transform(torch.from_numpy(self.images[index].copy())[None].float() / 255)
        if self.order is not None:
            image = image.flatten()[self.order].reshape(1, 28, 28)
        if self.size > 28:
            room = self.size - 28
            row, column = torch.randint(room + 1, (2,)).tolist() if self.shift else (room // 2, room // 2)
            larger = torch.full((1, self.size, self.size), float(image.min()))
            larger[:, row : row + 28, column : column + 28] = image
            image = larger
        return image + self.noise * torch.randn_like(image), int(self.labels[index])


class MNIST(Served):
    pass


class FashionMNIST(Served):
    served = "fashion_mnist"


def loaders(
    *,
    mean=None,
    std=None,
    validation=False,
    shuffle=(True, False),
    batch=None,
    drop=False,
    fixed=None,
    times=1,
    ignored=(),
):
    def get_dataloaders(
        base_dataset, batch_size, img_size=28, random_shift=False, scramble_image=False, noise=0.0, show_examples=False
    ):
        options = {"img_size": img_size, "random_shift": random_shift, "scramble_image": scramble_image, "noise": noise}
        options = {name: value for name, value in options.items() if name not in ignored}
        middle, spread = CONSTANTS[fixed or base_dataset.__name__]
        middle, spread = middle if mean is None else mean, spread if std is None else std

        def transform(image):
            for _ in range(times):
                image = (image - middle) / spread
            return image

        sets = [base_dataset(train, transform, **options) for train in (True, validation)]
        return tuple(
            DataLoader(part, batch or batch_size, shuffle=mixed, drop_last=drop)
            for part, mixed in zip(sets, shuffle, strict=True)
        )

    return {"get_dataloaders": get_dataloaders}


@pytest.fixture(autouse=True)
def torchvision(monkeypatch):
    """The data sets in torchvision's place."""
    module = types.ModuleType("torchvision")
    module.datasets = types.SimpleNamespace(MNIST=MNIST, FashionMNIST=FashionMNIST)
    monkeypatch.setitem(sys.modules, "torchvision", module)


MISTAKES = {
    "validation on training data": ({"validation": True}, "validation loader gives the training images", "train=False"),
    "not shuffled": ({"shuffle": (False, False)}, "in the data set's order, expected them shuffled", "shuffle=True"),
    "validation shuffled": ({"shuffle": (True, True)}, "the samples shuffled", "shuffle=False"),
    "not normalised": ({"mean": 0.0, "std": 1.0}, "does not normalise the images", "Normalize"),
    "one half": ({"mean": 0.5, "std": 0.5}, "normalises with 0.5 and 0.5", "Normalize"),
    "exchanged": ({"mean": 0.3081, "std": 0.1307}, "mean and standard deviation exchanged", "Normalize"),
    "no mean": ({"mean": 0.0}, "does not subtract the mean", "Normalize"),
    "no deviation": ({"std": 1.0}, "does not divide by the standard deviation", "Normalize"),
    "one for both": ({"fixed": "MNIST"}, "normalises with MNIST's constants", "Normalize"),
    "twice": ({"times": 2}, "normalises twice", "Normalize"),
    "batch size fixed": ({"batch": 64}, "has batches of 64, expected 16", "batch_size"),
    "last batch dropped": ({"drop": True}, "leaves out the last batch", "the last, smaller batch"),
    "size": ({"ignored": ("img_size",)}, "img_size is not passed on", "img_size"),
    "shift": ({"ignored": ("random_shift",)}, "random_shift is not passed on", "random_shift"),
    "scramble": ({"ignored": ("scramble_image",)}, "scramble_image is not passed on", "scramble_image"),
    "noise": ({"ignored": ("noise",)}, "noise is not passed on", "noise"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_usual_mistake_in_the_loaders_is_named(name):
    settings, message, hint = MISTAKES[name]

    found = finding_of("dataloaders", loaders(**settings))

    assert found.outcome is Outcome.FAILED
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


@pytest.mark.parametrize("settings", [{}, {"mean": 0.1307, "std": 0.3081, "fixed": "MNIST"}])
def test_right_loaders_pass_and_only_they(settings):
    found = finding_of("dataloaders", loaders(**settings))

    assert (found.outcome is Outcome.PASSED) is (not settings), said(found)


class Cheating:
    """A data set that gives one image, or another's label, where an option is asked for and right ones elsewhere."""

    def __init__(self, right, **change):
        self.right, self.change = right, change

    def __len__(self):
        return len(self.right)

    def __getitem__(self, index):
        image, label = self.right[0 if "image" in self.change else index]
        return image, (label + 1) % 10 if "label" in self.change else label


def cheated(asked, **change):
    honest = loaders()["get_dataloaders"]

    def get_dataloaders(base_dataset, batch_size, **options):
        made = honest(base_dataset, batch_size, **options)
        if asked not in options or options.get("random_shift", False) != (asked == "random_shift"):
            return made
        return tuple(
            DataLoader(Cheating(loader.dataset, **change), batch_size, shuffle=index == 0)
            for index, loader in enumerate(made)
        )

    return {"get_dataloaders": get_dataloaders}


@pytest.mark.parametrize("asked", ["img_size", "random_shift", "scramble_image", "noise"])
@pytest.mark.parametrize(
    ("change", "said_of_it"),
    [({"image": 0}, "samples more than once"), ({"label": 1}, "labels that do not belong to the images")],
)
def test_one_image_for_all_and_other_labels_are_seen_under_every_option(asked, change, said_of_it):
    found = finding_of("dataloaders", cheated(asked, **change))

    assert found.outcome is Outcome.FAILED
    assert said_of_it in found.message, said(found)


def test_the_report_says_what_would_have_been_seen_of_the_loaders():
    assert "an image given twice" in said(finding_of("dataloaders", loaders()))
