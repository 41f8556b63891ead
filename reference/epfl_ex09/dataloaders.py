"""Criterion `dataloaders`: every image once, normalised, in batches, with every option passed on; training shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader import Array, Evidence, Finding, Frame, MissingEvidence, Table
from grader.checks import sequence

from . import data
from .answers import asked
from .cases import LOADINGS, Loading

NORMALISATION = {"MNIST": (0.1307, 0.3081), "FashionMNIST": (0.286041, 0.353024)}
HALVES = {"training": "train", "validation": "test"}
CLOSE = 2e-3  # of a standard deviation: some write the constants with fewer digits
SUMS = np.cos(np.outer(np.arange(28 * 28) + 0.5, np.sqrt(np.arange(1, 13)))).astype(np.float32)  # twelve of an image
POWER = (
    "each image was looked for in its data set: another half's images, an image given twice, a label of another image "
    f"or a number more than {CLOSE:g} standard deviations off would have been seen"
)

HINTS = (
    ("the training images", "the validation set is made with train=False"),
    ("the validation images", "the training set is made with train=True"),
    ("shuffled", "shuffle=True for the training loader, shuffle=False for the validation loader"),
    ("normalis", "transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))]), for both sets"),
    ("subtract", "transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))]), for both sets"),
    ("batch", "pass batch_size on to both loaders, and keep the last, smaller batch"),
    ("noise", "pass noise on to both data sets"),
    ("scramble", "pass scramble_image on to both data sets"),
    ("shift", "pass random_shift on to both data sets"),
    ("size", "pass img_size on to both data sets"),
)


MOST = 0.9
STRANGE = ("the training images", "the validation images", "mixed", "normalis", "subtracts", "divides")


@dataclass(frozen=True)
class Delivered:
    """What one loader gave: N × H × W images, labels, sizes of batches."""

    images: Array
    labels: Array
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Expected:
    """The images that a loader has to give, normalised, in the data set's order."""

    images: Array
    labels: Array


def check(evidence: Evidence) -> Finding:
    """Judge both loaders of every call."""
    problems: dict[str, list[str]] = {}
    unknown: set[str] = set()  # loaders whose images are others: what the options do to them cannot be judged
    for loading in LOADINGS:
        try:
            frame = asked(evidence, "dataloaders", loading.id, loading.words)
            found = list(dict.fromkeys(_problems(frame, loading, data.served(evidence.seed), unknown)))
            unknown |= {
                half
                for half in HALVES
                for text in found
                if text.startswith(f"the {half} loader") and any(word in text for word in STRANGE)
            }
            problems[loading.words] = found
        except MissingEvidence as missing:
            if missing.ours or loading is LOADINGS[0]:
                raise
            problems[loading.words] = [missing.reason.removeprefix(f"{loading.words} ")]
    wrong = {words: found for words, found in problems.items() if found}
    table = _table(problems)
    if not wrong:
        return Finding.passed(
            f"both loaders are right in {len(LOADINGS)} calls: normalisation, batches, order and every option",
            details=(POWER,),
            exhibits=(table,),
        )
    words, first = next(iter(wrong.items()))
    hint = next((advice for word, advice in HINTS if any(word in text for text in first)), None)
    return Finding.failed(
        f"expected loaders as asked in {len(LOADINGS)} calls, found {len(wrong)} that are not; {words}: {first[0]}",
        hint,
        details=tuple(f"{words}: {problem}" for words, found in wrong.items() for problem in found)[1:],
        exhibits=(table,),
    )


def _problems(frame: Frame, loading: Loading, served: dict[str, Array], unknown: set[str]) -> Iterator[str]:
    if "training" not in frame.header or "validation" not in frame.header:
        yield f"expected (train_loader, val_loader), found a {str(frame.header.get('result'))[:60]}"
        return
    expected = {half: _expected(served, loading, name) for half, name in HALVES.items()}
    plain = loading.img_size == 28 and not loading.scramble_image and not loading.noise
    for half in HALVES if plain else sorted(HALVES.keys() - unknown):
        found = _delivered(frame, half)
        if isinstance(found, str):
            yield f"the {half} loader {found}"
            continue
        yield from (f"the {half} loader {problem}" for problem in _of_loader(found, half, expected, loading))


def _expected(served: dict[str, Array], loading: Loading, half: str) -> Expected:
    images, labels = served[f"{loading.served}.{half}.images"], served[f"{loading.served}.{half}.labels"]
    mean, std = NORMALISATION[loading.dataset]
    return Expected((images / 255 - mean) / std, labels)


def _delivered(frame: Frame, half: str) -> Delivered | str:
    header = frame.header[half]
    images, labels = frame.arrays.get(f"{half}.images"), frame.arrays.get(f"{half}.labels")
    if not isinstance(header, dict) or header.get("too_many"):
        return "does not end: it gives more batches than there can be"
    if images is None or labels is None or len(images) != len(labels) or images.dtype.kind not in "fiu":
        return "gives no batches of images and labels"
    if images.ndim != 4 or images.shape[1] != 1:
        return f"gives images of {' × '.join(map(str, images.shape[1:]))}, expected 1 × height × width"
    sizes = tuple(part for part in sequence(header.get("sizes")) if type(part) is int)
    return Delivered(images[:, 0].astype(np.float64), labels.reshape(-1), sizes)


