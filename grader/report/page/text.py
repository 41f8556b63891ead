"""Untrusted text made fit to print: no character that breaks a page, a line or the PDF's conformance."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from bisect import bisect_right

from grader.report.page.fonts import can_show

PLACEHOLDER = "□"
BREAK = "\u200b"
RUN = 48  # WeasyPrint is quadratic in an unbroken run: 4,000 characters take 0.4 s, 100,000 minutes
MARKS = 3  # on one letter: more are drawn over the lines above
JOINERS = "\u200c\u200d"  # which choose between forms of a letter in Indic scripts
INDIC = ("\u0900", "\u0dff")
VARIATIONS = {chr(code) for code in range(0xFE00, 0xFE10)}
NAME_LIMIT = 200
TEXT_LIMIT = 2_500
CELL_LIMIT = 160
SLACK = 30  # characters that the note on how many are left out takes itself

_SEAM = re.compile(r"[_./\\:,;=-]+(?=[^_./\\:,;=-])|[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def _printable(char: str) -> str:
    category = unicodedata.category(char)
    if char in JOINERS:
        return char
    if category in ("Cc", "Cf", "Cs") or char in VARIATIONS:
        return ""
    if category in ("Zl", "Zp"):
        return " "
    if category != "Co" and can_show(char):  # PDF/A-3a wants no private-use characters
        return char
    return "" if category in ("Mn", "Me") else PLACEHOLDER


def _normalise(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    text = unicodedata.normalize("NFC", text)
    table = {ord(char): _printable(char) for char in set(text) if char != "\n" and not (" " <= char <= "~")}
    shown = text.translate(table)
    return _in_place(shown) if table else shown


def _in_place(text: str) -> str:
    """Marks that stand on a letter, three at most, and joiners that stand in a word; no others."""
    kept: list[str] = []
    for i, char in enumerate(text):
        before = "".join(kept[-MARKS:])
        if char in JOINERS and not (_joins(text[i - 1 : i]) and _joins(text[i + 1 : i + 2])):
            continue
        if _is_mark(char) and (not before.strip() or all(map(_is_mark, before[-MARKS:]))):
            continue
        kept.append(char)
    return "".join(kept)


def _joins(neighbour: str) -> bool:
    return bool(neighbour) and INDIC[0] <= neighbour <= INDIC[1]


def _is_mark(char: str) -> bool:
    return char > "\u02ff" and unicodedata.category(char) in ("Mn", "Me")


def _shorten(text: str, limit: int) -> str:
    """A text's beginning, up to a word's end, and how much is left out; all of it where saying so takes as long."""
    if len(text) <= limit + SLACK:
        return text
    kept = text[:limit].rstrip()
    words = kept.rpartition(" ")[0]
    kept = words if words and len(kept) - len(words) < SLACK else kept
    return f"{kept} … ({len(text) - len(kept):,} more characters)"


def breakable(text: str, run: int = RUN) -> str:
    """Allow line breaks in an unbroken run, so that none is longer than `run` characters: where the words of a name
    meet (`get_stats`, `SkipBlock`, `net.conv1`), if they do in the second half of what fits."""
    return re.sub(rf"[^\s{BREAK}]{{{run + 1},}}", lambda match: BREAK.join(_pieces(match[0], run)), text)


def _pieces(word: str, run: int) -> list[str]:
    """The word in pieces of at most `run` characters."""
    seams = [match.end() for match in _SEAM.finditer(word)]
    pieces, start = [], 0
    while len(word) - start > run:
        fitting = seams[bisect_right(seams, start + run // 2) : bisect_right(seams, start + run)]
        end = fitting[-1] if fitting else start + run
        pieces.append(word[start:end])
        start = end
    return [*pieces, word[start:]]


def lines(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text that keeps its line breaks, at most `limit` characters."""
    return breakable(_normalise(_shorten(text, limit)).strip("\n"))


def line(text: str, limit: int = CELL_LIMIT, run: int = RUN) -> str:
    """Text on one line, white space made single spaces; it may break every `run` characters."""
    return breakable(" ".join(_normalise(_shorten(text, limit)).split()), run)


def name(text: str) -> str:
    """A person's name on one line. Letters that no font has are spelt as code points, so names stay apart."""

    def spell(match: re.Match[str]) -> str:
        return "[" + " ".join(f"U+{ord(char):04X}" for char in match[0]) + "]"

    text = unicodedata.normalize("NFC", text[:NAME_LIMIT])
    unknown = "".join(char for char in set(text) if char.isalpha() and not can_show(char))
    if unknown:
        text = re.sub(f"[{re.escape(unknown)}]+", spell, text)
    return line(text, NAME_LIMIT * 2) or "(no name)"


def label(text: str, limit: int = 80) -> str:
    """Text inside a figure: one line, no break marks."""
    short = " ".join(_normalise(text[: limit * 4]).split())
    return short if len(short) <= limit else short[: limit - 1].rstrip() + "…"


def console(text: str, rows: int = 50, columns: int = 300) -> tuple[str, int]:
    """The end of a program's output as a terminal would show it, and how many lines before it were left out.

    Colour codes are removed; of a line that was overwritten (progress bars) the last state is kept.
    """
    tail = text[-200_000:]
    shown = [row.rstrip("\r").rsplit("\r", 1)[-1] for row in _ANSI.sub("", tail).rstrip().split("\n")]
    kept = [_shorten(row, columns) for row in shown[-rows:]]
    left_out = text.rstrip().count("\n") + 1 - len(kept)
    return breakable(_normalise("\n".join(kept))), max(0, left_out)


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` characters, broken at spaces where there are any."""
    return textwrap.wrap(text, max(1, columns))


def code(text: str, columns: int = 240) -> list[str]:
    """The lines of a program, each at most `columns` characters, blanks kept; none is ever empty."""
    whole = _normalise(_ANSI.sub("", text[:200_000])).rstrip()
    return [breakable(_shorten(row, columns)) or " " for row in whole.split("\n")]
