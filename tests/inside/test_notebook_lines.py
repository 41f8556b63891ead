"""Magics in notebooks and in what was exported from them: what they time runs, what they do to a shell does not."""

from __future__ import annotations

import ast

import pytest

from grader.inside import source
from grader.inside.notebook_lines import files_run, written_file
from grader.inside.source import Chunk


def cell(text: str) -> str:
    return ast.unparse(source.parse(Chunk("work.ipynb, code cell 1", text)))


def script(text: str) -> str:
    return ast.unparse(source.parse(Chunk("work.py", text)))


@pytest.mark.parametrize(
    "line",
    [
        "pip install torchinfo",
        "pip install -q torch==2.1 torchvision",
        "pip3 install 'x>=1'",
        "conda install -y numpy",
        "cd ../data",
        "cd /content/drive/MyDrive",
        "ls -l",
        "mkdir -p out",
        "matplotlib inline",
        "load_ext autoreload",
        "autoreload 2",
        "env X=1",
        "rm *.pt",
        "pip install \\\n    torch",
    ],
)
def test_a_magic_without_its_percent_sign_is_a_magic(line):
    assert cell(f"{line}\nimport torch").endswith("import torch")


@pytest.mark.parametrize("line", ["ls", "pwd", "who"])
def test_a_magics_name_alone_does_nothing(line):
    assert cell(f"{line}\nx = 1") == "x = 1"


@pytest.mark.parametrize(
    "line",
    ["time = 3", "run = 1", "ls = [1]", "env in {}", "cat (1)", "run.step(1)", "config, x = 1, 2", "cd or 1", "env -1"],
)
def test_a_variable_called_like_a_magic_is_a_variable(line):
    assert "pass" not in cell(f"{line}\n!ls\n").split("\n")[0]


def test_a_line_that_is_timed_is_run():
    assert cell("%time net = Net(3)\n%time train(net)") == "net = Net(3)\ntrain(net)"
    assert cell("if x:\n    %time y = f(\n        2)") == "if x:\n    y = f(2)"
    assert cell("%prun -l 5 f()") == "f()"
    assert cell("%timeit f()") == "pass"
    assert cell("time net = Net()\ntimeit f(3)") == "net = Net()\npass"
    assert cell("!ls\ntime = 3\ntime in x") == "pass\ntime = 3\ntime in x"


@pytest.mark.parametrize(
    "text", ["s = '''\n%d items\n!x\n'''\n!ls", 's = """\n%matplotlib inline\npip install x\n"""\n%pwd']
)
def test_lines_within_a_string_stay(text):
    tree = source.parse(Chunk("work.ipynb, code cell 1", text))

    assert ast.literal_eval(tree.body[0].value) == ast.literal_eval(text.split(" = ")[1].rpartition("\n")[0])


def test_a_percent_sign_that_goes_on_with_a_line_is_an_operator():
    assert cell("!ls\nx = (7\n%y)\nz = a \\\n%b") == "pass\nx = 7 % y\nz = a % b"


def test_a_magic_after_brackets_that_do_not_close_is_still_left_out():
    with pytest.raises(SyntaxError, match="never closed"):
        cell("x = (1\n%matplotlib inline")


def test_an_apostrophe_in_a_shell_line_opens_no_string():
    assert cell("!echo don't\nx = 1\n!echo '''\ny = 2") == "pass\nx = 1\npass\ny = 2"


EXPORTED = "class Net:\n    def f(self):\n        return 1\n"


@pytest.mark.parametrize("magic", ["time", "timeit", "capture", "prun"])
def test_code_in_an_exported_cell_magic_is_run(magic):
    text = f"x = 1\nget_ipython().run_cell_magic({magic!r}, '', {EXPORTED!r})\ny = 2"

    assert script(text) == ast.unparse(ast.parse(f"x = 1\n{EXPORTED}\ny = 2"))


def test_other_exported_magics_do_nothing_or_run_their_line():
    assert script("get_ipython().run_line_magic('time', 'x = f(1)')") == "x = f(1)"
    assert script("get_ipython().magic('time x = f(1)')") == "x = f(1)"
    for line in ("get_ipython().run_line_magic('matplotlib', 'inline')", "get_ipython().system('ls')"):
        assert script(line) == line
    assert script("get_ipython().run_cell_magic('bash', '', 'ls')") == "get_ipython().run_cell_magic('bash', '', 'ls')"


def test_an_exported_cell_knows_its_line():
    tree = source.parse(Chunk("work.py", f"x = 1\n\nget_ipython().run_cell_magic('time', '', {EXPORTED!r})"))

    assert {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)} == {1, 3}


COLAB = "# Commented out IPython magic to ensure Python compatibility.\n# "


def test_cells_that_colab_commented_out_because_they_are_timed_are_code():
    assert script(COLAB + "%%time\n# class A:\n#     x = 1\n\ny = 2") == "class A:\n    x = 1\ny = 2"
    assert script(COLAB + "%matplotlib inline\nx = 1") == "x = 1"
    assert script(COLAB + "%%bash\n# ls\nx = 1") == "x = 1"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("%%writefile net.py\nx = 1\n", ("net.py", "x = 1\n", False)),
        ("\n%%file -a 'src/net.py'\nx = 1", ("src/net.py", "x = 1", True)),
        ("%%time\nx = 1", None),
        ("s = '''\n%%writefile net.py\n'''", None),
    ],
)
def test_a_cell_that_writes_a_file_is_known(text, wanted):
    assert written_file(text) == wanted


def test_an_exported_cell_that_writes_a_file_is_known_too():
    text = f"get_ipython().run_cell_magic('writefile', 'net.py', {EXPORTED!r})"

    assert source.files_written(Chunk("work.py", text)) == [("net.py", EXPORTED, False)]


def test_the_files_that_a_cell_runs_are_known():
    text = "%run net.py\n  %run -i 'src/b.ipynb'\nget_ipython().run_line_magic('run', 'c.py')\nrun d.py\n%run"

    assert files_run(text) == ["net.py", "src/b.ipynb", "c.py", "d.py"]


@pytest.mark.parametrize("cells", ['[{"cell_type": "code", "source": null}]', '[{"cell_type": "code"}]'])
def test_a_cell_without_source_is_empty(cells):
    assert [chunk.text for chunk in source.chunks("work.ipynb", b'{"cells": %s}' % cells.encode())] == [""]