def _of_loader(found: Delivered, half: str, expected: dict[str, Expected], loading: Loading) -> Iterator[str]:
    wanted = expected[half]
    size = loading.img_size
    if found.images.shape[1:] != (size, size):
        shape = " × ".join(map(str, found.images.shape[1:]))
        yield f"gives images of {shape}, expected {size} × {size}: img_size is not passed on"
        return
    yield from _batches(found, wanted, loading)
    if loading.noise:
        yield from _noisy(found, half, expected, loading)
    elif loading.scramble_image:
        yield from _scrambled(found, wanted)
    elif size > 28:
        yield from _placed(found, wanted, loading)
    else:
        yield from _plain(found, half, expected, loading)


def _batches(found: Delivered, wanted: Expected, loading: Loading) -> Iterator[str]:
    count = len(wanted.images)
    full, rest = divmod(count, loading.batch_size)
    sizes = (loading.batch_size,) * full + ((rest,) if rest else ())
    if found.sizes == sizes:
        return
    if found.sizes and found.sizes[0] != loading.batch_size and found.sizes[0] != count:
        yield f"has batches of {found.sizes[0]}, expected {loading.batch_size}"
    elif len(found.images) == full * loading.batch_size:
        yield f"leaves out the last batch of {rest}, expected all {count} samples"
    elif len(found.images) == count:
        yield f"has batches of {', '.join(map(str, found.sizes[:3]))}…, expected {loading.batch_size}"


def _plain(found: Delivered, half: str, expected: dict[str, Expected], loading: Loading) -> Iterator[str]:
    """28 × 28 without options: each image is found again in the data set."""
    order = _order(found.images, expected[half].images)
    if order is None:
        yield _why_unknown(found, half, expected, loading)
        return
    yield from _samples(order, found, expected[half])
    in_order = order == sorted(order)
    if half == "training" and in_order:
        yield "gives the samples in the data set's order, expected them shuffled"
    if half == "validation" and not in_order:
        yield "gives the samples shuffled, expected the data set's order"


def _samples(order: list[int], found: Delivered, wanted: Expected) -> Iterator[str]:
    repeated = len(order) - len(set(order))
    if repeated:
        yield f"gives {repeated} samples more than once, expected each of {len(wanted.images)} once"
    elif len(order) < len(wanted.images) - max(found.sizes, default=0):
        yield f"gives {len(order)} of {len(wanted.images)} samples, expected each once"
    if not np.array_equal(found.labels, wanted.labels[order]):
        yield "gives labels that do not belong to the images"


