"""Displayed equations: lines of symbols between paragraphs, which nobody counts as words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from grader.documents.lines import Line, LineRole
from grader.documents.raw import Word

SYMBOLIC = 0.6  # of the letters of a line of symbols
WORDS = 2  # words that an equation may hold, such as "if" and "otherwise"
_FONT = re.compile(r"\bCM(?:MI|SY|EX)\d|\+?(?:MSAM|MSBM|EUFM|LMMath|rsfs)|[a-z ]Math|Math-|MJX|KaTeX", re.IGNORECASE)
_SYMBOL = re.compile(r"[=+−∂∇∑∏∫√∞≈≤≥∈×·→←∀∝⊙±′|^_/*<>()\[\]{}\U0001d400-\U0001d7ff\u0370-\u03ff-]")
_SOURCE = re.compile(r"\\(?:frac|sum|prod|partial|begin|end|left|right|sqrt|text|mathbf|mathcal|cdot|times)\b")
_NUMBER = re.compile(r"\(\s*(?:[A-Z]\.?)?\d{1,2}(?:\.\d{1,2})?\s*\)\s*$")
_WORD = re.compile(r"[^\W\d_]{4,}")


def mark_equations(lines: Sequence[Line]) -> list[Line]:
    """The lines, those of displayed equations marked as such."""
    return [
        replace(line, role=LineRole.EQUATION) if line.role is LineRole.PROSE and _is_equation(line) else line
        for line in lines
    ]


def _is_equation(line: Line) -> bool:
    if len(_SOURCE.findall(line.text)) >= 2:
        return True
    if sum(bool(_WORD.search(word.text)) for word in line.words if not _is_symbolic(word)) > WORDS:
        return False
    letters = sum(len(word.text) for word in line.words)
    symbolic = sum(len(word.text) for word in line.words if _is_symbolic(word))
    if symbolic > SYMBOLIC * letters:
        return True
    inset = line.box.left > line.column.left + 2 * line.size
    return inset and "=" in line.text and (_NUMBER.search(line.text) is not None or len(_SYMBOL.findall(line.text)) > 3)


def _is_symbolic(word: Word) -> bool:
    """Whether a word is set in a font of symbols."""
    return _FONT.search(word.font) is not None
