"""The commonest real mistakes in data loaders: message and hint name each, and right loaders pass."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch
from asking import found
from torch.utils.data import DataLoader, Dataset

from grader.checks import LoaderCall, LoaderTask, NormalisedSet, data_loaders
from grader.errors import AssignmentError
from grader.finding import Finding, Outcome

CONSTANTS = {"MNIST": (0.1307, 0.3081), "FashionMNIST": (0.286041, 0.353024)}
SERVED = {"MNIST": "mnist", "FashionMNIST": "fashion_mnist"}
SIDE, LARGER = 10, 14


def served(_: int) -> dict[str, np.ndarray]:
    """Two small data sets of random images."""
    random = np.random.default_rng(5)
    arrays = {}
    for name in SERVED.values():
        for half, count in (("train", 61), ("test", 43)):
            arrays[f"{name}.{half}.images"] = random.integers(256, size=(count, SIDE, SIDE)).astype(np.uint8)
            arrays[f"{name}.{half}.labels"] = random.integers(10, size=count).astype(np.int64)
    return arrays


TASK = LoaderTask(
    function="get_dataloaders",
    sets={name: NormalisedSet(own, *CONSTANTS[name]) for name, own in SERVED.items()},
    calls=(
        LoaderCall(id="mnist", dataset="MNIST", batch_size=16),
        LoaderCall(id="fashion", dataset="FashionMNIST", batch_size=20),
        LoaderCall(id="larger", dataset="MNIST", batch_size=32, size=LARGER),
        LoaderCall(id="shifted", dataset="MNIST", batch_size=32, size=LARGER, shift=True),
        LoaderCall(id="scrambled", dataset="MNIST", batch_size=32, scramble=True),
        LoaderCall(id="noisy", dataset="FashionMNIST", batch_size=32, noise=0.7),
    ),
    options={
        "batch_size": ("batch_size", ("batch",)),
        "size": ("img_size", ("size$",)),
        "shift": ("random_shift", ("shift",)),
        "scramble": ("scramble_image", ("scrambl",)),
        "noise": ("noise", ("noise",)),
    },
    data=served,
)


def said(finding: Finding) -> str:
    """All that is said, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))


def finding_of(namespace) -> Finding:
    """What the block comes to."""
    return found(data_loaders(TASK), **namespace)


