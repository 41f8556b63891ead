"""Fingerprints of a program that renaming, comments, layout and another order of its definitions do not change.

Tokens are put down as one letter for each kind of name and text. A program falls into its statements at the left margin
and its methods; in each of them all runs of `RUN` letters are hashed, and of the hashes of every window the smallest
stays (winnowing: Schleimer, Wilkerson, Aiken, SIGMOD 2003). So a common run of `RUN + WINDOW - 1` letters leaves a
common fingerprint, wherever it stands. The hash is the same in every process.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RUN, WINDOW, LEAST = 24, 6, 8
CLOSING = (")", "]", "}", "S")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_OWN = frozenset((*keyword.kwlist, *dir(builtins)))  # words of the language; all other names may be chosen
_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)"
    r"|(?P<text>(?:[rRbBfFuU]{1,2})?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'))"
    r"|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<space>\s+)|(?P<sign>.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Fingerprints:
    """Where each fingerprint stands: the first and the last line of its run, from 0."""

    places: Mapping[int, tuple[tuple[int, int], ...]]


def fingerprints(text: str) -> Fingerprints:
    """The fingerprints of some Python, right or wrong."""
    found: dict[int, list[tuple[int, int]]] = {}
    for letters, lines in _blocks(text):
        run = min(RUN, len(letters))
        if run < LEAST:
            continue
        hashes = _hashes(
            np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64), run
        )
        for place in _winnowed(hashes):
            found.setdefault(int(hashes[place]), []).append((lines[place], lines[place + run - 1]))
    return Fingerprints({value: tuple(places) for value, places in found.items()})


def _blocks(text: str) -> Iterator[tuple[str, list[int]]]:
    """The normal form of each statement at the left margin and of each method, and the line of each of its letters."""
    letters: list[str] = []
    lines: list[int] = []
    line, column = 0, 0
    for found in _TOKEN.finditer(text):
        word = found[0]
        put = _put_down(found, begins=not text[found.start() - column : found.start()].strip())
        if put and (word in ("def", "class") or (column == 0 and put not in CLOSING)):
            yield "".join(letters), lines
            letters, lines = [], []
        letters.append(put)
        lines += [line] * len(put)
        line += word.count("\n")
        column = column + len(word) if "\n" not in word else len(word) - word.rindex("\n") - 1
    yield "".join(letters), lines


def _put_down(found: re.Match[str], *, begins: bool) -> str:
    """The letters for a token; nothing for space, comments, and texts that begin a line, as documentation does."""
    word, kind = found[0], found.lastgroup
    if kind == "name":
        return f"{word} " if word in _OWN else "N"
    if kind == "text":
        return "" if begins else "S"
    return "" if kind in ("comment", "space") else word


def _hashes(codes: np.ndarray, run: int) -> np.ndarray:
    """A hash of each run of letters; sums and products wrap at 64 bits."""
    with np.errstate(over="ignore"):
        value = np.zeros(len(codes) - run + 1, dtype=np.uint64)
        for offset in range(run):
            value = value * _BASE + codes[offset : offset + len(value)] + np.uint64(1)
        value ^= value >> np.uint64(29)
        return value * _BASE


def _winnowed(hashes: np.ndarray) -> Iterator[int]:
    """The places of the smallest hash of each window, the last of equal ones."""
    if len(hashes) <= WINDOW:
        yield int(np.argmin(hashes))
        return
    windows = sliding_window_view(hashes[::-1], WINDOW)
    smallest = windows.argmin(axis=1) + np.arange(len(windows))
    yield from (int(place) for place in np.unique(len(hashes) - 1 - smallest))
