from __future__ import annotations

import ast
import json
from textwrap import dedent

import pytest
from answering import notebook

from grader.inside import needed, source
from grader.inside.source import Chunk, SourceError


def defined(text: str, *long_running: str) -> str:
    """What is left of a script in `definitions` mode."""
    (kept,) = needed.kept([ast.parse(dedent(text))], long_running)
    return ast.unparse(ast.Module([node for _, node in kept], []))


def parsed_cell(text: str) -> str:
    return ast.unparse(source.parse(Chunk("work.ipynb, code cell 1", text)))


@pytest.mark.parametrize(
    "content",
    [
        "x = 'é'".encode(),
        b"\xef\xbb\xbf" + "x = 'é'".encode(),
        b"# -*- coding: latin-1 -*-\nx = '\xe9'",
        "#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = 'é'".encode("cp1252"),
        b"x = '\xe9'",
        b"# coding: no-such-encoding\nx = '\xe9'",
        b"# coding: utf-8\nx = '\xe9'",
    ],
    ids=["utf-8", "byte-order mark", "latin-1 cookie", "cp1252 cookie", "no cookie", "unknown cookie", "wrong cookie"],
)
def test_source_is_decoded_as_its_editor_meant_it(content: bytes):
    tree = source.parse(Chunk("work.py", source.decode(content)))

    assert ast.unparse(tree) == "x = 'é'"


def test_a_script_is_one_chunk_and_a_notebook_one_for_each_code_cell():
    assert source.chunks("work.py", b"x = 1") == [Chunk("work.py", "x = 1")]
    found = source.chunks("work.ipynb", notebook("x = 1\ny = 2", "z = 3").encode())
    assert found == [Chunk("work.ipynb, code cell 1", "x = 1\ny = 2"), Chunk("work.ipynb, code cell 2", "z = 3")]


def test_old_notebooks_have_work_sheets():
    found = source.chunks("work.ipynb", notebook("x = 1", "y = 2", version=3).encode())

    assert [chunk.text for chunk in found] == ["x = 1", "y = 2"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"print('a script')",
        b"[]",
        b"3",
        b'{"cells": 3}',
        b'{"cells": [3]}',
        b'{"cells": [{"cell_type": "code", "source": [1]}]}',
        b"{}",
        b'{"cells": [\xff]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(content: bytes):
    with pytest.raises(SourceError, match="expected a notebook"):
        source.chunks("work.ipynb", content)


def test_a_notebook_without_cells_has_no_code():
    assert source.chunks("work.ipynb", json.dumps({"cells": []}).encode()) == []


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("x = 1\n!pip install torch", "x = 1\npass"),
        ("!pip install \\\n    torch \\\n    numpy\nx = 1", "pass\nx = 1"),
        ("if y:\n    !ls\n    %cd data\nx = 1", "if y:\n    pass\n    pass\nx = 1"),
        ("files = !ls\nx = 1", "pass\nx = 1"),
        ("now = %time f()\nx = 1", "pass\nx = 1"),
        ("?print\nx = 1", "pass\nx = 1"),
        ("torch.nn.Linear?\nx = 1", "torch.nn.Linear\nx = 1"),
        ("torch.nn.Linear??", "torch.nn.Linear"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("%%capture out\nx = 1", "pass\nx = 1"),
        ("%%bash\ncd data; ls *.py", ""),
        ("%%writefile model.py\nx = 1", ""),
        ("%%html\n<b>bold</b>", ""),
        ("%matplotlib inline\nx = ('%d of %d'\n     % (1, 2))", "pass\nx = '%d of %d' % (1, 2)"),
        ("!ls\nif x \\\n        != 2:\n    y = 1", "pass\nif x != 2:\n    y = 1"),
    ],
)
def test_lines_of_a_notebook_that_are_not_python_are_left_out(cell: str, wanted: str):
    assert parsed_cell(cell) == wanted


def test_line_numbers_survive_the_magics():
    tree = source.parse(Chunk("work.ipynb, code cell 1", "%pip install \\\n  x\n%matplotlib inline\ny = 1"))

    assert tree.body[-1].lineno == 4


def test_exported_notebooks_keep_their_magics_and_scripts_their_syntax_errors():
    assert ast.unparse(source.parse(Chunk("work.py", "%matplotlib inline\nx = 1"))) == "pass\nx = 1"
    with pytest.raises(SyntaxError):
        source.parse(Chunk("work.py", "x = = 1"))


def test_definitions_are_imports_functions_classes_and_simple_assignments():
    text = """
    import torch
    from torch import nn
    WIDTH: int = 3
    total = 0
    total += 2
    torch.manual_seed(0)
    def f(): pass
    async def g(): pass
    class Net(nn.Module): pass
    for epoch in range(3): pass
    with open("x") as file: text = file.read()
    while True: pass
    print(total)
    del total
    """
    kept = {type(node).__name__ for node in ast.parse(defined(text)).body}

    assert kept == {
        "Import",
        "ImportFrom",
        "AnnAssign",
        "Assign",
        "AugAssign",
        "FunctionDef",
        "AsyncFunctionDef",
        "ClassDef",
    }


def test_definitions_leave_out_what_trains():
    text = """
    def train(model): loss(model).backward()
    def epochs(n): return [train(model) for _ in range(n)]
    def shape(x): return x.shape
    losses = train(model)
    more = epochs(3)
    stats = get_stats(True)
    size = shape(model)
    """

    assert [line for line in defined(text, "get_stats").splitlines() if "=" in line] == ["size = shape(model)"]


@pytest.mark.parametrize(
    "guard", ['__name__ == "__main__"', "'__main__' == __name__", "__name__ in ('__main__',)", "__name__.endswith('n')"]
)
def test_definitions_stop_at_a_main_guard(guard: str):
    assert defined(f"x = 1\nif {guard}:\n    y = 2") == "x = 1"


def test_definitions_take_conditions_and_fallbacks_that_only_define():
    fallback = "try:\n    import tqdm\nexcept ImportError:\n    tqdm = None"
    condition = "if torch.cuda.is_available():\n    device = 'cuda'\nelse:\n    device = 'cpu'"

    assert defined(fallback) == fallback
    assert defined(condition) == condition
    assert defined("if x:\n    run(x)") == ""
    assert defined("try:\n    for x in y: pass\nexcept E:\n    pass") == ""


def test_functions_are_decorated_wherever_they_are_nested():
    tree = source.decorated(
        ast.parse("@a\ndef stats(): pass\ndef main():\n    def stats(): pass\nclass C:\n    def stats(self): pass"),
        lambda name: name == "stats",
        "d",
    )

    assert ast.unparse(tree).count("@d") == 3
    assert "@d\n@a\ndef stats" in ast.unparse(tree)


def test_what_is_assigned_to_such_a_name_is_passed_on_with_it():
    text = "stats = lambda s: 1\nif x:\n    stats = partial(f, 3)\nother = stats\nstats, b = (1, 2)\na.stats = 3"

    tree = source.decorated(ast.parse(text), lambda name: name == "stats", "d")

    assert ast.unparse(tree) == text.replace("lambda s: 1", "d(lambda s: 1, 'stats')").replace(
        "partial(f, 3)", "d(partial(f, 3), 'stats')"
    )
