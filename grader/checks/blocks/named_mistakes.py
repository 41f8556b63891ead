"""Wrong versions of the reference, with words that name each mistake: what wrong results look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.comparing import allowance, difference
from grader.checks.blocks.signatures import Signature
from grader.checks.blocks.verdicts import CaseVerdict
from grader.errors import AssignmentError
from grader.sandbox.protocol import Array

Wrong = Callable[..., Any] | Mapping[str, Any]
Mistakes = Mapping[str, Wrong]
Versions = Mapping[str, Mapping[str, Array]]  # results by words


def replaced(mistakes: Mistakes, steps: Iterable[Signature]) -> dict[str, dict[str, Any]]:
    """What each wrong version defines in the reference's place, by its words. Raises AssignmentError.

    A function stands for the only one that is asked for, or for the one of its own name; expressions ask for what they
    call. What is hidden, as on students' machines, is left out.
    """
    if isinstance(mistakes, Hidden):
        return {}
    steps = list(steps)
    made = {name for step in steps for name in step.outputs}
    names = [name for step in steps for name in sorted(step.called - made)]
    there = {words: wrong for words, wrong in mistakes.items() if not isinstance(wrong, Hidden)}
    return {words: _defined(words, wrong, list(dict.fromkeys(names))) for words, wrong in there.items()}


def _defined(words: str, wrong: Wrong, names: list[str]) -> dict[str, Any]:
    if isinstance(wrong, Mapping):
        found = dict(wrong)
    else:
        found = {names[0] if len(names) == 1 else getattr(wrong, "__name__", ""): wrong}
    if odd := [name for name in found if name not in names]:
        wanted = f"expected wrong versions of {', '.join(names) or 'a function that is asked for'} by name"
        raise AssignmentError(f"mistakes: {words!r}: {wanted}, found {', '.join(odd) or 'one'}")
    return found


def explained(cases: Sequence[tuple[Mapping[str, Array], Versions]]) -> str | None:
    """The words of the wrong version that gives a student's results in every case; None if none does.

    Of each case there are the student's results, and those of all versions.
    """
    first = cases[0][1] if cases else {}
    return next((words for words in first if all(_same(own, versions[words]) for own, versions in cases)), None)


def named(verdict: CaseVerdict, words: str) -> CaseVerdict:
    """The verdict on wrong results, with the words of the version that gives the same."""
    first, *others = verdict.problems
    said = f"{first}; these are the results of a version that {words}"
    return replace(verdict, problems=(said, *others), doubt=False)


def unseen(rights: Iterable[tuple[Mapping[str, Array], Versions]]) -> list[str]:
    """The words of versions that give the right results in every case: these inputs do not show the mistake."""
    shown: dict[str, bool] = {}
    for right, versions in rights:
        for words, wrong in versions.items():
            shown[words] = shown.get(words, False) or not _same(wrong, right)
    return [words for words, is_shown in shown.items() if not is_shown]


def _same(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> bool:
    compared = [name for name in wanted if wanted[name].dtype.kind in "fiub"]
    return bool(compared) and all(
        name in found and difference(name, found[name], wanted[name], _allowed(wanted[name])) is None
        for name in compared
    )


def _allowed(array: Array) -> Array:
    """Without the reference's own moves: ten times its roundings."""
    return np.asarray(10 * allowance(array, [], "float32" if array.dtype == np.float32 else "float64"))
