"""What a criterion says of networks that were judged layer by layer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.checks.layerwise.judged_network import JudgedNetwork
from grader.checks.layerwise.layer_differences import causes, differences, exhibits
from grader.checks.power import Power
from grader.checks.power import together as powers_together
from grader.evidence import MissingEvidence
from grader.finding import Finding, Hints, advice_on

_PLACE = re.compile(r"(?<=missing)( on the skip path)? after .*|(?<=asked for)( on the skip path)?, after .*")
_PLACE_OF_ANOTHER = re.compile(r" after .*(?=, found )")


def power_shown(found: Sequence[JudgedNetwork]) -> Power:
    """Power of the comparisons that all agree. Raises MissingEvidence where wrong outputs would agree as well."""
    shown = powers_together([judged.power for judged in found])
    if not shown.enough():
        raise MissingEvidence(f"the hidden inputs of this batch show too little: {shown.words}", ours=True)
    return shown


def wrong_network(wrong: Sequence[JudgedNetwork], count: int, key: str, hints: Hints) -> Finding:
    """Of `count` networks these are `wrong`: the one with the fewest differences explained, the others named.

    `key` begins the keys of its exhibits.
    """
    first = min(wrong, key=lambda judged: len(differences(judged.rows)) or 99)
    said = causes(first)
    others = {judged.what: causes(judged)[0].removeprefix(f"{judged.what} ") for judged in wrong}
    return Finding.failed(
        f"expected what the reference computes, found {len(wrong)} of {count} networks that differ; "
        f"{first.what}: {others.pop(first.what)}",
        advice_on([_without_place(problem) for problem in said], hints),
        details=(*said[1:], *(f"{what}: {cause}" for what, cause in others.items())),
        exhibits=exhibits(first, key),
    )


def _without_place(problem: str) -> str:
    """A difference without the layer that stands before it, which is right: no hint is to be about that one."""
    return _PLACE_OF_ANOTHER.sub("", _PLACE.sub(lambda found: found[1] or found[2] or "", problem))
