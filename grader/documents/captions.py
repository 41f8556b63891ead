"""Captions and mentions of figures, tables and listings, by how people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grader.documents.lines import Line, Role
from grader.documents.raw import Box
from grader.documents.regions import Region

Kind = Literal["figure", "table", "listing"]
_WORDS: dict[Kind, str] = {
    "figure": r"figures?\.?|figs?\.?|图|圖|図|插图|附图|그림|chart|plate",
    "table": r"tables?\.?|tabs?\.?|(?<![代发發列报報仪儀])表格?",
    "listing": r"listings?|lst\.?|code\s+(?:listing|snippet)|代码|清单|algorithm",
}
_CHINESE = "一二三四五六七八九十"
_NUMBER = rf"(?:[A-Z]\.?)?\d{{1,3}}(?:[.\-]\d{{1,2}})*|(?-i:[IVX]{{1,5}})(?![A-Za-z])|[{_CHINESE}]{{1,3}}"
_PART = r"(\(?[a-h]\)|[a-h](?=\s*[:.)]))?"
_START = {kind: re.compile(rf"^\s*[(\[【]?({words})\s*[(（\[]?({_NUMBER})[)）\]]?\s?{_PART}\s*(.*)$", re.IGNORECASE)
          for kind, words in _WORDS.items()}  # fmt: skip
_MARKED = re.compile(r"^\s*[:.：．。、】|–—-]+\s*")
# After "Figure 3", these begin a sentence about it, not its caption.
_TELLS = re.compile(
    r"^\s*(?:\(?[a-h]\)?\s+|\([^()]{1,30}\)\s*|(?:above|below|left|right|here|also|then|further|now|therefore|thus|"
    r"both|together|\w{2,12}ly),?\s+)*"
    r"(?:show(?:s|ed|n|ing)?|illustrat\w+|present(?:s|ed)?|depict\w*|display(?:s|ed)?|compar(?:es|ed|ing)|plot(?:s|ted)?|"
    r"gives?|gave|contains?|demonstrat\w+|report(?:s|ed)?|summari[sz]\w+|indicat\w+|reveal(?:s|ed)?|describ\w+|"
    r"provid\w+|suggest(?:s|ed)?|confirm(?:s|ed)?|lists?|is|are|was|were|has|have|had|can|could|may|might|will|would|"
    r"should|must|do(?:es)?|did|makes?|and|or|to|we|you|i|it|as|in|on|at|from|for|by|with|where|which|that|but|while|"
    r"because|since|if|when|so|of|below|above|,|;|’s|'s|visuali[sz]\w+|highlight\w*|explain\w*|support\w*|prov(?:es|ed)|"
    r"exhibit\w*|tells?|represent\w*|refers?|appears?|looks?|seems?|follows?|uses?|corresponds?|consists?|also|"
    r"respectively|显示|展示|表明|说明|给出|所示|中|可以|是|和|为|表示|描述|反映|对比|的|與|与|則|则)(?![A-Za-z])",
    re.IGNORECASE,
)
_MENTION = {kind: re.compile(
    rf"(?<![A-Za-z])({words})\s*\(?\s*((?:{_NUMBER})(?:\s?\(?[a-h]\)?(?![A-Za-z]))?"
    rf"(?:\s*(?:,|and|&|or|to|-|–|—|,\s*and|和|、|至)\s*(?:{words})?\s*(?:{_NUMBER})(?:\s?\(?[a-h]\)?(?![A-Za-z]))?)*)",
    re.IGNORECASE) for kind, words in _WORDS.items()}  # fmt: skip
_ENDS_IN_LABEL = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_WORDS.values())}|eqs?\.?|equations?|sections?|sec\.)\s*$",
                            re.IGNORECASE)  # fmt: skip
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
NEAR, LONGEST = 60.0, 12  # points between a figure and its caption; lines of a caption
LOWEST = 24.0  # points: what is left of a drawing beside a caption, and lower, is none
CELLS = 3  # parts of a line with wide gaps between them


@dataclass(frozen=True)
class Caption:
    """`number` as it is printed, such as 3, 2.1, IV; `part` is the a of 3 (a). `box` is around all its lines.

    `title` is the text after the number. `series` is what is counted: charts have numbers of their own.
    """

    kind: Kind
    number: str
    text: str
    page: int
    box: Box
    part: str = ""
    title: str = ""
    series: str = "figure"


@dataclass(frozen=True)
class Mention:
    """A place in the running text that speaks of a numbered figure, table or listing."""

    kind: Kind
    number: str
    page: int
    sentence: str


def find_captions(
    lines: Sequence[Line], regions: Sequence[Region], body: float
) -> tuple[list[Caption], dict[int, int]]:
    """The captions among a page's lines in reading order; which lines belong to which, by index.

    `body` is the type size of the running text.
    """
    captions: list[Caption] = []
    owner: dict[int, int] = {}
    for index in range(len(lines)):
        if index in owner:
            continue
        found = _start(lines, index, regions, body)
        if found is None:
            continue
        last = _end(lines, index, regions)
        for part in range(index, last + 1):
            owner[part] = len(captions)
        captions.append(_caption(found[1], found[0], lines[index : last + 1]))
    return captions, owner


def in_captions(lines: Sequence[Line], regions: Sequence[Region], body: float) -> set[int]:
    """Which lines beside a figure belong to captions, by index: they are no labels of its axes, however small."""
    outside = [index for index, line in enumerate(lines) if line.role is Role.PROSE and not _is_inside(line, regions)]
    _, owner = find_captions([lines[index] for index in outside], regions, body)
    return {outside[place] for place in owner}


def _is_inside(line: Line, regions: Sequence[Region]) -> bool:
    return any(region.page == line.page and region.box.holds(line.box) for region in regions)


def cut_at_captions(regions: Sequence[Region], lines: Sequence[Line]) -> tuple[Region, ...]:
    """A drawing in which a caption stands is several: tables with rules around their cells that touch each other."""
    out: list[Region] = []
    for region in regions:
        inside = [line.box for line in lines if line.page == region.page and region.box.holds(line.box)
                  and begins_marked(line.text)] if region.vector else []  # fmt: skip
        edges = [region.box.top, *(edge for box in inside for edge in (box.top, box.bottom)), region.box.bottom]
        parts = [replace(region, box=replace(region.box, top=top, bottom=bottom))
                 for top, bottom in zip(edges[::2], edges[1::2], strict=True)]  # fmt: skip
        out += [part for part in parts if part.box.height >= LOWEST] if inside else [region]
    return tuple(out)


def begins_marked(text: str) -> bool:
    """Whether a text begins like a caption, mark and all: `Table 3: …`."""
    found = next((found for pattern in _START.values() if (found := pattern.match(text))), None)
    return found is not None and len(found[4]) > 1 and _MARKED.match(found[4]) is not None


def _caption(start: re.Match[str], kind: Kind, lines: Sequence[Line]) -> Caption:
    box = lines[0].box
    for line in lines[1:]:
        box = box.union(line.box)
    text = joined(line.text for line in lines)
    return Caption(
        kind,
        normal_number(start[2]),
        text,
        lines[0].page,
        box,
        part=(start[3] or "").strip("()").lower(),
        title=_MARKED.sub("", text[start.start(4) :]).strip(),
        series=_series(kind, start[1]),
    )


def _series(kind: Kind, word: str) -> str:
    """What is counted: figures, or charts on their own."""
    return word.lower() if word.lower() in ("chart", "plate", "algorithm") else kind


def _start(
    lines: Sequence[Line], index: int, regions: Sequence[Region], body: float
) -> tuple[Kind, re.Match[str]] | None:
    for kind, pattern in _START.items():
        if found := pattern.match(lines[index].text):
            above_code = kind == "listing" and _is_above_code(lines, index)
            return (kind, found) if above_code or _begins_caption(lines, index, found[4], regions, body) else None
    return None


def _is_above_code(lines: Sequence[Line], index: int) -> bool:
    """Whether a line in another face stands above lines in a typewriter face."""
    below = lines[index + 1 : index + 3]
    return bool(below) and not lines[index].mono and all(line.mono for line in below)


def _begins_caption(lines: Sequence[Line], index: int, rest: str, regions: Sequence[Region], body: float) -> bool:
    """Whether a line that begins with `Figure 3` is a caption, by what follows and by how it is set."""
    line = lines[index]
    if _in_a_sentence(lines, index) and not _beside(line, regions):
        return False
    marked = _MARKED.match(rest)
    if marked and not (marked[0].strip() == "." and _TELLS.match(rest[marked.end() :])):
        return True
    if _TELLS.match(rest):
        return _stands_apart(lines, index, regions, body)
    capital = not rest or rest[0].isupper() or (_IDEOGRAPH.match(rest) and not rest.endswith(("。", "，")))
    return bool(line.bold or line.italic or line.size < body - 0.4 or capital or _beside(line, regions))


def _stands_apart(lines: Sequence[Line], index: int, regions: Sequence[Region], body: float) -> bool:
    """Whether a line that reads like a sentence is set like a caption: below a figure, and not as running text."""
    line = lines[index]
    looks = line.italic or line.size < body - 0.4 or (_centred(line) and not line.full) or _is_alone(lines, index)
    below = any(
        region.page == line.page
        and region.box.left < line.box.centre[0] < region.box.right
        and -6 < line.box.top - region.box.bottom < 1.6 * line.size
        for region in regions
    )
    return looks and below


def _is_alone(lines: Sequence[Line], index: int) -> bool:
    """Whether a line is a short paragraph of its own."""
    line, below = lines[index], lines[index + 1] if index + 1 < len(lines) else None
    ends = below is None or below.page != line.page or below.box.top - line.box.bottom > 0.6 * line.size
    return ends and not line.full


def _in_a_sentence(lines: Sequence[Line], index: int) -> bool:
    """Whether the line goes on with what the line above left unfinished."""
    if index == 0:
        return False
    above, line = lines[index - 1], lines[index]
    if len(above.cells) >= CELLS:  # a row of a table
        return False
    if above.page != line.page or abs(above.size - line.size) > 0.4 or above.bold != line.bold:
        return False
    if not -0.5 * line.size < line.box.top - above.box.bottom < 0.75 * line.size:
        return False
    return above.full and not re.search(r"[.!?:。！？：][\"')\]”’]?$", above.text)


def _beside(line: Line, regions: Sequence[Region]) -> bool:
    """Whether a figure ends right above the line, or begins right below it."""
    return any(
        region.page == line.page
        and min(region.box.right, line.box.right) > max(region.box.left, line.box.left)
        and (-6 < line.box.top - region.box.bottom < NEAR / 2 or -6 < region.box.top - line.box.bottom < NEAR / 3)
        for region in regions
    )


def _end(lines: Sequence[Line], first: int, regions: Sequence[Region]) -> int:
    last = first
    if _is_bare(lines[first]) and first + 1 < len(lines) and _is_title(lines[first], lines[first + 1]):
        last += 1  # "TABLE I", and its title on a line of its own
    while last + 1 < len(lines) and last - first < LONGEST and _goes_on(lines, last, lines[last + 1], regions):
        last += 1
    return last


def _is_bare(line: Line) -> bool:
    return any((found := pattern.match(line.text)) and len(found[4]) <= 1 for pattern in _START.values())


def _is_title(line: Line, below: Line) -> bool:
    gap = below.box.top - line.box.bottom
    near = below.page == line.page and -2 < gap < 1.6 * line.size and abs(below.size - line.size) < 2.5
    started = any(pattern.match(below.text) for pattern in _START.values())
    return near and not started and len(below.cells) < CELLS and len(below.words) >= 2


def _goes_on(lines: Sequence[Line], last: int, line: Line, regions: Sequence[Region]) -> bool:
    before = lines[last]
    gap = line.box.top - before.box.bottom
    if line.page != before.page or not -0.9 * line.size < gap < 0.55 * line.size or abs(line.size - before.size) > 0.4:
        return False
    if line.italic != before.italic and before.italic:
        return False
    if any(region.page == line.page and region.box.holds(line.box) for region in regions):
        return False
    if any(pattern.match(line.text) for pattern in _START.values()):
        return False
    ended = bool(re.search(r"[.!?。][\"')\]”’]?$", before.text)) or line.text[:1].isupper()
    narrow = before.box.width < 0.85 * before.column.width and not _centred(before)
    return not (ended and narrow) and not (line.box.left < before.box.left - 2 * line.size and not _centred(line))


def _centred(line: Line) -> bool:
    left, right = line.box.left - line.column.left, line.column.right - line.box.right
    return left > 1.5 * line.size and abs(left - right) < 0.15 * line.column.width


def normal_number(text: str) -> str:
    """`3`, `2.1`, `IV` without what some put around it; `三` is 3."""
    text = text.strip().rstrip(".").upper()
    return str(_from_chinese(text)) if text and text[0] in _CHINESE else text


def _from_chinese(text: str) -> int:
    """`二十一` → 21."""
    tens, ten, ones = text.rpartition("十")
    value = _CHINESE.find(ones) + 1 if ones else 0
    return value + 10 * (_CHINESE.find(tens) + 1 if tens else 1) if ten else value


def ends_in_label(text: str) -> bool:
    """Whether a line ends in `Figure` or the like: a number at the start of the next line is a figure's."""
    return _ENDS_IN_LABEL.search(text) is not None


