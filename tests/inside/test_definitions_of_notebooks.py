"""Notebooks as students leave them, asked for what they define: order, failures, long cells."""

from __future__ import annotations

import json

import pytest
from warm_python import WarmPython

PROGRAM = """
import json, sys
from grader.inside import loading
watch = loading.Recording(lambda name: False, lambda function: function)
loaded = loading.load("work.ipynb", "definitions", watch, ["run_training"])
names = [name for name in loaded.namespace if not name.startswith("__")]
print(json.dumps({"names": names, "errors": loaded.errors, "value": repr(loaded.namespace.get("value"))}))
"""


@pytest.fixture(scope="module")
def python():
    with WarmPython("grader.inside.loading") as found:
        yield found


@pytest.fixture
def defined(python, tmp_path):
    """Loads cells in a process of its own: what a submission does to the interpreter stays there."""

    def load(*cells):
        sources = [{"cell_type": "code", "source": cell} for cell in cells]
        (tmp_path / "work.ipynb").write_text(json.dumps({"cells": sources}))
        done = python.run("-c", PROGRAM, folder=tmp_path, environment={})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return load


def test_a_training_cell_is_skipped_though_the_training_function_stands_in_another_cell(defined):
    found = defined(
        "def train(loss):\n    loss.backward()",
        "def experiment():\n    train(1)\n    return 3",
        "result = experiment()",
        "value = 1",
    )

    assert found["errors"] == []
    assert "result" not in found["names"]
    assert found["value"] == "1"


def test_named_functions_of_the_template_are_not_called(defined):
    assert "result" not in defined("def run_training(): return 1", "result = run_training()")["names"]


def test_a_cell_that_needs_a_skipped_result_has_not_failed(defined):
    found = defined("result = run_training()", "accuracy = result[0]", "value = other")

    assert [error["message"] for error in found["errors"]] == ["name 'other' is not defined"]


def test_a_definition_before_the_import_it_needs_is_taken_after_it_and_its_failure_is_kept(defined):
    found = defined("class Net(nn.Module):\n    pass", "import types as nn\nnn.Module = object")

    assert "Net" in found["names"]
    assert [error["where"] for error in found["errors"]] == ["work.ipynb, code cell 1"]


def test_of_two_definitions_the_last_counts_though_the_first_had_to_wait(defined):
    assert defined("value = late + 1", "late = 1\nvalue = 5")["value"] == "5"


def test_a_scrap_costs_only_its_own_cell(defined):
    found = defined("def f(:\n", "%matplotlib inline\n!pip install x\nvalue = 2")

    assert (found["value"], [error["kind"] for error in found["errors"]]) == ("2", ["SyntaxError"])


def test_a_file_that_a_cell_writes_can_be_imported_and_added_to(defined):
    found = defined(
        "%%writefile parts/net.py\nclass Net: pass\n",
        "%%file -a parts/net.py\nvalue = 7\n",
        "from parts.net import Net, value",
    )

    assert (found["errors"], found["value"]) == ([], "7")


def test_a_file_that_a_cell_runs_defines_its_names_here(defined, tmp_path):
    (tmp_path / "helper.py").write_text("def scale(x):\n    return 2 * x\n")

    found = defined("%run helper.py\n%run ../outside.py\n%run missing.py\nvalue = scale(4)")

    assert (found["errors"], found["value"]) == ([], "8")


def test_a_file_elsewhere_is_not_written(defined, tmp_path):
    found = defined(f"%%writefile {tmp_path.parent}/evil.py\nx = 1\n", "%%writefile ../evil.py\nx = 1\n", "value = 1")

    assert (found["errors"], found["value"]) == ([], "1")
    assert not (tmp_path.parent / "evil.py").exists()
