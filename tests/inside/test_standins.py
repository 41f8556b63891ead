"""What student code finds in place of data sets, a GPU, a keyboard, a network and absent packages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from answering import Answer, Submission, answers, small_data
from scripts_with_standins import CONDITIONAL, DATASETS, EVERYDAY, HARD_CODED, MODELS, PRACTICAL

PROLOGUE = Path(__file__).parents[2] / "reference/dlc_practical_6/provided/dlc_practical_prologue.py"
DATA = small_data()


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    scripts = {
        "datasets": DATASETS,
        "models": MODELS,
        "practical": PRACTICAL,
        "hard-coded": HARD_CODED,
        "conditional": CONDITIONAL,
        "everyday": EVERYDAY,
    }
    return answers({name: Submission(text) for name, text in scripts.items()}, {PROLOGUE.name: PROLOGUE.read_bytes()})


@pytest.fixture(scope="module")
def datasets(asked: dict[str, Answer]) -> dict[str, object]:
    return asked["datasets"].facts


@pytest.fixture(scope="module")
def everyday(asked: dict[str, Answer]) -> dict[str, object]:
    return asked["everyday"].facts


@pytest.mark.parametrize("name", ["datasets", "models", "practical", "hard-coded", "conditional", "everyday"])
def test_a_script_that_uses_what_is_replaced_runs_to_its_end(asked: dict[str, Answer], name: str):
    assert (asked[name].errors, asked[name].end) == ([], "exited")


def test_cifar_has_the_form_of_the_real_class(datasets: dict[str, object]):
    assert datasets["lengths"] == [20, 10]
    assert datasets["data"] == ["ndarray", "uint8", [20, 32, 32, 3]]
    assert datasets["targets"] == ["list", DATA["cifar10.train.labels"].tolist()]
    assert datasets["class"] == ["cat", 9, True]
    assert datasets["pil"] == ["Image", [32, 32], "RGB"]


def test_cifar_holds_the_served_images(datasets: dict[str, object]):
    assert datasets["sums"] == [int(DATA[f"cifar10.{half}.images"].sum(dtype=np.int64)) for half in ("train", "test")]


def test_transforms_are_applied(datasets: dict[str, object]):
    assert datasets["image"] == [[3, 32, 32], "torch.float32", True, True]
    assert datasets["test"] == [True, True]


def test_loaders_with_workers_and_splits_work(datasets: dict[str, object]):
    assert datasets["batches"] == [[4, 3, 32, 32, 4], [8, 3, 32, 32, 8], [8, 3, 32, 32, 8]]
    assert datasets["split"] == [15, 5]


def test_mnist_has_the_form_of_the_real_class(datasets: dict[str, object]):
    assert datasets["mnist"] == ["Tensor", "torch.uint8", [12, 28, 28], "torch.int64", [12], "L", "int"]


def test_a_data_set_that_is_not_served_says_so_when_it_is_made(datasets: dict[str, object]):
    said = "no network here, and this assignment serves no {} (it serves: cifar10, mnist)"

    assert datasets["unknown"] == "RuntimeError: " + said.format("SVHN")
    assert datasets["not served"] == "RuntimeError: " + said.format("fashion_mnist")
    assert str(datasets["no such name"]).startswith("AttributeError")


def test_the_rest_of_torchvision_is_the_real_one(asked: dict[str, Answer]):
    facts = asked["models"].facts

    assert (facts["resnet"], facts["vgg"], facts["version"]) == (True, True, True)
    assert (facts["attribute"], facts["iou"]) == ("alexnet", 0.5)
    assert facts["registered"] == "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    assert facts["absent"] == "AttributeError: module 'torchvision' has no attribute 'no_such_part'"
    assert facts["grid"] == [3, 12, 42]


def test_the_courses_own_module_serves_the_same_data(asked: dict[str, Answer]):
    facts = asked["practical"].facts
    classes = int(DATA["cifar10.train.labels"].max()) + 1

    assert facts["shapes"][0] == [20, 3, 32, 32]
    assert facts["shapes"][1] == [20, classes]
    assert facts["normal"] == [True, True]
    assert facts["one hot"] == [1] * 20
    assert facts["mnist"] == [[12, 784], True, "torch.int64"]


def test_hard_coded_gpus_are_served_by_the_cpu(asked: dict[str, Answer]):
    facts = asked["hard-coded"].facts

    assert facts == {
        "net": True,
        "forward": [2, 4],
        "generator": [True, [5]],
        "names": ["none", 0],
        "loss": 0,
        "linear": "cpu",
        "context": "cpu",
        "default": "cpu",
        "gradient": True,
        "available": False,
        "vmap": [2, 3],
    }


def test_code_that_asks_first_is_told_that_there_is_no_gpu(asked: dict[str, Answer]):
    assert asked["conditional"].facts == {"device": "cpu", "sum": 3}


def test_a_script_has_no_arguments_and_no_keyboard(everyday: dict[str, object]):
    assert everyday["arguments"] == [3, ["work.py"]]
    assert everyday["input"] == "EOFError: input('How many? '): nobody is at the keyboard when work is graded"


@pytest.mark.parametrize("name", ["urlopen", "urlretrieve"])
def test_downloads_say_that_there_is_no_network(everyday: dict[str, object], name: str):
    said = "OSError: download of https://example.org/data.zip: there is no network when work is graded"

    assert everyday[name] == said


def test_notebook_habits_do_nothing(asked: dict[str, Answer], everyday: dict[str, object]):
    assert everyday["shell"] is None
    assert "shown" in asked["everyday"].console.splitlines()


def test_absent_packages_can_be_imported_and_say_that_they_are_absent_when_used(everyday: dict[str, object]):
    absent = "is used, but the package is not installed where work is graded"

    assert everyday["tqdm"] == [6, 3, [0, 1], [0, 1], [0, 1]]
    assert everyday["seaborn"] == f"ModuleNotFoundError: seaborn.lineplot {absent}"
    assert everyday["upload"] == f"ModuleNotFoundError: google.colab.files.upload {absent}"
    assert str(everyday["other"]).startswith("ModuleNotFoundError: No module named 'no_such_package'")


def test_a_folder_of_the_students_own_machine_is_not_missed(everyday: dict[str, object]):
    assert everyday["stayed"] is True
    assert everyday["went"] == "figures"
    assert str(everyday["relative"]).startswith("FileNotFoundError")


def test_pools_of_processes_are_pools_of_threads(everyday: dict[str, object]):
    assert everyday["pools"] == [[[1, True], [2, True]]] * 4
    assert everyday["executor"] == [[1, True], [2, True]]
