"""f-strings of Python 3.12 and later as calls of `str.format`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .string_literals import STRING_START, end_of_expression, end_of_string

_GAP = re.compile(r"(?:[ \t]|\\\n|#[^\n]*(?=\n)|\n)*")
_TEXT = re.compile(r"(?:[ \t]|\\\n)*")
_DEBUG = re.compile(r"(?<![=!<>:])=\s*$")


def f_string_calls(text: str) -> str:
    """Every f-string as a call of `format` on the same string, with the strings beside it added.

    Line ends within fields move into the call's arguments.
    """
    pieces, at, depth = [], 0, 0
    for found in STRING_START.finditer(text):
        if found.start() < at:
            continue
        between = text[at : found.start()]
        depth += sum((letter in "([{") - (letter in ")]}") for letter in between)
        pieces.append(between)
        at = end_of_string(text, found)
        if found["comment"]:
            pieces.append(text[found.start() : at])
            continue
        group, at = _group(text, found, at, in_brackets=depth > 0)
        pieces.append(group)
    return "".join((*pieces, text[at:]))


def _group(text: str, found: re.Match[str], end: int, *, in_brackets: bool) -> tuple[str, int]:
    """A string with those that follow it and belong to it; as it is if none is an f-string."""
    parts, gaps, start = [(found, end)], [], found.start()
    gap = _GAP if in_brackets else _TEXT
    while True:
        blank = gap.match(text, end)
        after = end if blank is None else blank.end()
        following = STRING_START.match(text, after)
        if following is None or following["comment"]:
            break
        gaps.append(text[end:after])
        end = end_of_string(text, following)
        parts.append((following, end))
    if not any(_is_f_string(part) for part, _ in parts):
        return text[start:end], end
    try:
        strings = [_call(text, part, stop) if _is_f_string(part) else text[part.start() : stop] for part, stop in parts]
    except _OpenError:
        return text[start:end], end
    joined = strings[0] + "".join(f"{blank}+ {string}" for blank, string in zip(gaps, strings[1:], strict=True))
    return f"({joined})", end


class _OpenError(Exception):
    """A string or a field of it does not end."""


def _is_f_string(found: re.Match[str]) -> bool:
    return "f" in (found["prefix"] or "").lower()


@dataclass
class _Format:
    """What an f-string becomes: the text of a format, and the arguments of its fields."""

    text: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def argument(self, expression: str) -> str:
        self.arguments.append(f"({f_string_calls(expression)})")
        return str(len(self.arguments) - 1)


def _call(text: str, found: re.Match[str], end: int) -> str:
    quote = found["quote"]
    body = text[found.end() : end - len(quote)]
    if end < found.end() + len(quote) or not text.endswith(quote, found.end(), end):
        raise _OpenError
    made = _Format()
    _literal(body, 0, len(body), made)
    prefix = found["prefix"].replace("f", "").replace("F", "")
    return f"{prefix}{quote}{''.join(made.text)}{quote}.format({', '.join(made.arguments)})"


def _literal(body: str, at: int, end: int, made: _Format) -> None:
    """Text with fields. Doubled braces mean the same in a format."""
    while at < end:
        if body.startswith(("{{", "}}"), at):
            made.text.append(body[at : at + 2])
            at += 2
        elif body[at] == "\\":
            at = _escape(body, at, made)
        elif body[at] == "{":
            at = _field(body, at, made)
        else:
            made.text.append(body[at])
            at += 1


def _escape(body: str, at: int, made: _Format) -> int:
    """An escape; the braces of a named character would be taken for a field's."""
    named = re.compile(r"\\N\{[^}]*\}").match(body, at)
    if named is not None:
        made.text.append("{" + made.argument(f'"{named[0]}"') + "}")
        return named.end()
    made.text.append(body[at : at + 2])
    return at + 2


def _field(body: str, at: int, made: _Format) -> int:
    """One field: `{expression=!r:format}`. Where it ends."""
    stop = end_of_expression(body, at + 1)
    expression, conversion = body[at + 1 : stop], ""
    debug = _DEBUG.search(expression)
    if debug:
        made.text.append("{" + made.argument(repr(expression)) + "}")
        expression = expression[: debug.start()]
    if body[stop : stop + 1] == "!":
        conversion, stop = body[stop : stop + 2], stop + 2
        while body[stop : stop + 1] in (" ", "\t"):
            stop += 1
    if not expression.strip():
        raise _OpenError
    number = made.argument(expression)
    if body[stop : stop + 1] != ":":
        made.text.append("{" + number + (conversion or ("!r" if debug else "")) + "}")
        return _closed(body, stop)
    made.text.append("{" + number + conversion + ":")
    stop += 1
    while stop < len(body) and body[stop] != "}":
        if body[stop] == "{":
            stop = _field(body, stop, made)
        else:
            made.text.append(body[stop])
            stop += 1
    made.text.append("}")
    return _closed(body, stop)


def _closed(body: str, at: int) -> int:
    if body[at : at + 1] != "}":
        raise _OpenError
    return at + 1