def _order(found: Array, wanted: Array) -> list[int] | None:
    """For each image its index in the data set, or None if one is not there."""
    flat, known = found.reshape(len(found), -1), wanted.reshape(len(wanted), -1)
    distances = (flat**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * flat @ known.T
    order = distances.argmin(axis=1)
    near = np.abs(flat - known[order]).max(axis=1) <= CLOSE
    return [int(index) for index in order] if near.all() else None


def _why_unknown(found: Delivered, half: str, expected: dict[str, Expected], loading: Loading) -> str:
    other = "validation" if half == "training" else "training"
    if _order(found.images, expected[other].images) is not None:
        return f"gives the {other} images"
    both = np.concatenate([part.images for part in expected.values()])
    if _order(found.images, both) is not None:
        return "gives training and validation images mixed"
    mean, std = NORMALISATION[loading.dataset]
    for words, images in _other_scales(found.images, loading.dataset):
        if _order(images, both) is not None:
            return f"{words}, expected (image − {mean}) / {std}"
    shown = f"values from {found.images.min():.3g} to {found.images.max():.3g}"
    return f"gives images that are not the data set's, normalised as (image − {mean}) / {std} ({shown})"


def _other_scales(images: Array, dataset: str) -> Iterator[tuple[str, Array]]:
    """Usual mistakes, undone: the images as they should have been."""
    mean, std = NORMALISATION[dataset]
    right = (
        (scale, (images * spread + middle) * factor)
        for scale, middle, spread, factor in (
            ("does not normalise the images (0 to 1)", 0.0, 1.0, 1.0),
            ("does not scale or normalise the images (0 to 255)", 0.0, 1.0, 1 / 255),
            ("normalises with 0.5 and 0.5", 0.5, 0.5, 1.0),
            ("normalises with mean and standard deviation exchanged", std, mean, 1.0),
            ("subtracts the mean but does not divide by the standard deviation", mean, 1.0, 1.0),
            ("divides by the standard deviation but does not subtract the mean", 0.0, std, 1.0),
            ("normalises twice", mean * std + mean, std * std, 1.0),
            *(
                (f"normalises with {name}'s constants", *values, 1.0)
                for name, values in NORMALISATION.items()
                if name != dataset
            ),
        )
    )
    yield from ((words, (image - mean) / std) for words, image in right)


def _placed(found: Delivered, wanted: Expected, loading: Loading) -> Iterator[str]:
    """Larger images: each holds a 28 × 28 image of the data set, in one place or in places that vary."""
    places, room = [], loading.img_size - 27
    order: dict[int, int] = {}
    left = found.images
    background = found.images.reshape(len(found.images), -1).min(axis=1)
    known_images = wanted.images.reshape(len(wanted.images), -1).astype(np.float32)
    sums = known_images @ SUMS
    for row in range(room):
        for column in range(room):
            window = left[:, row : row + 28, column : column + 28]
            hits, nearest = _hits(window, known_images, sums)
            places += [(int(index), row, column) for index in np.flatnonzero(hits)]
            order |= {int(index): int(nearest[index]) for index in np.flatnonzero(hits)}
    spots = {(row, column) for _, row, column in places}
    known = {index for index, _, _ in places}
    if len(known) < len(found.images):
        missing = len(found.images) - len(known)
        yield f"gives {missing} of {len(found.images)} images in which no image of the data set is found whole"
        return
    yield from _samples([order[index] for index in range(len(found.images))], found, wanted)
    if not np.isfinite(background).all():
        yield "gives images with numbers that are not finite"
    if loading.random_shift and len(spots) < 4:
        yield "places all images alike: random_shift is not passed on"
    if not loading.random_shift and _moves(places):
        yield "places images at random: random_shift was not asked for"


def _moves(places: list[tuple[int, int, int]]) -> bool:
    """Whether no single place is shared by all images."""
    by_image: dict[int, set[tuple[int, int]]] = {}
    for index, row, column in places:
        by_image.setdefault(index, set()).add((row, column))
    return not set.intersection(*by_image.values())


def _hits(windows: Array, known: Array, sums: Array) -> tuple[Array, Array]:
    """Whether each window is one of the known images, and which: the nearest by a few sums of pixels."""
    flat = windows.reshape(len(windows), -1)
    own = flat @ SUMS
    order = ((sums**2).sum(1)[None] - 2 * own @ sums.T).argmin(axis=1)
    near: Array = np.abs(own - sums[order]).max(axis=1) <= CLOSE * flat.shape[1]
    near[near] = np.abs(flat[near] - known[order[near]]).max(axis=1) <= CLOSE
    return near, order


def _scrambled(found: Delivered, wanted: Expected) -> Iterator[str]:
    """One permutation of pixels for all images: the pixels' columns over all images are the same ones."""
    if _order(found.images, wanted.images) is not None:
        yield "gives whole images: scramble_image is not passed on"
        return
    flat, known = (np.sort(images.reshape(len(images), -1), axis=1) for images in (found.images, wanted.images))
    order = _order(flat[:, None], known[:, None])
    if order is None:
        yield "gives images whose pixels are not those of the data set, scrambled"
        return
    yield from _samples(order, found, wanted)
    left = found.images.reshape(len(found.images), -1)
    right = wanted.images[order].reshape(len(order), -1)
    columns = [np.sort(_keys(array)) for array in (left, right)]
    if not np.allclose(columns[0], columns[1], atol=1e-2):
        yield "scrambles each image in its own way, expected the same permutation for all"


def _keys(images: Array) -> Array:
    """One number for each pixel's column over all images."""
    mixed: Array = images.T @ np.cos(np.arange(len(images)) + 0.5)
    return mixed


def _noisy(found: Delivered, half: str, expected: dict[str, Expected], loading: Loading) -> Iterator[str]:
    wanted = expected[half]
    if _order(found.images, wanted.images) is not None:
        yield "gives images without noise: noise is not passed on"
        return
    flat, known = (images.reshape(len(images), -1) for images in (found.images, wanted.images))
    nearest = ((flat**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * flat @ known.T).argmin(axis=1)
    # So much noise may make another image the nearest one, of a few.
    if len(set(nearest.tolist())) < MOST * len(nearest):
        yield from _samples(nearest.tolist(), found, wanted)
    elif float((found.labels == wanted.labels[nearest]).mean()) < MOST:
        yield "gives labels that do not belong to the images"
    rest = flat - known[nearest]
    spread = float(rest.std())
    if not 0.95 * loading.noise < spread < 1.05 * loading.noise or abs(float(rest.mean())) > 0.05:
        yield f"adds noise with standard deviation {spread:.2f}, expected {loading.noise} on normalised images"


def _table(problems: dict[str, list[str]]) -> Table:
    return Table(
        "calls",
        "What the loaders gave",
        "Every batch of both loaders was compared with the images that were served in the data sets' place.",
        ("Call", "Verdict"),
        tuple((words, "; ".join(found) or "as asked") for words, found in problems.items()),
        marked_rows=tuple(index for index, found in enumerate(problems.values()) if found),
    )