def numbered(text: str) -> tuple[Kind, str] | None:
    """The kind and number that a text begins with, if it begins like a caption."""
    for kind, pattern in _START.items():
        if found := pattern.match(text):
            return None if _TELLS.match(found[4]) else (kind, normal_number(found[2]))
    return None


def joined(texts: Iterator[str] | Sequence[str]) -> str:
    """Lines as running text: words divided at a line's end are whole again."""
    out = ""
    for text in texts:
        if not out:
            out = text
        elif out.endswith(("\xad", "‐")) or (re.search(r"[a-z]-$", out) and text[:1].islower()):
            out = out[:-1] + text
        elif out.endswith(("-", "/")) and not out.endswith(" -"):
            out += text
        else:
            out += " " + text
    return out.replace("\xad", "")


def mentions(text: str, page: int) -> list[Mention]:
    """The numbered figures, tables and listings that a sentence speaks of."""
    return [Mention(kind, number, page, text) for kind, pattern in _MENTION.items()
            for found in pattern.finditer(text)
            for number in _numbers(found[2], several=found[1].lower().rstrip(".").endswith("s"))]  # fmt: skip


def _numbers(text: str, *, several: bool) -> list[str]:
    """The numbers named in `3, 4 and 6`; in `2-5`, one number in "Figure 2-5", four of them in "Figures 2-5"."""
    text = re.sub(r"(?<=\d)-(?=\d)", " - ", text) if several else text
    found = re.findall(_NUMBER, text)
    numbers = [normal_number(number) for number in found]
    spans = re.findall(r"(\d+)\s*(?:-|–|—|to|至)\s*(?:[A-Za-z]+\.?\s*)?(\d+)", text)
    for first, last in spans:
        if 0 < int(last) - int(first) < 30:
            numbers += [str(number) for number in range(int(first) + 1, int(last))]
    return numbers
