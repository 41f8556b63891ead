"""What the report's figures show, by what is written on and about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.documents import Caption, Document, Line, Region, Role

NEAR, FAR = 30.0, 420.0  # points between a figure and the line beside it; farther than any caption is from its figure
BESIDE = (Role.PROSE, Role.HEADING, Role.FIGURE_TEXT)
LARGE = 0.02  # of the page: what is smaller is a logo or an icon


@dataclass(frozen=True)
class Shown:
    """A figure that is there: its own words (caption, or what stands beside it), what the text says of it, and
    the headings above it. `title` is a heading right above one without a caption."""

    page: int
    name: str
    own: str
    told: str
    headings: str
    title: str = ""

    @property
    def words(self) -> str:
        """Its own and those of the text about it."""
        return f"{self.own}\n{self.told}"


def shown_figures(document: Document) -> list[Shown]:
    """Captioned figures that show something, and figures without a caption."""
    present = with_figures(document)
    captioned = [_captioned(document, caption) for caption in document.captions if caption in present]
    return captioned + [_uncaptioned(document, region) for region in uncaptioned(document)]


def with_figures(document: Document) -> frozenset[Caption]:
    """The captions beside which something is shown: an image, a drawing, a table's rows, a listing."""
    owned = max((_owners(document, below=below) for below in (True, False)), key=_fit)
    taken = owned.keys()
    found = {caption for _, caption in owned.values()}
    for caption in document.captions:
        free = [region for region in document.figures if region not in taken and region.page == caption.page]
        over = _over_the_leaf(document, caption, taken)
        if caption not in found and (free or over or _shows_text(document, caption)):
            found.add(caption)
    return frozenset(found)


def _fit(owned: Mapping[Region, tuple[float, Caption]]) -> tuple[int, float]:
    """More figures with a caption; of as many, nearer ones."""
    return len(owned), -sum(gap for gap, _ in owned.values())


def _owners(document: Document, *, below: bool) -> dict[Region, tuple[float, Caption]]:
    """Each figure with the nearest caption below (or above) it, and how far away that is."""
    found = {}
    for region in document.figures:
        gaps = [(_distance(region, caption, below=below), number) for number, caption in enumerate(document.captions)]
        gap, number = min(gaps, default=(FAR, 0))
        if gap < FAR:
            found[region] = gap, document.captions[number]
    return found


def _distance(region: Region, caption: Caption, *, below: bool) -> float:
    """Points from a figure down (or up) to a caption of its column. The parts of a figure may stand in several rows."""
    apart = min(region.box.right, caption.box.right) <= max(region.box.left, caption.box.left)
    if region.page != caption.page or apart:
        return FAR
    gap = caption.box.top - region.box.bottom if below else region.box.top - caption.box.bottom
    return gap if gap > -8 else FAR


def _shows_text(document: Document, caption: Caption) -> bool:
    """Whether a table, a listing or a summary as text stands beside a caption."""
    shown = (Role.CODE, Role.TABLE)
    lines = [line for line in document.lines if line.page == caption.page and line.role in shown]
    return any(max(line.box.top - caption.box.bottom, caption.box.top - line.box.bottom) < 2 * NEAR for line in lines)


def _over_the_leaf(document: Document, caption: Caption, taken: Collection[Region]) -> bool:
    """A caption that ends or begins a page may belong to a figure over the leaf, if no other caption has that."""
    free = [region for region in document.figures if region not in taken]
    height = next(page.height for page in document.pages if page.number == caption.page)
    if caption.box.bottom > 0.85 * height or _is_last(document, caption):
        return any(region.page == caption.page + 1 and region.box.top < 0.2 * height for region in free)
    if caption.box.top < 0.15 * height or _is_first(document, caption):
        return any(region.page == caption.page - 1 and region.box.bottom > 0.75 * height for region in free)
    return False


def uncaptioned(document: Document) -> list[Region]:
    """Large figures on pages where no caption can be theirs."""
    areas = {page.number: page.width * page.height for page in document.pages}
    pages = {caption.page for caption in document.captions}
    spilled = {caption.page - 1 for caption in document.captions if _is_first(document, caption)}
    return [region for region in document.figures
            if region.box.area > LARGE * areas[region.page] and region.page not in pages | spilled]  # fmt: skip


def _is_first(document: Document, caption: Caption) -> bool:
    lines = [line for line in document.lines if line.page == caption.page and line.role is not Role.MARGIN]
    return bool(lines) and lines[0].role is Role.CAPTION and lines[0].box.top >= caption.box.top - 1


def _is_last(document: Document, caption: Caption) -> bool:
    lines = [line.box for line in document.lines if line.page == caption.page and line.role is not Role.MARGIN]
    figures = [region.box for region in document.figures if region.page == caption.page]
    return all(box.bottom <= caption.box.bottom + 1 for box in (*lines, *figures))


def _captioned(document: Document, caption: Caption) -> Shown:
    told = _told(document, caption)
    return Shown(caption.page, f"{caption.kind.capitalize()} {caption.number}", caption.text, "\n".join(told),
                 _headings(document, caption.page, caption.box.top))  # fmt: skip


def _told(document: Document, caption: Caption) -> list[str]:
    """The sentences that mention it, each with the one that follows unless that speaks of another figure."""
    out: list[str] = []
    for index, sentence in enumerate(document.sentences):
        numbers = {(mention.kind, mention.number) for mention in document.mentions if mention.sentence == sentence.text}
        if (caption.kind, caption.number) not in numbers:
            continue
        out.append(about(sentence.text, caption.number) if len(numbers) > 1 else sentence.text)
        following = document.sentences[index + 1 : index + 2]
        if following and not any(mention.sentence == following[0].text for mention in document.mentions):
            out.append(following[0].text)
    return out


def about(sentence: str, number: str) -> str:
    """The part of a sentence on several figures that speaks of one: its clause, up to the next figure."""
    parts = re.split(r"(?=,? (?:and|while|whereas|but) )|(?<=[,;]) ", sentence)
    found = [part for part in parts if re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", part)]
    return " ".join(found) or sentence


def _uncaptioned(document: Document, region: Region) -> Shown:
    beside = [line for line in document.lines
              if line.page == region.page and line.role in BESIDE and _is_near(line, region)]  # fmt: skip
    title = " ".join(line.text for line in beside if line.role is Role.HEADING and line.box.bottom < region.box.top + 5)
    return Shown(
        region.page,
        f"the figure without a caption on page {region.page}",
        " ".join(line.text for line in beside),
        "",
        _headings(document, region.page, region.box.top),
        title,
    )


def _is_near(line: Line, region: Region) -> bool:
    gap = max(line.box.top - region.box.bottom, region.box.top - line.box.bottom)
    return -5 < gap < 2 * NEAR


def _headings(document: Document, page: int, top: float) -> str:
    """The last two headings before a place."""
    before = [line.text for line in document.headings if (line.page, line.box.top) < (page, top)]
    return "\n".join(before[-1:])


def any_of(patterns: Sequence[str], text: str) -> bool:
    """Whether one of the regular expressions is found, whatever the case of letters."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
