"""Lines of notebooks that are not Python: magics, shell commands, and what export makes of them."""

from __future__ import annotations

import ast
import re
import shlex
import textwrap
from collections.abc import Iterator

from .string_literals import STRING_START, end_of_string

# Cell magics that run the cell's code, in the notebook's own namespace or near enough.
_RUN = "time|timeit|capture|prun|memit|mprun|snakeviz|heat|wandb|track"
_CELL = re.compile(rf"\s*%%(?!(?:{_RUN})\b)")
_MAGIC = re.compile(r"([ \t]*)(?:\w+\s*=\s*)?(?:%{1,2}[A-Za-z_]|!(?!=)|\?)")
_KEYWORD = r"(?:in|is|if|or|and|not|for|else|as|import)\b"
_TIMED = re.compile(
    r"([ \t]*)(?:%(?:time|prun|memit)[ \t]+(?:-[a-z][ \t]+(?:\d+[ \t]+)?)*(?=\S)"
    rf"|time[ \t]+(?=[^\W\d])(?!{_KEYWORD}))"
)
_QUESTION = re.compile(r"([ \t]*[\w.]+)\?{1,2}[ \t]*(?=\n|$)")
# IPython takes a line that begins with a magic's name for the magic, with or without a percent sign.
_SHELL = "pip|pip3|conda|mamba|uv|cd|ls|ll|dir|mkdir|rmdir|cp|mv|rm|cat|less|more|man|env|set_env|load_ext|reload_ext"
_NAMES = "timeit|matplotlib|pylab|run|autoreload|config|precision|tensorboard|bookmark|notebook|store|history"
_BARE = "ls|ll|pwd|clear|cls|who|whos|dhist|history|lsmagic|magic|pylab|env|hist|debug|pdb"
_ARGUMENT = r"(?=-?[\w/~$.]|--\w|[\"'*{\\])(?!-\d)"
_NOT_A_CALL = rf"(?![\w.]*[ \t]*[=,)\]:](?!//))(?!{_KEYWORD})"
_WITHOUT_SIGN = re.compile(
    rf"([ \t]*)(?:(?:set_)?env[ \t]+[A-Z]\w*=|(?:{_SHELL}|{_NAMES})[ \t]+{_ARGUMENT}{_NOT_A_CALL})"
)
_BARE_LINE = re.compile(rf"({_BARE})[ \t]*$", re.MULTILINE)
_WRITES = re.compile(r"\s*%%(?:writefile|file)[ \t]+(?P<append>-a[ \t]+)?(?P<name>[^\n]+)\n")
_RUNS = re.compile(
    r"^[ \t]*%?run[ \t]+(?:-[a-z][ \t]+)*(?P<quote>[\"']?)(?P<name>[^\s\"']+\.(?:py|ipynb))(?P=quote)"
    r"|run_line_magic\(\s*u?[\"']run[\"'],\s*u?[\"'](?:-[a-z] )*(?P<other>[^\s\"']+\.(?:py|ipynb))",
    re.MULTILINE,
)
_COMMENTED = re.compile(
    r"^# Commented out IPython magic to ensure Python compatibility\.\n"
    rf"(?P<body># %%(?:{_RUN})\b[^\n]*\n(?:#[^\n]*\n|\n(?=#))*)",
    re.MULTILINE,
)


def without_magics(text: str) -> str:
    """A cell without IPython's magics and shell lines; line numbers stay. What they time or measure is kept."""
    return "" if _CELL.match(text) else "".join(_python_lines(text, brackets=True))


def without_more_magics(text: str) -> str:
    """As `without_magics`, for code whose brackets do not close: a line in them may be a magic too."""
    return "" if _CELL.match(text) else "".join(_python_lines(text, brackets=False))


def _python_lines(text: str, *, brackets: bool) -> Iterator[str]:
    at = depth = 0
    while at < len(text):
        if (not depth or not brackets) and (found := _replaced(text, at)) is not None:
            line, at = found
            yield line
            continue
        end, depth = _end_of_line(text, at, depth)
        yield text[at:end]
        at = end


