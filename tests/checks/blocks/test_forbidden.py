"""`forbidden`: names are followed to what they stand for; what source cannot tell is a person's."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from core_examples import evidence, execution, record

from grader.assess import assess_one
from grader.checks import forbidden
from grader.errors import AssignmentError
from grader.evidence import FileRecord
from grader.finding import Outcome
from grader.inside.asked.sources import answer
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame

BLOCK = forbidden(
    imports=("sklearn",),
    calls=(
        "torch.nn.functional.scaled_dot_product_attention",
        "torch.nn.MultiheadAttention",
        "numpy.linalg.solve",
    ),
    instead="write the softmax of the scores yourself",
)


def found(main="", *, block=BLOCK, sent=None, mode="definitions", entry="main.py", **others):
    """The finding on files; `sent` is what comes back of the main one where it is something else."""
    files = {entry: main, **{f"{name}.py": text for name, text in others.items()}}
    listed = tuple(FileRecord(path, len(text), sha256(text.encode()).hexdigest()) for path, text in files.items())
    arrays = {path: np.frombuffer(text.encode(), np.uint8) for path, text in files.items()}
    if sent is not None:
        arrays[entry] = np.frombuffer(sent.encode(), np.uint8)
    came = evidence(Frame({"kind": "ask", "probe": "sources", "case": "all", "read": True}, arrays))
    came = replace(came, submission=record(files=listed, entry=entry), executions=(execution(mode=mode),))
    return assess_one(Criterion("it", "It", 1, block), came)


@pytest.mark.parametrize(
    "text",
    [
        "import torch\nx = torch.nn.functional.scaled_dot_product_attention(1, 2, 3)",
        "import torch.nn.functional as f\ng = f.scaled_dot_product_attention",
        "from torch.nn.functional import scaled_dot_product_attention as s\ndef f(q):\n    return s(q, q, q)",
        "from torch.nn.functional import *\ny = scaled_dot_product_attention(1, 2, 3)",
        "from torch import nn\nclass A(nn.MultiheadAttention):\n    pass",
        "import torch\nA = getattr(torch.nn, 'Multihead' + 'Attention')",
        "import importlib\nF = importlib.import_module('torch.nn.functional')\nF.scaled_dot_product_attention(1, 2, 3)",
        "__import__('torch').nn.MultiheadAttention(4, 2)",
        "import importlib\nA = vars(importlib.import_module('torch.nn.modules.activation'))['Multihead' + 'Attention']",
        "import torch\nn = torch.nn\nm = n\ndef f():\n    return m.MultiheadAttention(4, 2)",
        "import torch\nn, z = torch.nn, 3\nn.MultiheadAttention(4, 2)",
        "import numpy as np\nx = list(map(np.linalg.solve, a, b))",
        "import numpy.linalg\ns = numpy.linalg.__dict__['solve']",
        "import sys, torch\nsys.modules['torch.nn'].MultiheadAttention(4, 2)",
        "import torch\ntorch._C._nn.scaled_dot_product_attention(1, 2, 3)",
        "import sklearn",
        "from sklearn.svm import SVC",
        "import importlib as i\ni.import_module('sklearn.svm')",
        "def f():\n    import sklearn.svm as s\n    return s.SVC()",
        "exec('import sklearn')",
        "import torch\nclass A:\n    def n(self):\n        return torch.nn.MultiheadAttention(4, 2)",
        "import torch.nn as n\nclass A:\n    n = 3\n    def f(self):\n        return n.MultiheadAttention(4, 2)",
        "import torch.nn as n\nx = [n for n in ()]\nn.MultiheadAttention(4, 2)",
        "import torch.nn as n\nif __name__ != '__main__':\n    n.MultiheadAttention(4, 2)",
    ],
)
def test_whatever_it_is_called_it_is_found(text):
    finding = found(text)
    assert finding.outcome is Outcome.FAILED, finding.message
    assert "main.py, line" in finding.message
    assert finding.hint == "write the softmax of the scores yourself"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# scaled_dot_product_attention\n'''torch.nn.MultiheadAttention'''\nx = 'sklearn'",
        "def scaled_dot_product_attention(q):\n    return q @ q\ny = scaled_dot_product_attention(1)",
        "from torch import nn\ndef f(x: nn.MultiheadAttention) -> nn.MultiheadAttention:\n    return x",
        "from torch import nn\ndef f(x):\n    return isinstance(x, nn.MultiheadAttention)",
        "class MultiheadAttention:\n    def solve(self):\n        return 1\nMultiheadAttention().solve()",
        "import torch\ndef f(torch):\n    return torch.nn.MultiheadAttention",
        "from torch import nn\nif __name__ == '__main__':\n    print(nn.MultiheadAttention(4, 2))",
        "from torch.nn.functional import scaled_dot_product_attention",
        "import numpy as np\nx = np.linalg.inv(np.eye(2)) @ np.ones(2)\nmodel = f()\nmodel.eval()",
        "import torch\nclass A(torch.nn.Module):\n    def f(self, i):\n        return getattr(self, f'W{i}')",
        "import re, torch\nre.compile('a')\nx = torch.zeros(3, dtype=torch.float32)\nn = len([t for t in x])",
    ],
)
def test_what_does_not_use_it_passes(text):
    finding = found(text)
    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize(
    "text",
    [
        "exec(open('x').read())",
        "import importlib\nm = importlib.import_module(name)",
        "import torch\nf = getattr(torch.nn, name)",
        "import torch\nf = vars(torch.nn)[name]",
        "import torch\ndef f(m):\n    return m.MultiheadAttention\nf(torch.nn)",
        "import torch\nm = [torch][0]",
        "import sys\nm = sys.modules[name]",
        "f = globals()[name]",
        "run = eval\nrun(text)",
        "import builtins\nbuiltins.exec(text)",
        "import torch\nclass A:\n    n = torch.nn\n    def f(self):\n        return self.n.MultiheadAttention(4, 2)",
        "import torch\nf = torch.nn.Linear.forward.__globals__['F']",
        "import torch\nf = torch.nn.__getattribute__(name)",
        "from torch._C import _nn\nf = getattr(_nn, name)",
        "import subprocess\nsubprocess.run(['python'])",
    ],
)
def test_what_only_running_could_tell_is_a_persons(text):
    finding = found(text)
    assert finding.outcome is Outcome.UNGRADED, finding.message
    assert "main.py, line" in finding.message


def test_files_that_are_imported_are_read_and_others_are_not():
    used = "from torch.nn import MultiheadAttention as M\nimport sklearn"

    assert found("import numpy", extra=used).outcome is Outcome.PASSED
    through = found("from extra import M\nM(4, 2)", extra=used)
    assert "torch.nn.MultiheadAttention in main.py, line 2" in through.message
    assert "import sklearn in extra.py, line 2" in through.message


def test_a_file_that_nothing_imports_is_read_for_what_it_alone_defines():
    narrow = forbidden(calls=("torch.nn.MultiheadAttention",), within=("Mine",))
    by_hand = "class Mine:\n    def __call__(self, x):\n        return x + 1"
    layer = "from torch import nn\nclass Mine(nn.Module):\n    def __init__(self):\n        nn.MultiheadAttention(4, 2)"
    assert found("def f(x):\n    return x", block=narrow, net=by_hand).outcome is Outcome.PASSED
    used = found("def f(x):\n    return x", block=narrow, net=layer)
    assert used.outcome is Outcome.FAILED
    assert "torch.nn.MultiheadAttention in net.py, line 4" in used.message
    # What the graded file defines itself is what counts.
    assert found(by_hand, block=narrow, other=layer).outcome is Outcome.PASSED
    left_open = found(
        "def f(x):\n    return x", block=narrow, net="class Mine:\n    def __call__(self, x):\n        pass"
    )
    assert "not attempted" in left_open.message.lower()
    assert found("def f(x):\n    return x", block=narrow, net="x =").outcome is Outcome.FAILED


def test_a_comparison_that_nothing_asked_for_uses_is_left_aside():
    text = "from torch import nn\ndef mine(x):\n    return {}\ndef other(x):\n    return nn.MultiheadAttention(4, 2)(x)"
    narrow = forbidden(calls=("torch.nn.MultiheadAttention",), within=("mine",))

    assert found(text.format("x"), block=narrow).outcome is Outcome.PASSED
    assert found(text.format("other(x)"), block=narrow).outcome is Outcome.FAILED
    assert found("x = 1", block=narrow).message.startswith("Not attempted: there is no mine")


@pytest.mark.parametrize(
    ("body", "attempted"),
    [
        ("pass", False),
        ("'''What it does.'''; return None", False),
        ("raise NotImplementedError", False),
        ("out, cache = None, None; return out, cache", False),
        ("return x * 0", True),
        ("out = None; out = x + 1; return out", True),
        ("return x", True),
        ("n = e = None; return n, e", False),
        ("return out", False),
        ("return out, KNOWN", True),
        ("print(x); return out", True),
    ],
)
def test_a_function_that_the_template_left_open_is_not_attempted_where_it_is_named(body, attempted):
    narrow = forbidden(imports=("sklearn",), within=("mine", "Net"))
    text = f"KNOWN = 3\ndef mine(x):\n    {body}\nclass Net:\n    def forward(self, x):\n        {body}\n"
    finding = found(text, block=narrow)

    assert (finding.outcome is Outcome.PASSED) is attempted, finding.message
    assert attempted or "there is no mine, Net that does anything" in finding.message


def test_a_class_that_only_makes_itself_as_the_template_does_is_not_attempted():
    narrow = forbidden(imports=("sklearn",), within=("Net",))
    text = "class Net:\n    def __init__(self, n):\n        self.n = n\n    def forward(self, x):\n        {}\n"
    assert "there is no Net that does anything" in found(text.format("return out"), block=narrow).message
    assert found(text.format("return x + self.n"), block=narrow).outcome is Outcome.PASSED
    alone = "class Net:\n    def __init__(self, n):\n        self.n = n"
    assert found(alone, block=narrow).outcome is Outcome.PASSED


def test_a_value_whose_name_has_the_letters_of_none_is_a_value():
    narrow = forbidden(imports=("sklearn",), within=("mine",))
    assert found("def mine(n):\n    one = n\n    return one", block=narrow).outcome is Outcome.PASSED


def test_a_program_runs_what_stands_under_main():
    text = "from torch import nn\nif __name__ == '__main__':\n    nn.MultiheadAttention(4, 2)"

    assert found(text, mode="run").outcome is Outcome.FAILED


def test_notebooks_are_read_cell_by_cell():
    cells = ["%matplotlib inline\nimport numpy as np", "%%writefile more.py\nimport sklearn", "import more"]
    listed = [{"cell_type": "code", "source": [cell]} for cell in cells]

    finding = found(json.dumps({"cells": listed}), entry="work.ipynb")

    assert "import sklearn in more.py, line" in finding.message


def test_source_that_came_back_changed_is_a_persons():
    finding = found("import sklearn", sent="import numpy")

    assert finding.outcome is Outcome.UNGRADED
    assert "did not come back as it was handed in" in finding.message


def test_files_come_back_byte_for_byte(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    (tmp_path / "b.txt").write_text("no")

    _, arrays = answer(None, {"endings": [".py"]})

    assert {name: part.tobytes() for name, part in arrays.items()} == {"a.py": b"x = 1\r\n"}


@pytest.mark.parametrize(
    "given", [{}, {"calls": ("solve",)}, {"calls": ("torch.Tensor.__add__",)}, {"imports": ("a b",)}]
)
def test_slips_are_said(given):
    with pytest.raises(AssignmentError, match="forbidden"):
        forbidden(**given)
