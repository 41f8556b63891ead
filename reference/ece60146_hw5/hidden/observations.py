"""What helps to grade `observations`: the numbers measured here, and what the report says of Net3."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from grader import Check, Evidence, Exhibit, Finding, MissingEvidence, Passage, Quote
from grader.checks import Document, TrainedHere, claimed_accuracies, rate_words

from .. import tasks
from ..words import ABOUT, NET3


def shows(trained: TrainedHere) -> Check:
    """The measured and the claimed accuracies, and the sentences that speak of Net3."""
    return partial(_shown, trained=trained)


def _shown(evidence: Evidence, trained: TrainedHere) -> Finding:
    details, exhibits = list(_measured(evidence, trained)), list[Exhibit]()
    try:
        document = tasks.report(evidence)
        details += _claimed(document)
        if said := _said(document):
            exhibits.append(said)
        else:
            details.append("no sentence of the report speaks of Net3 or homework 4")
    except MissingEvidence as missing:
        details.append(missing.reason)
    return Finding.ungraded("", None, details=tuple(details), exhibits=tuple(exhibits))


def _measured(evidence: Evidence, trained: TrainedHere) -> Iterator[str]:
    try:
        runs = trained.results(evidence)
    except MissingEvidence as missing:
        yield f"nothing was measured here: {missing.reason}"
        return
    for run in runs:
        rate = rate_words(run.rate)
        if run.images:
            share = f"{run.right} of {run.images} held-out images ({100 * run.accuracy:.1f} %)"
            yield f"measured here after {run.steps} steps at learning rate {rate}: {share}"
        else:
            yield f"nothing was measured here at learning rate {rate}: {run.error or run.unmeasured}"


def _claimed(document: Document) -> Iterator[str]:
    for claim in claimed_accuracies(document, ABOUT)[:8]:
        rate = f" at learning rate {rate_words(claim.rate)}" if claim.rate is not None else ""
        whose = "Net3" if claim.earlier else "its network"
        yield f"the report claims {claim.words} for {whose}{rate}, page {claim.page}"


def _said(document: Document) -> Quote | None:
    passages = tuple(Passage(one.text[:600], one.page) for one in document.sentences if NET3.search(one.text))[:8]
    title, caption = "What the report says of Net3", "Sentences that speak of Net3 or homework 4."
    return Quote("net3", title, caption, document.path, passages) if passages else None
