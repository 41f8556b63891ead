"""Lines → paragraphs → sentences, and counting words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.documents.labels import ends_in_label, joined
from grader.documents.lines import Line, LineRole
from grader.documents.typography import Typography

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])[\w'’.\-−+%/@])+")
_ABBREVIATED = (
    "Figs?",
    "Tab",
    "Eqs?",
    "Sec",
    r"e\.g",
    r"i\.e",
    "et al",
    "vs",
    "cf",
    "resp",
    "approx",
    "No",
    "Dr",
    "[A-Z]",
)
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(_ABBREVIATED)})\.$")
_NUMBERED = re.compile(r"\b(?:Figures?|Tables?)\.\s+\d", re.IGNORECASE)
_ENDS = re.compile(rf"[.!?][\"')\]”’]*\s+(?=[\"'(\[“‘]?[A-Z0-9{_CJK}])|(?<=[。！？])")
FAR = 0.6  # times the type size: where lines stand close, a paragraph begins below a wider gap
_BULLET = re.compile(r"^\s*(?:[•●○◦▪■□*·‣–-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the running text, the page it begins on, and how many headings stand before it."""

    text: str
    page: int
    section: int = 0


def sections(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """The lines before the first heading, then each heading with what follows it."""
    starts = [index for index, line in enumerate(lines) if line.role is LineRole.HEADING]
    for begin, end in itertools.pairwise((0, *starts, len(lines))):
        yield tuple(lines[begin:end])


def paragraphs(lines: Sequence[Line], type_: Typography) -> Iterator[tuple[Line, ...]]:
    """Runs of prose lines that belong together; a figure or a page's end between them does not part them."""
    current: list[Line] = []
    for line in lines:
        if line.role is LineRole.HEADING and current:
            yield tuple(current)
            current = []
        if line.role is not LineRole.PROSE:
            continue
        if current and _begins(current[-1], line, max(FAR, type_.widest)):
            yield tuple(current)
            current = []
        current.append(line)
    if current:
        yield tuple(current)


def _begins(above: Line, line: Line, widest: float) -> bool:
    """Whether a new paragraph begins with `line`; `widest` is the gap between lines of one, as a share of the size."""
    if ends_in_label(above.text):
        return False
    if _BULLET.match(line.text):
        return True
    ended = bool(re.search(r"[.!?:;。！？：；][\"')\]”’]?$", above.text.rstrip()))
    if above.page != line.page or line.box.top < above.box.top:
        return ended and line.text[:1].isupper()
    far = line.box.top - above.box.bottom > widest * line.size
    indented = line.box.left > above.box.left + 0.8 * line.size
    return (far or indented or not above.full) and (ended or far)


def sentences(parts: Iterable[Sequence[Line]], section: int = 0) -> Iterator[Sentence]:
    """Sentences of a section's paragraphs, in order. A number or an abbreviation with a full stop ends none."""
    for lines in parts:
        text, starts = _with_pages(lines)
        begin = 0
        for end in [*_sentence_ends(text), len(text)]:
            sentence = text[begin:end].strip()
            if sentence:
                page = next(page for start, page in reversed(starts) if start <= begin)
                yield Sentence(sentence, page, section)
            begin = end


def _sentence_ends(text: str) -> list[int]:
    return [found.end() for found in _ENDS.finditer(text) if not _is_stopped(text, found)]


def _is_stopped(text: str, end: re.Match[str]) -> bool:
    """Whether the full stop ends no sentence: an abbreviation's, or one of "Figure. 1"."""
    near = text[: end.start() + 1][-12:]
    return bool(_ABBREVIATION.search(near) or _NUMBERED.search(near + text[end.start() + 1 : end.end() + 1]))


def _with_pages(lines: Sequence[Line]) -> tuple[str, list[tuple[int, int]]]:
    """A paragraph's text, and where in it which page begins."""
    texts: list[str] = []
    starts: list[tuple[int, int]] = [(0, lines[0].page)]
    for line in lines:
        if line.page != starts[-1][1]:
            starts.append((len(joined(texts)), line.page))
        texts.append(line.text)
    return joined(texts), starts


def count_words(texts: Iterable[str]) -> int:
    """Words with a letter or a digit; `state-of-the-art` is one, each Chinese character is one."""
    return sum(1 for text in texts for found in _WORD.findall(text) if re.search(r"\w", found))
