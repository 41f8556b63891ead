"""Syntax of Python versions after 3.11, written so that 3.11 reads it: what students' own machines run runs here too.

f-strings of 3.12 become calls of `str.format`, type parameters and `type` statements lose their types, and
`except A, B:` of 3.14 gets its parentheses. The lines stay where they are. What has no older form (t-strings) is named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .f_strings import f_string_calls
from .string_literals import STRING_START, end_of_string, line_of, skip_blank

_HEADER = re.compile(r"^[ \t]*(?:async[ \t]+)?(?P<what>def|class)[ \t]+(?P<name>\w+)[ \t]*(?=\[)", re.MULTILINE)
_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?=[\[=])", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+,?)([ \t]*:)", re.MULTILINE)
_PARAMETER = re.compile(r"\*{0,2}(\w+)")
_NEWER = (
    (re.compile(r"(?<![\w.])(?:[tT][rR]?|[rR][tT])(?=['\"])"), "3.14", "a t-string"),
    (re.compile(r"^[ \t]*lazy[ \t]+(?:import|from)\b", re.MULTILINE), "3.15", "a lazy import"),
    (re.compile(r"[\[({]\s*\*{1,2}[\w.()]+\s+for\b"), "3.15", "unpacking in a comprehension"),
)
SUBSCRIPTABLE = "__class_getitem__ = classmethod(lambda kind, _: kind)"
ANYTHING = "type('Anything', (), {'__class_getitem__': classmethod(lambda kind, _: kind)})"


@dataclass(frozen=True)
class Rewritten:
    """A text that older versions read, the names of type parameters that it needs, and the classes that had some."""

    text: str
    names: frozenset[str]
    classes: frozenset[str]

    def parse(self, name: str) -> ast.Module:
        """The tree, in which type parameters are names that can be anything. Raises SyntaxError."""
        tree = ast.parse(self.text, name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name in self.classes:
                node.body += ast.parse(SUBSCRIPTABLE).body
        first = next((at for at, node in enumerate(tree.body) if not _comes_first(node)), len(tree.body))
        tree.body[first:first] = ast.parse("".join(f"{name} = {ANYTHING}\n" for name in sorted(self.names))).body
        return tree


def rewritten(text: str) -> Rewritten:
    """`text` without the syntax that is newer than 3.11. What is not understood stays as it is."""
    names: set[str] = set()
    classes: set[str] = set()
    text = _with_parentheses(f_string_calls(text))
    text = _without_type_parameters(text, names, classes)
    text = _without_aliases(text)
    return Rewritten(text, frozenset(names), frozenset(classes))


def _comes_first(node: ast.stmt) -> bool:
    """Whether a statement has to stand before all others: a docstring, imports from the future."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def newer_syntax(text: str) -> tuple[str, str, int] | None:
    """The Python version that a text needs, for what, and in which line; None if nothing newer is found in it."""
    code = _blanked(text)
    for pattern, version, what in _NEWER:
        if found := pattern.search(code):
            return version, what, line_of(text, found.start())
    return None


def _with_parentheses(text: str) -> str:
    code = _blanked(text)
    pieces, start = [], 0
    for found in _EXCEPT.finditer(code):
        pieces += [text[start : found.start(2)], "(", text[found.start(2) : found.end(2)], ")"]
        start = found.end(2)
    return "".join((*pieces, text[start:]))


def _without_type_parameters(text: str, names: set[str], classes: set[str]) -> str:
    code = _blanked(text)
    pieces, start = [], 0
    for found in _HEADER.finditer(code):
        end = _closing(code, found.end())
        if end is None:
            continue
        names |= set(_parameters(code[found.end() + 1 : end - 1]))
        classes |= {found["name"]} if found["what"] == "class" else set()
        pieces += [text[start : found.end()], _lines(text[found.end() : end])]
        start = end
    return "".join((*pieces, text[start:]))


def _without_aliases(text: str) -> str:
    code = _blanked(text)
    pieces, start = [], 0
    for found in _ALIAS.finditer(code):
        at = found.end()
        if code[at] == "[":
            after = _closing(code, at)
            if after is None:
                continue
            at = after
        equals = skip_blank(code, at)
        if code[equals : equals + 1] != "=" or code[equals : equals + 2] == "==":
            continue
        end = _end_of_statement(code, equals)
        if not code[equals + 1 : end].strip():
            continue
        pieces += [text[start : found.start()], f"{found[1]}{found[2]} = {ANYTHING}", _lines(text[found.start() : end])]
        start = end
    return "".join((*pieces, text[start:]))


def _lines(text: str) -> str:
    """As many line ends as `text` has, where a statement may go on."""
    return "\\\n" * text.count("\n")


def _parameters(text: str) -> Iterator[str]:
    """The names in a list of type parameters, without bounds and defaults."""
    depth, start = 0, 0
    for at, letter in enumerate((*text, ",")):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            if found := _PARAMETER.match(text[start:at].strip()):
                yield found[1]
            start = at + 1


def _closing(code: str, at: int) -> int | None:
    """Where the bracket that opens at `at` has closed."""
    depth = 0
    for place in range(at, len(code)):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if not depth:
            return place + 1
    return None


def _end_of_statement(code: str, at: int) -> int:
    depth = 0
    for place in range(at, len(code)):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if (code[place] == "\n" and not depth and code[place - 1] != "\\") or (code[place] == ";" and not depth):
            return place
    return len(code)


def _blanked(text: str) -> str:
    """The text with the inside of strings and comments blanked out, of the same length."""
    pieces, at = [], 0
    for found in STRING_START.finditer(text):
        if found.start() < at:
            continue
        end = end_of_string(text, found)
        pieces += [text[at : found.start()], _shadow(text, found, end)]
        at = end
    return "".join((*pieces, text[at:]))


def _shadow(text: str, found: re.Match[str], end: int) -> str:
    if found["comment"]:
        return " " * (end - found.start())
    inside = re.sub(r"[^\n]", " ", text[found.end() : max(found.end(), end - len(found["quote"] or found["bare"]))])
    return found[0] + inside + text[found.start() + len(found[0]) + len(inside) : end]
