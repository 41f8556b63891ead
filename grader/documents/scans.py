"""Pages without a text layer: scans, and letters that are drawn as outlines; fonts that do not tell their letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.documents.raw import Page

FEW = 20  # letters: a page number and little else
SHARE = 0.3  # of a page: what an image of a page of text covers
OUTLINES = 1500  # segments: twenty words in outlines have more
ODD = 0.15  # of the letters: if so many tell nothing, the fonts do not say what they show
TRIED, USUAL = 150, 0.02  # words that are looked at, and the share of them that is usual in any text
_USUAL = re.compile(
    r"the|of|and|to|in|an?|is|for|that|it|with|as|be|are|this|on|by|we|was|not|from|or|at|were|which|if|"
    r"der|die|und|das|ist|von|mit|den|zu|le|la|les|de|et|des|un|une|est|en|que|el|los|y|del|para|por|con|il|di|che|e|"
    r"per|non|i|o|do|da|em|no|os|uma|het|een|van|je|na|w|z|return|import|def|print"
)


def has_no_text(page: Page) -> bool:
    """Whether a page shows an image or outlines of letters, and has no text."""
    if sum(len(word.text) for word in page.words) >= FEW:
        return False
    scanned = any(image.box.area > SHARE * page.width * page.height for image in page.images)
    strips = sum(image.box.area for image in page.images) > SHARE * page.width * page.height
    outlines = sum(part.segments for part in page.drawings)
    return scanned or strips or outlines > OUTLINES


def hides_letters(texts: Sequence[str]) -> bool:
    """Whether the fonts of a text do not tell which letters they show: odd ones, or words of no language."""
    letters = "".join(texts)
    odd = sum(1 for letter in letters if letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" or letter < " ")
    if odd > ODD * len(letters):
        return True
    words = [word.lower() for text in texts for word in re.findall(r"[^\W\d_]+", text) if word.isascii()]
    return len(words) >= TRIED and sum(_USUAL.fullmatch(word) is not None for word in words) < USUAL * len(words)
