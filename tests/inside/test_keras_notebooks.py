"""Notebooks for TensorFlow's Keras run in the sandbox on Keras 3 and PyTorch, without training."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path

import pytest
from answering import Answer, Submission, answers, notebook

from grader.inside.standins import keras
from grader.probes import Ask

pytestmark = pytest.mark.costly  # importing Keras takes ten CPU seconds

ROOT = Path(__file__).parents[2]
HANDOUT = ROOT / "submissions" / "eie4122_lab3" / "farah" / "Gradient_vanishing.ipynb"
MODELS = ROOT / "grader" / "inside" / "asked" / "keras_models.py"
ASK = Ask("models", "models", ({"id": "all", "points": "points", "labels": "labels"},))
OLD_STYLE = notebook(
    "import tensorflow as tf\nfrom tensorflow.keras import Sequential, layers, optimizers\ntf.random.set_seed(1)",
    "print('FACT', '[\"gpus\", %d]' % len(tf.config.list_physical_devices('GPU')))",
    "net = Sequential()\nfor i in range(3):\n    net.add(layers.Dense(5, 'relu', input_shape=(2,)))",
    "net.add(layers.Dense(1, 'sigmoid'))",
    "net.compile(optimizers.SGD(lr=0.1, decay=1e-6), 'binary_crossentropy', metrics=['accuracy'])",
    "loss, accuracy = net.evaluate([[0., 1.]], [1.])",
    "history = net.fit([[0., 1.]], [1.], epochs=3)\nhistory.history['loss']",
    "with tf.GradientTape() as tape:\n    pass",
    "last = 1",
)


@pytest.fixture(scope="module")
def found() -> dict[str, Answer]:
    support = {
        "assignment_inside/__init__.py": b"",
        "assignment_inside/models.py": MODELS.read_bytes()
        .replace(b'session.arrays[case["points"]]', b"np.float32([[0, 1], [1, 0], [-1, 0.5], [0.3, -1]])")
        .replace(b'session.arrays[case["labels"]]', b"np.float32([0, 1, 1, 0])"),
    }
    work = {"handout": HANDOUT.read_text("utf-8"), "old": OLD_STYLE}
    return answers({name: Submission(text, entry="work.ipynb", probes=(ASK,)) for name, text in work.items()}, support)


def models(answer: Answer) -> dict[str, list[dict[str, object]]]:
    [frame] = answer.of_kind("ask")
    return {model["name"]: model["layers"] for model in frame.header["models"]}


def test_a_notebook_with_the_structure_of_the_handouts_runs_without_an_error(found):
    assert found["handout"].errors == []


def test_its_networks_are_built_as_the_handout_says(found):
    built = models(found["handout"])

    assert [layer["kind"] for layer in built["ffnet"]] == ["Dense"] * 32
    assert [layer["activation"] for layer in built["ffnet"]] == ["tanh"] * 31 + ["sigmoid"]
    assert [layer["kind"] for layer in built["resnet"]].count("Add") == 25
    assert [layer["kind"] for layer in built["resnet"]].count("BatchNormalization") == 25
    assert {layer["activation"] for layer in built["ffnet_relu"]} == {"relu", "sigmoid"}


def test_their_gradients_come_back_layer_by_layer(found):
    [frame] = found["handout"].of_kind("ask")

    assert frame.arrays["gradient.0"].shape == (32,)
    assert (frame.arrays["gradient.1"] > 0).all()


def test_code_of_older_versions_works_where_keras_has_the_same(found):
    assert [error["where"] for error in found["old"].errors] == ["work.ipynb, code cell 8"], found["old"].errors
    [error] = found["old"].errors
    assert "tensorflow.GradientTape is used, but TensorFlow is not here" in error["message"]
    assert [layer["units"] for layer in models(found["old"])["net"]] == [5, 5, 5, 1]
    assert found["old"].facts == {"gpus": 0}


def test_without_keras_the_import_says_so(monkeypatch):
    monkeypatch.setattr(keras, "is_installed", lambda: False)
    finder = keras._TensorFlowNames()

    for name in ("keras", "tensorflow.keras", "tensorflow.keras.layers"):
        with pytest.raises(ModuleNotFoundError, match="Keras is not installed where work is graded"):
            finder.create_module(importlib.machinery.ModuleSpec(name, finder))
    assert "keras" not in sys.modules


@pytest.mark.parametrize(
    ("source", "asked"),
    [("import tensorflow as tf", True), ("from keras.layers import Dense", True), ("import torch  # no keras", False)],
)
def test_only_a_submission_that_imports_it_pays_for_keras(source, asked):
    assert keras.is_asked_for(source) is asked
