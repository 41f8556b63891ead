"""What each line of a document is: running text, heading, caption, code, a table's row, a figure's text, …"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from grader.documents.captions import Caption, find_captions, in_captions
from grader.documents.contents import without_contents
from grader.documents.equations import mark_equations
from grader.documents.lines import Line, LineRole
from grader.documents.raw import Page
from grader.documents.regions import Region, Regions
from grader.documents.typography import Typography

MARGIN, WIDE = 0.11, 0.18  # of a page's height: where headers and footers stand, and where if the margins are wide
BESIDE, LABEL = 26.0, 8  # points between a drawing and the labels of its axes; words of a label
_TICK = re.compile(r"[-−+]?[\d.,]+(?:e[-+]?\d+)?%?|10[-−]?\d*")
ACROSS = 0.6  # of a line's words
NUMBERS = 4  # of a row of a table; headers and footers have a date and a page number at most
_PAGE_NUMBER = re.compile(
    r"[\s|–—·-]*(?:page|p\.|第)?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:(?:/|of|／)\s*\d{1,4})?\s*页?[\s|–—·.-]*", re.IGNORECASE
)
_BROWSER = re.compile(
    r"^(?:file|https?)://\S+\s+\d+/\d+$|^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}, \d{1,2}:\d\d", re.IGNORECASE
)
_REFERENCES = re.compile(
    r"\s*(?:(?:\d+|[IVX]+)\.?\s+)?(?:references?|bibliography|works cited|literature(?: cited)?|sources|citations|"
    r"参考文献|引用|參考文獻)(?:\s+list)?\s*[:：.]?\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\s*(?:(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-Z])[.)]?|[一二三四五六七八九十]+、|section \d+:?)\s+\S",
    re.IGNORECASE,
)
_APPENDIX = re.compile(r"\s*(?:[A-Z]\.?\s+)?appendi|附录", re.IGNORECASE)
_CODE = re.compile(
    r"^\s*(?:import \w|from [\w.]+ import|def \w+\(|class \w+[(:]|for \w+ in .+:|if .+:$|elif .+:$|else:$|while .+:$|"
    r"return\b(?! to\b)|@\w+|#\s?\w|>>>|%\w+|!\w+|try:$|except\b.*:$|with .+ as \w+:$|print\()"
    r"|^\s*[\w.\[\]]+\s*[-+*/]?=\s*[\w.\[(\"'-]|^\s*[\w.]+\([^)]*\)?\s*$|[({\[,]\s*$.*=|^\s*[)}\]]+,?$|^[_=─━-]{6,}"
)
_LINE_NUMBER = re.compile(r"^\s*\d{1,3}\s+(?=[^\W\d]|[#@%!(\[])")
_LISTED = re.compile(r"^\s*(?:[•●○◦▪■□–*·‣-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_LETTERS = re.compile(r"[^\W\d_]")


def without_margins(pages: Sequence[Page], lines: Sequence[Line]) -> list[Line]:
    """The lines, headers, footers and page numbers marked as such."""
    heights = {page.number: page.height for page in pages}
    ends = _ends(lines)
    outer = [_outer(line, heights[line.page], ends[line.page]) for line in lines]
    repeated = Counter(_kind(line) for line, is_outer in zip(lines, outer, strict=True) if is_outer)
    return [
        replace(line, role=LineRole.MARGIN) if is_outer and _is_margin(line, repeated[_kind(line)]) else line
        for line, is_outer in zip(lines, outer, strict=True)
    ]


def _is_margin(line: Line, times: int) -> bool:
    """Whether it is a page number, or stands there again and again; the row of a table has more numbers."""
    numbers = sum(re.fullmatch(r"[\d.,%]+", word.text) is not None for word in line.words)
    alone = _PAGE_NUMBER.fullmatch(line.text) is not None or _BROWSER.search(line.text) is not None
    return (times >= 2 and numbers < NUMBERS) or alone


def _ends(lines: Sequence[Line]) -> dict[int, tuple[float, float]]:
    """The foot of the first line of each page, and the top of its last one."""
    found: dict[int, tuple[float, float]] = {}
    for line in lines:
        top, bottom = found.get(line.page, (line.box.bottom, line.box.top))
        found[line.page] = min(top, line.box.bottom), max(bottom, line.box.top)
    return found


def _outer(line: Line, height: float, ends: tuple[float, float]) -> bool:
    """Whether it stands where headers and footers do: near the edge, or as a page's first or last line not far off."""
    if line.box.bottom < MARGIN * height or line.box.top > (1 - MARGIN) * height:
        return True
    first, last = line.box.top < ends[0], line.box.bottom > ends[1]
    return (first and line.box.bottom < WIDE * height) or (last and line.box.top > (1 - WIDE) * height)


