"""What is used of a file with an error in it: all but the statement that the error is in."""

from __future__ import annotations

import ast

import pytest

from grader.inside.source import Chunk, usable

LOST: dict[str, tuple[str, str, set[str]]] = {
    "a typing error in a class": ("class A(:\n    x = 1\nclass B:\n    y = 2", "class B:\n    y = 2", {"A"}),
    "a bracket that is never closed": ("def f():\n    return (1\n\nclass B:\n    pass", "class B:\n    pass", {"f"}),
    "a statement of Python 2": ("print 'a'\nx = 1", "x = 1", set()),
    "lines that are no statement": ("import os\n    --quiet\nx = 1", "import os\nx = 1", set()),
    "a bracket too many": ("x = 1\n)\ny = 2", "x = 1\ny = 2", set()),
    "a try without an except": ("try:\n    import a\n\nclass B:\n    pass", "class B:\n    pass", set()),
    "a mark of a merge": ("x = 1\n>>>>>>> theirs\ny = 2", "x = 1\ny = 2", set()),
    "both sides of a merge": (
        "class A:\n<<<<<<< HEAD\n    x = 1\n=======\n    x = 2\n>>>>>>> b\n    y = 3",
        "class A:\n    x = 1\n    y = 3",
        set(),
    ),
    "three sides of a merge": (
        "<<<<<<< a\nx = 1\n||||||| o\nx = 0\n=======\nx = 2\n>>>>>>> b\ny = x",
        "x = 1\ny = x",
        set(),
    ),
}
KEPT = {
    "strings and lists with lines at the margin": "s = '''\na\nb = (\n'''\nq = [\n1,\n]\ndef f(:",
    "a decorator": "@wraps\ndef f():\n    return 1\n\nx = = 1",
    "a heading in a string": "s = '''Title\n=======\n'''\nclass A(:\n    pass",
}


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("name", ["work.py", "work.ipynb, code cell 2"])
def test_only_the_broken_statement_is_lost(kind, name):
    text, left, names = LOST[kind]

    tree, broken = usable(Chunk(name, text))

    assert ast.unparse(tree) == left
    assert [part.names for part in broken] == [names]
    assert broken[0].error.lineno is not None


@pytest.mark.parametrize("kind", KEPT)
def test_statements_over_several_lines_stay_whole(kind):
    text = KEPT[kind]

    tree, broken = usable(Chunk("work.py", text))

    assert len(broken) == 1
    assert ast.unparse(tree) == ast.unparse(ast.parse("\n".join(text.split("\n")[: (broken[0].error.lineno or 0) - 1])))


def test_lines_keep_their_numbers():
    tree, broken = usable(Chunk("work.py", "x = 1\ny = = 2\n\nz = 3\n"))

    assert [(node.lineno, broken[0].error.lineno) for node in tree.body] == [(1, 2), (4, 2)]


def test_what_colab_leaves_of_a_command_over_several_lines_is_no_part_of_the_program():
    text = "class A:\n    x = 1\n# %pip install torch \\\n    torchvision \\\n    tqdm\ny = 2"

    tree, broken = usable(Chunk("work.py", text))

    assert (ast.unparse(tree), broken) == ("class A:\n    x = 1\ny = 2", [])


def test_a_file_that_is_no_python_has_nothing_to_keep():
    tree, broken = usable(Chunk("work.py", "<!doctype html>\n<p>Moved: here's it</p>\n"))

    assert tree.body == []
    assert broken
