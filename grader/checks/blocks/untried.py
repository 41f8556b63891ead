"""Cases in which a function could not be tried, as an earlier one failed in them: whether others stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from grader.checks.blocks.verdicts import CaseVerdict

UNLIKE = ", and no other input shows what this one does"


def stood_for(cases: Mapping[str, CaseVerdict], kinds: Mapping[str, str], *, doubt: bool) -> list[CaseVerdict]:
    """The cases that count. One that is untried is left out where one of the same of `kinds` was tried; no other stands
    for it where it has no kind. It costs what a wrong one does, unless that is in `doubt` and a person's.

    All of them count where the function was tried in none, or was right in none.
    """
    tried = {place: case for place, case in cases.items() if not case.untried}
    if len(tried) == len(cases) or not any(case.credit for case in tried.values()):
        return list(cases.values())
    there = {kinds[place] for place in tried if place in kinds}
    out = [place for place, case in cases.items() if case.untried and kinds.get(place) in there]
    notes = tuple(f"{cases[place].words}: {cases[place].said}" for place in out)
    counted = [_unlike(case, doubt) if case.untried else case for place, case in cases.items() if place not in out]
    return [replace(counted[0], notes=(*counted[0].notes, *notes)), *counted[1:]]


def _unlike(case: CaseVerdict, doubt: bool) -> CaseVerdict:
    return replace(case, problems=tuple(f"{problem}{UNLIKE}" for problem in case.problems), doubt=doubt)
