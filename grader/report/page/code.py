"""Listing → lines with highlighted code: student code is only ever text here."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from grader.exhibit import Listing
from grader.report.page import text
from grader.report.page.blocks import CodeLine

LINES, CHARACTERS = 60, 240  # of a listing, of a line
_CLASSES = (
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Comment, "c"),
    (String, "s"),
    (Number, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "b"),
)


def code_lines(listing: Listing, most: int = LINES) -> tuple[tuple[CodeLine, ...], int]:
    """The listing's lines as they are printed, at most `most`, and how many more there were."""
    source = text.code(listing.code, CHARACTERS)
    kept = source[:most]
    remarks: dict[int, str] = {}
    for remark in listing.remarks:
        words = [remarks.get(remark.line, ""), text.line(remark.text, 90)]
        remarks[remark.line] = "; ".join(filter(None, words))
    coloured = highlighted("\n".join(kept)) if listing.language == "python" else [escape(line) for line in kept]
    lines = enumerate(coloured, listing.first)
    return tuple(CodeLine(number, code, remarks.get(number)) for number, code in lines), len(source) - len(kept)


@cache
def _lexer() -> Lexer:
    return PythonLexer(stripnl=False, ensurenl=False)


def highlighted(source: str) -> list[Markup]:
    """Python source as escaped lines with classes for colours."""
    lines: list[list[str]] = [[]]
    for token, words in _lexer().get_tokens(source):
        css = _css(token)
        for i, part in enumerate(words.split("\n")):
            if i:
                lines.append([])
            if part:
                lines[-1].append(f'<span class="{css}">{escape(part)}</span>' if css else escape(part))
    return [Markup("".join(parts)) for parts in lines]  # noqa: S704 - every part is escaped above


@cache
def _css(token: _TokenType) -> str:
    return next((css for kind, css in _CLASSES if token in kind), "")