class Served(Dataset):
    """A data set of torchvision's as a box serves it, with what the course's `get_modified_dataset` does to it."""

    served = "mnist"

    def __init__(self, train, transform, *, img_size=SIDE, random_shift=False, scramble_image=False, noise=0.0):
        arrays = served(0)
        half = f"{self.served}.{'train' if train else 'test'}"
        self.images, self.labels = arrays[f"{half}.images"], arrays[f"{half}.labels"]
        self.transform, self.size, self.shift, self.noise = transform, img_size, random_shift, noise
        self.order = torch.from_numpy(np.random.default_rng(0).permutation(SIDE**2)) if scramble_image else None

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.transform(torch.from_numpy(self.images[index].copy())[None].float() / 255)
        if self.order is not None:
            image = image.flatten()[self.order].reshape(1, SIDE, SIDE)
        if self.size > SIDE:
            room = self.size - SIDE
            row, column = torch.randint(room + 1, (2,)).tolist() if self.shift else (room // 2, room // 2)
            larger = torch.full((1, self.size, self.size), float(image.min()))
            larger[:, row : row + SIDE, column : column + SIDE] = image
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
    default=SIDE,
    validation=False,
    shuffle=(True, False),
    batch=None,
    drop=False,
    fixed=None,
    times=1,
    ignored=(),
):
    def get_dataloaders(
        base_dataset,
        batch_size,
        img_size=default,
        random_shift=False,
        scramble_image=False,
        noise=0.0,
        show_examples=False,
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
    "batch size fixed": ({"batch": 24}, "has batches of 24, expected 16", "batch_size"),
    "last batch dropped": ({"drop": True}, "leaves out the last batch", "the last, smaller batch"),
    "size": ({"ignored": ("img_size",)}, "img_size is not passed on", "img_size"),
    "another default size": ({"default": LARGER}, "expected 10 × 10 where img_size is not given", "its default"),
    "shift": ({"ignored": ("random_shift",)}, "random_shift is not passed on", "random_shift"),
    "scramble": ({"ignored": ("scramble_image",)}, "scramble_image is not passed on", "scramble_image"),
    "noise": ({"ignored": ("noise",)}, "noise is not passed on", "noise"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_usual_mistake_in_the_loaders_is_named(name):
    settings, message, hint = MISTAKES[name]

    finding = finding_of(loaders(**settings))

    assert finding.outcome is Outcome.FAILED
    assert message in finding.message, said(finding)
    assert hint in (finding.hint or ""), said(finding)


@pytest.mark.parametrize("settings", [{}, {"mean": 0.1307, "std": 0.3081, "fixed": "MNIST"}])
def test_right_loaders_pass_and_only_they(settings):
    finding = finding_of(loaders(**settings))

    assert (finding.outcome is Outcome.PASSED) is (not settings), said(finding)


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


@pytest.mark.parametrize(
    ("shuffle", "words"),
    [((True, True), "the validation loader gives the samples shuffled"), ((False, False), "expected them shuffled")],
)
def test_the_order_of_images_of_another_size_is_told_as_well(shuffle, words):
    finding = finding_of(loaders(default=LARGER, shuffle=shuffle))

    assert finding.outcome is Outcome.FAILED
    assert words in said(finding)
    assert "is not passed on" not in said(finding)


def test_the_order_is_not_told_wrong_where_only_the_size_is():
    text = said(finding_of(loaders(default=LARGER)))

    assert "where img_size is not given" in text
    assert "shuffled" not in text


@pytest.mark.parametrize("asked", ["img_size", "random_shift", "scramble_image", "noise"])
@pytest.mark.parametrize(
    ("change", "said_of_it"),
    [({"image": 0}, "samples more than once"), ({"label": 1}, "labels that do not belong to the images")],
)
def test_one_image_for_all_and_other_labels_are_seen_under_every_option(asked, change, said_of_it):
    finding = finding_of(cheated(asked, **change))

    assert finding.outcome is Outcome.FAILED
    assert said_of_it in finding.message, said(finding)


def test_the_report_says_what_would_have_been_seen_of_the_loaders():
    assert "an image given twice" in said(finding_of(loaders()))


COLOURED = NormalisedSet("cifar10", (0.5, 0.4, 0.3), (0.2, 0.25, 0.3))


def coloured(_: int) -> dict[str, np.ndarray]:
    """A data set in CIFAR-10's form."""
    random = np.random.default_rng(6)
    return {
        f"cifar10.{half}.{part}": random.integers(top, size=(30, *shape)).astype(kind)
        for half in ("train", "test")
        for part, top, shape, kind in (("images", 256, (8, 8, 3), np.uint8), ("labels", 10, (), np.int64))
    }


CIFAR = LoaderTask(
    function="make_loaders",
    patterns=("^make_loaders$",),
    sets={"CIFAR10": COLOURED},
    calls=[LoaderCall(id="first", dataset="CIFAR10", batch_size=8)],
    data=coloured,
    dataset=None,
)


def colours(mean=COLOURED.mean, std=COLOURED.std, *, first="train"):
    def make_loaders(batch_size):
        arrays = coloured(0)
        made = []
        for half in (first, "test"):
            images = torch.from_numpy(arrays[f"cifar10.{half}.images"].copy()).permute(0, 3, 1, 2) / 255
            middle, spread = (torch.tensor(part).reshape(-1, 1, 1) for part in (mean, std))
            pairs = [*zip((images - middle) / spread, arrays[f"cifar10.{half}.labels"].tolist(), strict=True)]
            made.append(DataLoader(pairs, batch_size, shuffle=not made))
        return made

    return {"make_loaders": make_loaders}


def test_coloured_images_of_a_fixed_data_set_pass():
    finding = found(data_loaders(CIFAR), **colours())

    assert finding.outcome is Outcome.PASSED, said(finding)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}, "normalises with 0.5 and 0.5, expected (image − (0.5, 0.4"),
        ({"mean": (0.3, 0.4, 0.5)}, "not the data set's, normalised as"),
        ({"first": "test"}, "the training loader gives the validation images"),
    ],
)
def test_what_is_wrong_with_coloured_images_is_named(settings, message):
    finding = found(data_loaders(CIFAR), **colours(**settings))

    assert finding.outcome is Outcome.FAILED
    assert message in finding.message, said(finding)


def test_a_function_that_returns_one_loader_is_told_what_to_return():
    finding = found(data_loaders(CIFAR), make_loaders=lambda batch_size: DataLoader([0]))

    assert "expected (train_loader, val_loader), found a DataLoader" in finding.message


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (LoaderCall(id="a", dataset="MNIST", batch_size=8), "expected one of CIFAR10"),
        (LoaderCall(id="a", dataset="CIFAR10", batch_size=8, noise=0.5), "first call without options"),
    ],
)
def test_calls_that_cannot_be_made_are_refused(call, words):
    with pytest.raises(AssignmentError, match=words):
        LoaderTask(function="make_loaders", sets={"CIFAR10": COLOURED}, calls=[call], data=coloured)
