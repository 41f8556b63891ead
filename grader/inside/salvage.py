"""What can be used of a file with an error in it: its top-level statements are parsed one by one.

Python reads a file whole or not at all; a person who grades reads around a broken line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MAX_PARSES = 500
MAX_JOINED = 200  # lines that begin at the margin within one statement, in a long string or list
_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b|[)\]}]")
_INCOMPLETE = re.compile(
    r"never closed|unexpected EOF|unterminated|expected an indented block|expected '?except|invalid decorator"
    r"|EOF while scanning"
)
_NAMES = re.compile(r"^(?:class|def|async\s+def)\s+(\w+)|^(\w+)\s*=[^=]", re.MULTILINE)
_CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?:\s.*)?$")


@dataclass(frozen=True)
class Broken:
    """A part of a file that is left out: why, in which line, and the names that it would have defined."""

    error: SyntaxError
    names: frozenset[str]


def salvage(
    text: str, name: str, parse: Callable[[str, str], ast.Module] = ast.parse
) -> tuple[ast.Module, list[Broken]]:
    """The statements that can be parsed, and what had to be left out. Line numbers stay.

    `parse` reads a text of the file `name`; it raises SyntaxError.
    """
    lines, broken = _without_conflicts(text.split("\n"), name)
    parser = _Parser(lines, name, parse)
    body = [statement for block in parser.blocks() for statement in block]
    found = sorted([*broken, *parser.broken], key=lambda part: part.error.lineno or 0)
    return ast.Module(body, []), found


def _without_conflicts(lines: Sequence[str], name: str) -> tuple[list[str], list[Broken]]:
    """Marks of a merge are left out, and with them all but its first side."""
    kept, broken = list(lines), []
    marks = {number: found[1][0] for number, line in enumerate(lines) if (found := _CONFLICT.match(line))}
    ends = [number for number, mark in marks.items() if mark == ">"]
    for number, mark in marks.items():
        if mark not in "<>" or not kept[number]:
            continue
        first, last = number, next((end for end in ends if end >= number), number)
        second = next((place for place in sorted(marks) if first < place < last and marks[place] in "|="), last)
        kept[first], kept[second : last + 1] = "", [""] * (last + 1 - second)
        error = SyntaxError("a merge conflict is left in the file; its first side was read")
        error.filename, error.lineno, error.text = name, first + 1, lines[first]
        broken.append(Broken(error, frozenset()))
    return kept, broken


class _Parser:
    def __init__(self, lines: Sequence[str], name: str, parse: Callable[[str, str], ast.Module]) -> None:
        self.lines, self.name, self.parse = lines, name, parse
        self.parses = 0
        self.broken: list[Broken] = []

    def blocks(self) -> Iterator[list[ast.stmt]]:
        """The statements of each block that can be parsed."""
        starts = [*_starts(self.lines), len(self.lines)]
        place = 0
        while place + 1 < len(starts):
            found, used = self._block(starts, place)
            if found is not None:
                yield found.body
            place += used

    def _block(self, starts: Sequence[int], place: int) -> tuple[ast.Module | None, int]:
        """A statement that begins at one of the starts, and over how many of them it goes."""
        first = starts[place]
        found = self._parsed(first, starts[place + 1])
        if isinstance(found, ast.Module):
            return found, 1
        if _INCOMPLETE.search(found.msg or ""):
            for last in range(place + 2, min(place + MAX_JOINED, len(starts))):
                joined = self._parsed(first, starts[last])
                if isinstance(joined, ast.Module):
                    return joined, last - place
        above = self._before(first, found)
        text = "\n".join(self.lines[(found.lineno or 1) - 1 if above else first : starts[place + 1]])
        names = frozenset(one or other for one, other in _NAMES.findall(text))
        self.broken.append(Broken(found, names))
        return above, 1

    def _before(self, first: int, error: SyntaxError) -> ast.Module | None:
        """Simple statements above what is broken: `import x`, and below it lines that are no Python."""
        found = self._parsed(first, (error.lineno or 1) - 1)
        if not isinstance(found, ast.Module) or any(hasattr(part, "body") for part in found.body):
            return None
        return found if found.body else None

    def _parsed(self, first: int, last: int) -> ast.Module | SyntaxError:
        self.parses += 1
        if self.parses > MAX_PARSES:
            return SyntaxError("the file has too many errors to be read")
        try:
            return ast.increment_lineno(self.parse("\n".join(self.lines[first:last]), self.name), first)
        except SyntaxError as error:
            error.lineno = (error.lineno or 1) + first
            return error


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """Lines at the margin that may begin a statement; decorators stay with what they decorate."""
    decorated = False
    for number, line in enumerate(lines):
        if not line.strip() or line[0] in " \t#\f" or _GOES_ON.match(line):
            continue
        if not decorated:
            yield number
        decorated = line.startswith("@")
