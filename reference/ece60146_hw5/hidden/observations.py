"""What helps to grade `observations`: the numbers measured here, and what the report says of Net3."""

from __future__ import annotations

from grader import Evidence, Finding, MissingEvidence, Passage, Quote

from ..claims import NET3, accuracies, rate_words
from ..papers import report
from ..results import results


def shows(evidence: Evidence) -> Finding:
    """The measured and the claimed accuracies, and the sentences that speak of Net3."""
    details, exhibits = [], []
    try:
        details += [
            f"measured here after {run.steps} steps at learning rate {rate_words(run.rate)}: {run.right} of "
            f"{run.images} held-out images ({100 * run.accuracy:.1f} %)"
            if run.images
            else f"nothing was measured here at learning rate {rate_words(run.rate)}: {run.error or run.unmeasured}"
            for run in results(evidence)
        ]
    except MissingEvidence as missing:
        details.append(f"nothing was measured here: {missing.reason}")
    try:
        document = report(evidence)
        for claim in accuracies(document)[:8]:
            rate = f" at learning rate {rate_words(claim.rate)}" if claim.rate is not None else ""
            details.append(
                f"the report claims {claim.words} for {'Net3' if claim.net3 else 'its network'}{rate}, "
                f"page {claim.page}"
            )
        passages = tuple(Passage(one.text[:600], one.page) for one in document.sentences if NET3.search(one.text))[:8]
        if passages:
            exhibits.append(
                Quote(
                    "net3",
                    "What the report says of Net3",
                    "Sentences that speak of Net3 or homework 4.",
                    document.path,
                    passages,
                )
            )
        else:
            details.append("no sentence of the report speaks of Net3 or homework 4")
    except MissingEvidence as missing:
        details.append(missing.reason)
    return Finding.ungraded("", None, details=tuple(details), exhibits=tuple(exhibits))