def _replaced(text: str, at: int) -> tuple[str, int] | None:
    """A line that is no Python as one that is, and where it ends."""
    if timed := _TIMED.match(text, at):
        end, _ = _end_of_line(text, timed.end(), 0)
        return timed[1] + text[timed.end() : end], end
    if (found := _MAGIC.match(text, at)) or (found := _WITHOUT_SIGN.match(text, at)):
        end = _end_of_command(text, at)
        return f"{found[1]}pass" + "\n" * text.count("\n", at, end), end
    if found := _QUESTION.match(text, at):
        return found[1], found.end()
    return None


def _end_of_command(text: str, at: int) -> int:
    """After the line and those that it goes on in."""
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        if not text[at:end].rstrip(" \t\r").endswith("\\"):
            return end + 1
        at = end + 1


def _end_of_line(text: str, at: int, depth: int) -> tuple[int, int]:
    """After the line of Python and the lines that its strings and backslashes take in; how many brackets are open."""
    while at < len(text):
        if (found := STRING_START.match(text, at)) is not None:
            at = end_of_string(text, found)
            continue
        letter = text[at]
        if letter == "\\":
            at += 2
            continue
        at += 1
        if letter == "\n":
            return at, depth
        depth = max(0, depth + (letter in "([{") - (letter in ")]}"))
    return len(text), depth


def uncommented(text: str) -> str:
    """A script that Colab exported, with the cells that it commented out because of a magic that times them."""
    return _COMMENTED.sub(_uncommented, text)


def _uncommented(found: re.Match[str]) -> str:
    lines = found["body"].split("\n")
    return "\n" + "\n".join(["", *(re.sub(r"^# ?", "", line) for line in lines[1:])])


def written_file(text: str) -> tuple[str, str, bool] | None:
    """The name and text of the file that a `%%writefile` cell writes, and whether it is added to what is there."""
    found = _WRITES.match(text)
    if found is None:
        return None
    return found["name"].strip().strip("\"'"), text[found.end() :], found["append"] is not None


def files_run(text: str) -> list[str]:
    """The scripts and notebooks that a cell runs by `%run`."""
    return [found["name"] or found["other"] for found in _RUNS.finditer(text)]


class Exported(ast.NodeTransformer):
    """What nbconvert makes of magics, undone: the code in `get_ipython().run_cell_magic('time', '', code)` runs."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str, bool]] = []

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        """The statements that a call stands for."""
        called = _shell_call(node.value)
        if called is None:
            return node
        name, arguments = called
        code = _code(name, arguments)
        if name == "run_cell_magic" and arguments[0] in ("writefile", "file") and len(arguments) > 2:
            options = shlex.split(arguments[1])
            self.written += [(options[-1], arguments[2], "-a" in options)] if options else []
        if code is None:
            return node
        try:
            body = ast.parse(without_magics(textwrap.dedent(code))).body
        except SyntaxError:
            return node
        for part in (part for statement in body for part in ast.walk(statement)):
            if isinstance(part, ast.stmt | ast.expr):
                part.lineno = part.end_lineno = node.lineno
        return body or ast.copy_location(ast.Pass(), node)


def _shell_call(value: ast.expr) -> tuple[str, list[str]] | None:
    """The method of `get_ipython()` that is called, and its arguments, all texts."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=name), args=args):
            texts = [part.value for part in args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            return (name, texts) if texts and len(texts) == len(args) else None
    return None


def _code(name: str, arguments: list[str]) -> str | None:
    """The code that a magic runs."""
    if name == "run_cell_magic" and len(arguments) > 2 and re.fullmatch(_RUN, arguments[0]):
        return arguments[2]
    if name == "run_line_magic" and len(arguments) > 1 and arguments[0] in ("time", "prun", "memit"):
        return arguments[1]
    if name == "magic" and (found := re.match(r"%?(?:time|prun)\s+(.+)", arguments[0], re.DOTALL)):
        return found[1]
    return None


def is_bare_magic(node: ast.stmt) -> bool:
    """Whether a statement is a magic's name alone, such as `ls`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and bool(_BARE_LINE.fullmatch(node.value.id))
