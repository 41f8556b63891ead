"""A person's comments as exhibits: the lines or the passage that each is about, with the words at that place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.exhibit import Exhibit, Listing, Passage, Quote, Remark
from grader.gradebook.desk_records import Comment
from grader.report.exhibits import drawn
from grader.report.page import text
from grader.report.page.blocks import Block
from grader.report.page.numbering import Kind, Numbering

AT_THE_LINE = 80  # characters that stand beside a line; longer words stand above
MOST = 40


def comment_blocks(comments: Sequence[Comment], titles: dict[str, str], numbering: Numbering) -> list[Block]:
    """The comments as numbered blocks, file by file and place by place."""
    placed = sorted(
        comments[:MOST], key=lambda one: (one.place.path, one.place.page or 0, one.place.cell or 0, _line(one))
    )
    return [_block(one, titles, numbering) for one in placed]


def _line(comment: Comment) -> int:
    return comment.place.line or 0


def _block(comment: Comment, titles: dict[str, str], numbering: Numbering) -> Block:
    exhibit = exhibit_of(comment, titles.get(comment.criterion, comment.criterion))
    kind: Kind = "Listing" if isinstance(exhibit, Listing) else "Quote"
    label = f"{'lst' if kind == 'Listing' else 'quo'}-comment-{comment.id}"
    return replace(drawn(exhibit, label, 0), number=numbering.define(label, kind, text.line(exhibit.title, 90)))


def exhibit_of(comment: Comment, criterion: str) -> Exhibit:
    """What a comment is about, with its words at that place."""
    place, title = comment.place, f"{comment.author} on “{criterion}”"
    if place.kind == "region":
        where = f"{place.path}, page {place.page}, {part_of_page(place.box)}"
        words = " ".join(place.lines) or "(no text in this part of the page)"
        return Quote(f"comment-{comment.id}", title, comment.words, where, (Passage(words, place.page),))
    where = place.path if place.cell is None else f"{place.path}, cell {place.cell}"
    short = place.line is not None and len(comment.words) <= AT_THE_LINE
    remarks = (Remark(place.line, comment.words if short else "here"),) if place.line is not None else ()
    code = "\n".join(place.lines)
    return Listing(f"comment-{comment.id}", title, "" if short else comment.words, where, code, place.first, remarks)


def part_of_page(box: tuple[float, float, float, float] | None) -> str:
    """About where on a page a region is: `upper left`, `middle`, `whole page`."""
    left, top, right, bottom = box or (0.0, 0.0, 1.0, 1.0)
    if right - left > 0.9 and bottom - top > 0.9:
        return "whole page"
    down = ("upper part", "middle", "lower part")[min(2, int(3 * (top + bottom) / 2))]
    across = ("left", "", "right")[min(2, int(3 * (left + right) / 2))]
    return f"{down}, {across}" if across and right - left < 0.6 else down
