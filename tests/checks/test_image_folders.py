"""The images that networks are trained on, embedded or in an instructor's folder, and the range of the reference."""

from __future__ import annotations

import numpy as np
import pytest
from homework_5 import part
from PIL import Image

from grader.checks.image_folders import ImagesError, image_folder

SIZES = (64, 360, 150)


def test_the_embedded_images_are_of_five_classes_and_differ_from_batch_to_batch():
    one, other = part("data").digits(1), part("data").digits(2)

    assert (one.train.shape, one.train.dtype) == ((360, 3, 64, 64), np.uint8)
    assert one.held_out.shape == (150, 3, 64, 64)
    assert set(one.train_labels) == set(one.held_out_labels) == set(range(5))
    assert not np.array_equal(one.train, other.train)


def test_held_out_images_and_their_labels_do_not_cross_the_wall():
    images = part("data").digits(1)

    served = images.served("hw5", 1)

    assert set(served) == {"hw5.train.images", "hw5.train.labels", "hw5.images"}
    assert not any(array.shape[:1] == images.held_out_labels.shape for array in served.values())


@pytest.fixture
def folder(tmp_path):
    """Images in the layout of the COCO subset."""
    random = np.random.default_rng(3)
    for half, count in (("train", 12), ("val", 6)):
        for name in ("boat", "cake", "couch", "dog", "motorcycle"):
            (tmp_path / half / name).mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 255, (40, 50, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(tmp_path / half / name / f"{number}.jpg")
    return tmp_path


def test_a_real_folder_is_read_in_the_layout_of_imagefolder(folder):
    images = image_folder(folder, *SIZES)(1)

    assert images.train.shape == (60 - 20, 3, 64, 64)
    assert images.held_out.shape == (30 - 10, 3, 64, 64)
    assert np.bincount(images.train_labels).tolist() == [8] * 5


def test_one_folder_serves_both_halves_with_different_images(folder):
    images = image_folder(folder / "train", *SIZES)(1)

    seen = {image.tobytes() for image in images.train}
    assert not any(image.tobytes() in seen for image in images.held_out)


@pytest.mark.parametrize("missing", ["nowhere", "train/boat"])
def test_a_folder_without_classes_is_a_clear_error(folder, missing):
    with pytest.raises(ImagesError, match="expected folders of images by class"):
        image_folder(folder / missing, *SIZES)(1)


def test_a_file_that_is_no_image_is_named(folder):
    for path in (folder / "val" / "dog").iterdir():
        path.write_bytes(b"not an image")

    with pytest.raises(ImagesError, match="expected an image"):
        image_folder(folder, *SIZES)(1)


def test_the_range_grows_stricter_with_the_steps():
    spread = part("tasks").trained(part("settings").BUDGET).reached

    ranges = [spread.at("lr=0.001", steps) for steps in (10, 25, 60)]

    assert spread.at("lr=0.001", 3) is None
    assert ranges[0].lowest <= ranges[1].lowest <= ranges[2].lowest
    assert ranges[2].lowest > 0.4
    assert 0 < ranges[2].least(150) < 150 * ranges[2].lowest
