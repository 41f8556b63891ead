"""Where strings and comments begin and end in a text that may not be parsable."""

from __future__ import annotations

import re

STRING_START = re.compile(
    r"(?P<comment>#)|(?<![\w.])(?P<prefix>[rRbBuUfFtT]{0,2})(?P<quote>'''|\"\"\"|'|\")|(?P<bare>'''|\"\"\"|'|\")"
)
_PLAIN_END = {
    **{quote: re.compile(rf"(?:[^\\\n{quote}]|\\.)*{quote}", re.DOTALL) for quote in ("'", '"')},
    **{quote: re.compile(rf"(?:[^\\]|\\.)*?{quote}", re.DOTALL) for quote in ("'''", '"""')},
}


def end_of_string(text: str, found: re.Match[str]) -> int:
    """Where the string or comment that begins with `found` has ended; an open one ends with its line."""
    if found["comment"]:
        return _end_of_line(text, found.end())
    quote = found["quote"] or found["bare"]
    if "f" in (found["prefix"] or "").lower() or "t" in (found["prefix"] or "").lower():
        return end_of_f_string(text, found.end(), quote)
    end = _PLAIN_END[quote].match(text, found.end())
    return end.end() if end else _end_of_line(text, found.end())


def end_of_f_string(text: str, at: int, quote: str) -> int:
    """Where an f-string's closing quotes end: not within its fields, which may hold the same quotes."""
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        letter = text[at]
        if letter == "\n" and len(quote) == 1:
            return at
        if letter == "\\" or text.startswith(("{{", "}}"), at):
            at += 2
        elif letter == "{":
            at = end_of_field(text, at, quote)
        else:
            at += 1
    return len(text)


def end_of_field(text: str, at: int, quote: str) -> int:
    """Where the field that begins with `{` at `at` has closed, with the format after its colon."""
    colon = end_of_expression(text, at + 1)
    if text[colon : colon + 1] == "!":
        colon = next((place for place in range(colon, len(text)) if text[place] in ":}"), len(text))
    if text[colon : colon + 1] != ":":
        return colon + 1
    at = colon + 1
    while at < len(text) and text[at] != "}":
        if text.startswith(quote, at) or (text[at] == "\n" and len(quote) == 1):
            return at  # an open field: the string ends first
        at = end_of_field(text, at, quote) if text[at] == "{" else at + 1
    return at + 1


def end_of_expression(text: str, at: int) -> int:
    """Where an expression in a field ends: at the `}`, `:` or `!` that is not within brackets or strings."""
    depth = 0
    while at < len(text):
        letter = text[at]
        if (found := STRING_START.match(text, at)) is not None:
            at = end_of_string(text, found)
            continue
        if not depth and (letter in "}:" or (letter == "!" and text[at + 1 : at + 2] != "=")):
            return at
        depth += (letter in "([{") - (letter in ")]}")
        at += 1
    return at


def line_of(text: str, at: int) -> int:
    """The number of the line at a place."""
    return text.count("\n", 0, at) + 1


def skip_blank(text: str, at: int) -> int:
    """The next place that is no blank."""
    while at < len(text) and text[at] in " \t\\\n":
        at += 1
    return at


def _end_of_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
