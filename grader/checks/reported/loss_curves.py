"""The loss curves that a report shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.checks.reported.learning_rates import learning_rates
from grader.checks.reported.subjects import ReportSubjects
from grader.documents import Caption, Document, Labelled, described_figures, labelled_figures

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


def loss_curves(document: Document, about: ReportSubjects) -> LossCurves:
    """Look for figures of the loss of the homework's own network, on its own data."""
    labels = [(item, about.label(item)) for item in labelled_figures(document)]
    figures = [item for item, label in labels if _is_loss(label, about)]
    if not document.captions and LOSS.search(document.text):  # then only what is drawn can tell, which a person sees
        figures = [item for item, label in labels if not CONFUSION.search(label)]
    told = {figure.name: figure.told for figure in described_figures(document)}
    words = [caption_words(one, told) for one in document.captions if one.kind == "figure"]
    captions = [text for text in words if _is_loss(text, about)]
    texts = [*captions, *(about.label(item) for item in figures)]
    shown = bool(figures) or bool(captions and (document.figures or document.images))
    several = shown and any(SEVERAL.search(text) for text in texts)
    said = [sentence.text for sentence in document.sentences] + [caption.text for caption in document.captions]
    return LossCurves(
        tuple(figures), len(captions) if shown else 0, _rates_in(texts) if shown else (), several, _rates_in(said)
    )


def caption_words(caption: Caption, told: Mapping[str, str]) -> str:
    """A caption's words; of a number alone what the text says of its figure."""
    return caption.text if caption.title else f"{caption.text} {told.get(f'Figure {caption.number}', '')}"


def _rates_in(texts: Iterable[str]) -> tuple[float, ...]:
    return tuple(dict.fromkeys(rate for text in texts for rate in learning_rates(text)))


def _is_loss(words: str, about: ReportSubjects) -> bool:
    return (
        LOSS.search(words) is not None
        and CONFUSION.search(words) is None
        and not about.is_of_other_data(words)
        and not (about.earlier_name.search(words) and not learning_rates(words))
    )
