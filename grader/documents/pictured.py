"""Numbers of figures that may stand within pictures, as in figures that were scanned with their captions."""

from __future__ import annotations

from grader.documents.document import Document
from grader.documents.labelled import is_sizeable, labelled_figures


def numbers_in_pictures(document: Document) -> tuple[str, ...]:
    """The figures that the text names and no caption has, in order; none unless as many pictures have no caption.

    No text tells what is written within a picture, so these may stand there.
    """
    known = {caption.number for caption in document.captions if caption.kind == "figure"}
    named = dict.fromkeys(mention.number for mention in document.mentions if mention.kind == "figure")
    missing = tuple(number for number in named if number not in known)
    bare = [item for item in labelled_figures(document) if item.caption is None and is_sizeable(item.box)]
    pictures = [item for item in bare if item.region is not None and not item.region.vector]
    return missing if len(pictures) >= len(missing) else ()