def _kind(line: Line) -> tuple[str, int]:
    """The same for all headers of a document: numbers may differ, places hardly."""
    return re.sub(r"\d+|\b[ivxl]+\b", "#", line.text.lower()), round(line.box.top / 8)


def classify(lines: Sequence[Line], regions: Regions, type_: Typography) -> tuple[list[Line], tuple[Caption, ...]]:
    """Give every line its role. `lines` are those of all pages in reading order, margins marked."""
    listed = without_contents(lines, regions)
    apart = in_captions(listed, regions, type_)
    inner = [line if index in apart else _in_figure(line, regions, type_) for index, line in enumerate(listed)]
    open_ = [index for index, line in enumerate(inner) if line.role is LineRole.PROSE]
    captions, owner = find_captions([inner[index] for index in open_], regions, type_)
    for place in owner:
        inner[open_[place]] = replace(inner[open_[place]], role=LineRole.CAPTION)
    for step in (_code, _equations, _tables, _headings, _references):
        inner = step(inner, type_)
    return inner, tuple(captions)


def _in_figure(line: Line, regions: Regions, type_: Typography) -> Line:
    if line.role is not LineRole.PROSE:
        return line
    here = regions.on(line.page)
    around = next((region for region in here if region.box.holds(line.box, 1.0)), None)
    if around is not None:
        reads_on = len(line.words) >= 8 and line.box.width > 0.8 * around.box.width and around.vector
        inner = not reads_on or line.mono
    else:
        inner = any(region.vector and _labels(line, region, type_) for region in here) or _is_across(line, here)
    return replace(line, role=LineRole.FIGURE_TEXT) if inner else line


def _is_across(line: Line, regions: Sequence[Region]) -> bool:
    """Whether most words of a line stand in drawings beside each other."""
    drawn = [region.box for region in regions if region.vector]
    if not drawn:
        return False
    return sum(any(box.holds(word.box, 1.0) for box in drawn) for word in line.words) > ACROSS * len(line.words)


def _labels(line: Line, region: Region, type_: Typography) -> bool:
    """Whether a line outside of the axes is one of their ticks, labels or titles: numbers, small type, or a few words
    in the middle of the drawing.
    """
    if not region.box.holds(line.box, BESIDE):
        return False
    if all(_TICK.fullmatch(word.text) for word in line.words):
        return True
    inset = line.box.left > line.column.left + 2 * line.size and not line.full and not line.bold
    middle = abs(line.box.centre[0] - region.box.centre[0]) < 0.1 * region.box.width
    return len(line.words) <= LABEL and (line.size < type_.size - 0.8 or (inset and middle))


def _code(lines: Sequence[Line], type_: Typography) -> list[Line]:
    """Lines in a typewriter face; in another one, runs of three lines that only a program has."""
    likely = [line.role is LineRole.PROSE and bool(_CODE.search(_LINE_NUMBER.sub("", line.text))) for line in lines]
    found = [line.role is LineRole.PROSE and line.mono and not type_.mono for line in lines]
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].role is LineRole.PROSE and _codelike(lines, likely, end, start):
            end += 1
        if sum(likely[start:end]) >= 3 and 2 * sum(likely[start:end]) >= end - start:
            found[start:end] = [True] * (end - start)
        start = max(end, start + 1)
    return [replace(line, role=LineRole.CODE) if mono else line for line, mono in zip(lines, found, strict=True)]


