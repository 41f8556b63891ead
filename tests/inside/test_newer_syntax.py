"""Code for Python 3.12 and later reads and does here what it does there, line for line."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from grader.inside import source
from grader.inside.newer_python import newer_syntax, rewritten
from grader.inside.source import Chunk, NewerPythonError

older = pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it by itself")


def result(text: str) -> object:
    """What `r` is after the code has run."""
    namespace: dict[str, object] = {}
    exec(compile(source.parse(Chunk("work.py", text)), "work.py", "exec"), namespace)  # noqa: S102 - our own texts
    return namespace["r"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('d = {"a": 1}\nr = f"{d["a"]}"', "1"),
        ("d = {'a': {'b': 2}}\nr = f'{d['a']['b']:{'>'}{4}}'", "   2"),
        ("r = f\"{'\\n'.join(['a', 'b'])}\"", "a\nb"),
        ("x = 3\nr = f'{x!r:>{5}}|{x:05.1f}{\"\"}{'!'}'", "    3|003.0!"),
        ("x = 3\nr = f'{x = }{'y'}, {x+1=:>4}'", "x = 3y, x+1=   4"),
        ("x = 3\nr = 'a{}' f'{'x'}' \"b\" f\"{x}\"", "a{}x" + "b3"),
        ("x = 3\nr = ('a'  # one\n   f'{'x'}'\n   'b{}')", "axb{}"),
        ("x = [1]\nr = f'''{\n  x['a' == 'b']  # a remark }\n}'''", "1"),
        ("r = f'{{}}{'1'}{{'", "{}1{"),
        ("r = f'{f'{f'{1+1}'}'}'", "2"),
        ("r = f'{(lambda a: 'b' + a)('2')}'", "b2"),
        ("r = rf'\\d{'1'}\\n'", "\\d1\\n"),
        ("r = f'\\N{BULLET}{'1'}'", "\u20221"),
        ("r = f'{'a' if 2 != 3 else 'b'}'", "a"),
        ("import datetime\nr = f'{datetime.date(2020, 1, 2):%Y-%m}{''}'", "2020-01"),
        ("r = f'{[x for x in 'ab']}'", "['a', 'b']"),
        ("def f(s): return s\nr = f('a' f'{'b'}').upper()", "AB"),
        ("r = f'{\n 1 +\n 2}'", "3"),
        ("r = print(f'{'x'}') or F'{'y'}'", "y"),
    ],
)
def test_f_strings_of_any_nesting_say_the_same(text, wanted):
    assert result(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "type X = int\nr = 1",
        "type Pair[T] = dict[\n    str, T]\ndef f(x: Pair[int] | None): pass\nr = 1",
        "def first[T](xs: list[T]) -> T:\n    return xs[0]\nr = first([1])",
        "async def g[T: int = bool, *Ts, **P](x: T, *y: *Ts): pass\nr = 1",
        "class A[T: (int, str)]:\n    def __init__(self, x: T): self.x = x\nr = A(1).x",
        "class B[T]: pass\nclass C[T](B[T]): pass\nx: C[int] = C()\nr = 1",
        "try:\n    1 / 0\nexcept ZeroDivisionError, ValueError:\n    r = 1",
        "try:\n    r = 1\nexcept* OSError, ValueError: pass",
        '"""Doc"""\nfrom __future__ import annotations\ndef f[T](x: T): return x\nr = f(1)',
    ],
)
def test_types_and_handlers_of_newer_versions_do_the_same(text):
    assert result(text) == 1


@pytest.mark.parametrize(
    "text", ["type = 1\nr = type", "match = 1\nr = match", "s = '''\ntype X = int\nexcept A, B:\n'''\nr = s.count('X')"]
)
def test_older_code_with_the_same_words_is_left_alone(text):
    assert result(text) == 1


def test_lines_stay_where_they_are():
    text = "d = {'a': 1}\nr = f'''{d[\n'a']} {'x'\n}'''\nclass A[\n  T]:\n    pass\ntype X = (\n  int)\nraise KeyError"

    tree = source.parse(Chunk("work.py", text))

    assert tree.body[-1].lineno == 10


@pytest.mark.parametrize("path", sorted(Path(ast.__file__).parent.glob("[a-d]*.py"))[:40], ids=lambda path: path.name)
def test_code_that_needs_no_change_keeps_its_meaning(path):
    text = path.read_text(encoding="utf-8", errors="replace")

    changed = rewritten(text)

    assert (changed.names, changed.classes) == (frozenset(), frozenset())
    assert changed.text.count("\n") == text.count("\n")
    ast.parse(changed.text)


@older
@pytest.mark.parametrize(
    ("text", "version", "line"),
    [
        ("x = 1\ny = t'hi {x}'", "3.14", 2),
        ("y = tr'\\d{x}'", "3.14", 1),
        ("lazy import numpy as np", "3.15", 1),
        ("xs = [[1]]\n\ny = [*x for x in xs]", "3.15", 3),
    ],
)
def test_what_has_no_older_form_is_named_with_its_version(text, version, line):
    with pytest.raises(NewerPythonError, match=f"needs Python {version}, and work is graded with Python 3") as caught:
        source.parse(Chunk("work.py", text))

    assert caught.value.lineno == line


@pytest.mark.parametrize("text", ["x = cat'hi'", "s = 't\"x\"'\nx = = 1", "f(*xs, y)", "'''[*x for x in y]'''"])
def test_what_no_version_reads_is_not_excused(text):
    assert newer_syntax(text) is None


@pytest.mark.parametrize(
    "text", ["x = f'{'", "f'{x!'", "f'''{", "class A[:", "type X =", "def f[T", "x = f'{a:{", "'" * 7]
)
def test_broken_code_stays_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        source.parse(Chunk("work.py", text))
