"""The loss curves that a report shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.checks import Document, Labelled, labelled_figures

from .claims import NET3_NAME, is_of_other_data, rates
from .papers import label

LOSS = re.compile(r"\bloss(?:es)?\b", re.IGNORECASE)
CONFUSION = re.compile(r"confusion", re.IGNORECASE)
SEVERAL = re.compile(
    r"learning rates|\bboth\b|\btwo\b|different|respectively|\beach\b"
    r"|(?:\bvs\b|versus)(?!\.?\s*(?:the\s+|training\s+|number\s+of\s+)*(?:iter|epoch|step|batch|time))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class LossCurves:
    """Figures whose caption, or what stands around them, speaks of the loss."""

    figures: tuple[Labelled, ...]
    captions: int
    rates: tuple[float, ...]
    several: bool
    in_all: tuple[float, ...] = ()  # learning rates anywhere in the report's text

    @property
    def enough(self) -> bool | None:
        """Whether there are curves of two learning rates; None if only a person can see that."""
        if self.figures and len(self.rates) == len(self.in_all) == 1:  # no other one in the whole report
            return None if len(self.figures) >= 2 else False
        if len(self.rates) >= 2 or self.captions >= 2 or self.several:
            return True
        if not self.figures:
            return False
        return True if len(self.figures) >= 2 else None


def found(document: Document) -> LossCurves:
    """Look for them."""
    figures = [item for item in labelled_figures(document) if _is_loss(label(item))]
    if not document.captions and LOSS.search(document.text):  # then only what is drawn can tell, which a person sees
        figures = [item for item in labelled_figures(document) if not CONFUSION.search(label(item))]
    texts = [caption.text for caption in document.captions if caption.kind == "figure" and _is_loss(caption.text)]
    named = dict.fromkeys(rate for text in (*texts, *(label(item) for item in figures)) for rate in rates(text))
    shown = bool(figures) or bool(texts and (document.figures or document.images))
    several = shown and any(SEVERAL.search(text) for text in (*texts, *(label(item) for item in figures)))
    said = [sentence.text for sentence in document.sentences] + [caption.text for caption in document.captions]
    in_all = dict.fromkeys(rate for text in said for rate in rates(text))
    return LossCurves(tuple(figures), len(texts) if shown else 0, tuple(named) if shown else (), several, tuple(in_all))


def _is_loss(words: str) -> bool:
    return (
        LOSS.search(words) is not None
        and CONFUSION.search(words) is None
        and not is_of_other_data(words)
        and not (NET3_NAME.search(words) and not rates(words))
    )