def _codelike(lines: Sequence[Line], likely: Sequence[bool], index: int, start: int) -> bool:
    """A line of code, or one between two of them that is no sentence."""
    if likely[index]:
        return True
    prose = len(_LETTERS.findall(lines[index].text)) > 30 and lines[index].text.rstrip().endswith((".", ","))
    return index > start and likely[index - 1] and not prose and any(likely[index + 1 : index + 3])


def _equations(lines: Sequence[Line], _: Typography) -> list[Line]:
    return mark_equations(lines)


def _tables(lines: Sequence[Line], _: Typography) -> list[Line]:
    """Two rows or more, one below the other, whose cells stand below each other."""
    found = [False] * len(lines)
    for index in range(1, len(lines)):
        above, line = lines[index - 1], lines[index]
        if above.role is LineRole.PROSE and line.role is LineRole.PROSE and _same_table(above, line):
            found[index - 1] = found[index] = True
    return [replace(line, role=LineRole.TABLE) if row else line for line, row in zip(lines, found, strict=True)]


def _same_table(above: Line, line: Line) -> bool:
    if above.page != line.page or len(above.cells) < 2 or len(line.cells) < 2 or _LISTED.match(line.text):
        return False
    if line.box.top - above.box.bottom > 2.5 * line.size:
        return False
    upper, lower = ([edge for cell in edges(row) for edge in cell] for row in (above, line))
    shared = sum(any(abs(edge - other) < 4 for other in upper) for edge in lower)
    return shared >= 2


def edges(line: Line) -> list[tuple[float, float, float]]:
    """Left edge, centre and right edge of each cell."""
    out, start = [], 0
    for cell in line.cells:
        words = line.words[start : start + len(cell.split())]
        start += len(cell.split())
        if words:
            left, right = words[0].box.left, words[-1].box.right
            out.append((left, (left + right) / 2, right))
    return out


def _headings(lines: Sequence[Line], type_: Typography) -> list[Line]:
    return [
        replace(line, role=LineRole.HEADING)
        if line.role is LineRole.PROSE and _is_heading(lines, index, type_)
        else line
        for index, line in enumerate(lines)
    ]


def _is_heading(lines: Sequence[Line], index: int, type_: Typography) -> bool:
    line = lines[index]
    words = len(line.words)
    if words > 14 or not _LETTERS.search(line.text) or line.text.rstrip().endswith((".", ",", ";", "。", "，")):
        return False
    if _REFERENCES.fullmatch(line.text) or line.size > 1.12 * type_.size:
        return True
    above = lines[index - 1] if index else line
    alone = index == 0 or above.page != line.page or line.box.top - above.box.bottom > 0.35 * line.size
    capitals = line.text.isupper() and words >= 1 and len(line.text) > 4
    if line.bold and not line.full:
        return alone or bool(_NUMBERED.match(line.text))
    return alone and capitals and not line.full


def _references(lines: Sequence[Line], _: Typography) -> list[Line]:
    """From the heading of the references to the next heading that is not within them."""
    out, inside, size = [], False, 0.0
    for line in lines:
        if line.role is LineRole.HEADING and _REFERENCES.fullmatch(line.text):
            inside, size = True, line.size
        elif inside and line.role is LineRole.HEADING and (line.size >= size - 0.3 or _APPENDIX.match(line.text)):
            inside = False
        itself = line.role is LineRole.HEADING and bool(_REFERENCES.fullmatch(line.text))
        listed = (
            inside and not itself and line.role in (LineRole.PROSE, LineRole.TABLE, LineRole.HEADING, LineRole.CODE)
        )
        out.append(replace(line, role=LineRole.REFERENCE) if listed else line)
    return out
