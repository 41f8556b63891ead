"""What is loaded before a program's time begins, told by what homework names and what it is asked."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from grader.probes import Argument, Ask, BuildNetwork, CallFunction, Case, MakeNetwork, NetworkCase, request
from grader.sandbox.loaded_beforehand import (
    ASKED_WITHOUT_TORCH,
    COMPILER,
    DRAWING,
    OF_TORCH,
    TORCH,
    WITHOUT_TORCH,
    beforehand,
)
from grader.sandbox.protocol import Command

NUMPY = {"work.py": b"import numpy as np"}
DOUBLE = CallFunction("double", ("^double$",), [Case("seven", (Argument("x", 7),))])


def homework(files: dict[str, bytes], *probes: Any, support: dict[str, bytes] | None = None) -> Command:
    asked = request(probes, mode="run", seed=1)
    return Command("student", asked, files=files, support=support or {})


def loads_torch(command: Command, warm: tuple[str, ...] = ("torch",)) -> bool:
    found = beforehand(command, warm).warm
    assert (TORCH in found) == (OF_TORCH in found)
    return TORCH in found


@pytest.mark.parametrize(
    "files",
    [
        {"work.py": b"import torch"},
        {"a.py": b"x = 1", "deep/in/a/folder.py": b"from torchvision import datasets"},
        {"work.ipynb": b'{"cells": ["from tensorflow import keras"]}'},
        {"work.py": b"from DLStudio import *"},
        {"work.py": b"import lightning as L"},
    ],
)
def test_homework_that_names_torch_has_it(files: dict[str, bytes]):
    assert loads_torch(homework(files, DOUBLE))
    assert loads_torch(homework(files, DOUBLE), warm=())


@pytest.mark.parametrize("files", [NUMPY, {}, {**NUMPY, "readme.txt": b"pip install torch"}])
def test_other_homework_does_not_wait_for_torch(files: dict[str, bytes]):
    assert beforehand(homework(files, DOUBLE), ("torch", "torchvision", "scipy")).warm == (
        "scipy",
        *WITHOUT_TORCH,
        "inside.student",
    )


@pytest.mark.parametrize(
    "probe",
    [
        BuildNetwork("net", ("Net",), [Case("plain", ())], ("x",)),
        MakeNetwork("net", [NetworkCase(id="net", asked="Net", patterns=("Net",), inputs=("x",))]),
        Ask("layers", "structure", [{"id": "all"}], library=True),
        Ask("softmax", "calls", [{"id": "1", "torch": True}], library=True),
        Ask("uses", "called_names", [{"id": "all", "calls": ["torch.softmax"], "imports": []}], library=True),
    ],
    ids=["build", "make", "a block", "a block's case", "calls that are watched"],
)
def test_what_is_asked_may_need_torch(probe: Any):
    assert loads_torch(homework(NUMPY, DOUBLE, probe))


@pytest.mark.parametrize(
    "probe",
    [
        Ask("softmax", "calls", [{"id": "1", "torch": False, "steps": [("softmax", ["x"])]}], library=True),
        Ask("uses", "called_names", [{"id": "all", "calls": ["numpy.dot"], "imports": ["torch"]}], library=True),
        Ask("own", "own", [{"id": "all"}]),
    ],
    ids=["calls of arrays", "imports that are watched", "the assignment's own"],
)
def test_what_is_asked_of_arrays_needs_no_torch(probe: Any):
    assert not loads_torch(homework(NUMPY, DOUBLE, probe, support={"assignment_inside/own.py": b"import numpy"}))


@pytest.mark.parametrize(
    "support",
    [
        {"course.py": b"import torch"},
        {"assignment_inside/own.py": b"import torch"},
        {"assignment_inside/own.py": b"from inside import training"},
    ],
)
def test_what_an_assignment_runs_beside_homework_may_need_torch(support: dict[str, bytes]):
    assert loads_torch(homework(NUMPY, DOUBLE, support=support))


def test_functions_are_timed_beside_a_baseline_that_may_be_of_torch():
    asked = {"asked": "mean", "baseline": "plain.mean", "torch": False}

    assert TORCH not in beforehand(Command("timed", asked, files=NUMPY), ("torch",)).warm
    assert TORCH in beforehand(Command("timed", {**asked, "baseline": "torch.mean"}, files=NUMPY), ("torch",)).warm


@pytest.mark.parametrize("program", ["document", "program"])
def test_other_programs_have_what_their_sandbox_is_asked_for(program: str):
    assert beforehand(Command(program, {}, files={"a.py": b"import seaborn"}), ("torch",)).warm[0] == "torch"
    assert beforehand(Command(program, {}, warm=()), ("torch",)).more == ()
    assert TORCH not in beforehand(Command(program, {}, warm=()), ("torch",)).warm


@pytest.mark.parametrize(
    "files",
    [
        {"train.py": b"from torch import optim"},
        {"plot.ipynb": b'{"cells": ["import torch, matplotlib.pyplot as plt"]}'},
        {"a.py": b"import torch", "deep/in/a/folder.py": b"import seaborn as sns"},
        {"a.py": b"import torch, pandas as pd; pd.DataFrame(norms).plot(logy=True)"},
    ],
)
def test_homework_that_names_a_drawing_or_an_optimizer_runs_where_they_are_loaded(files: dict[str, bytes]):
    assert beforehand(homework(files), ()).more == (DRAWING, COMPILER)


def test_what_an_assignment_runs_beside_homework_may_name_them():
    assert beforehand(homework({}, support={"course.py": b"torch.optim.SGD"}), ()).more == (DRAWING, COMPILER)


def test_drawings_without_torch_load_no_compiler():
    assert beforehand(homework({"a.py": b"import matplotlib"}), ()).more == (DRAWING,)
    assert beforehand(homework({"a.py": b"import pandas; pandas.read_csv('a.csv').loss.hist()"}), ()).more == (DRAWING,)
    assert beforehand(homework({"a.py": b"import pandas; pandas.read_csv('a.csv').mean()"}), ()).more == ()
    assert beforehand(homework({"a.py": b"self.plot = None", "b.py": b"import pandas"}), ()).more == ()
    assert beforehand(homework({"a.py": b"def optimize(x): return x"}), ()).more == ()


def test_what_answers_without_torch_can_be_imported_without_it():
    modules = ["inside.student", "inside.timed", *(f"inside.asked.{name}" for name in sorted(ASKED_WITHOUT_TORCH))]
    code = f"import importlib, sys; [importlib.import_module('grader.' + name) for name in {modules}]; "
    code += "raise SystemExit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
