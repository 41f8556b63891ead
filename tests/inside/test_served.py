from __future__ import annotations

import numpy as np
import pytest

from grader.inside import served

IMAGES = np.arange(3 * 2 * 2 * 3, dtype=np.uint8).reshape(3, 2, 2, 3)
LABELS = np.array([5, 6, 7])


@pytest.fixture(autouse=True)
def _three_images(monkeypatch: pytest.MonkeyPatch):
    halves = {
        f"cifar10.{half}.{what}": array
        for half in ("train", "test")
        for what, array in (("images", IMAGES), ("labels", LABELS))
    }
    monkeypatch.setattr(served, "ARRAYS", halves)


def test_a_half_is_served_as_it_was_sent_in():
    images, labels = served.split("cifar10", train=True)

    np.testing.assert_array_equal(images, IMAGES)
    assert labels.tolist() == [5, 6, 7]


def test_what_is_served_may_be_changed():
    images, _ = served.split("cifar10", train=True)
    images[:] = 0

    assert served.split("cifar10", train=True)[0].any()


def test_samples_repeat_up_to_the_size_that_is_asked_for():
    images, labels = served.split("cifar10", train=False, size=7)

    assert labels.tolist()[:3] == [5, 6, 7]
    assert sorted(labels.tolist()[3:6]) == [5, 6, 7]
    np.testing.assert_array_equal(images, IMAGES[labels - 5])


def test_samples_far_apart_are_not_the_same_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(served.ARRAYS, "cifar10.train.images", np.zeros((1000, 2, 2, 3), np.uint8))
    monkeypatch.setitem(served.ARRAYS, "cifar10.train.labels", np.arange(1000))

    _, labels = served.split("cifar10", train=True, size=50_000)

    assert len(set(labels[::500].tolist())) > 80


def test_the_real_sizes_may_be_sent_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(served.ARRAYS, "cifar10.size", np.array([10, 4]))

    assert len(served.split("cifar10", train=True)[0]) == 10
    assert len(served.split("cifar10", train=False)[1]) == 4


def test_another_data_set_is_said_not_to_be_served():
    with pytest.raises(RuntimeError, match=r"no network here.* serves no mnist \(it serves: cifar10\)"):
        served.split("mnist", train=True)
