"""Criteria `optimizer_state` and `receptive_field`: answers against closed forms that brute force confirms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from grader import Evidence, Exhibit, Finding, MissingEvidence, Table
from grader.checks import powers_together

from ..theory_answers import Answered, Asked, answered, call_words
from . import derivations
from .theory_questions import OPTIMIZER_STATE, RECEPTIVE_FIELD, Question


def check_optimizer_state(evidence: Evidence) -> Finding:
    """Values stored for each parameter, and both optimizers under a constant gradient."""
    return _check(evidence, OPTIMIZER_STATE, derivations.optimizers(), "optimizers")


def check_receptive_field(evidence: Evidence) -> Finding:
    """Output width, smallest input width, receptive field."""
    return _check(evidence, RECEPTIVE_FIELD, derivations.widths(), "widths")


def _check(evidence: Evidence, questions: Sequence[Question], derived: tuple[Exhibit, ...], key: str) -> Finding:
    found: list[Answered | MissingEvidence] = [_ask(evidence, question) for question in questions]
    if all(isinstance(part, MissingEvidence) for part in found):
        raise next(part for part in found if isinstance(part, MissingEvidence))
    wrong = {
        question.function: _why(question, part)
        for question, part in zip(questions, found, strict=True)
        if isinstance(part, MissingEvidence) or part.wrong
    }
    exhibits: tuple[Exhibit, ...] = (_table(questions, found, key), *derived)
    right = len(questions) - len(wrong)
    if not wrong:
        count = sum(len(part.asked) for part in found if isinstance(part, Answered))
        shown = powers_together([part.power for part in found if isinstance(part, Answered)])
        return Finding.passed(
            f"all {count} answers of {right} functions are right", details=(shown.words,), exhibits=exhibits
        )
    first, hint = next(iter(wrong.values()))
    message = f"expected {len(questions)} right functions, found {right}; {first}"
    details = tuple(words for words, _ in list(wrong.values())[1:])
    if right:
        return Finding.partial(Fraction(right, len(questions)), message, hint, details=details, exhibits=exhibits)
    return Finding.failed(message, hint, details=details, exhibits=exhibits)


def _ask(evidence: Evidence, question: Question) -> Answered | MissingEvidence:
    try:
        return answered(evidence, question.function, question.right, names=question.names, whole=question.whole)
    except MissingEvidence as missing:
        if missing.ours:
            raise
        return missing


def _why(question: Question, part: Answered | MissingEvidence) -> tuple[str, str | None]:
    if isinstance(part, MissingEvidence):
        return part.reason, part.hint
    first = part.wrong[0]
    words = f"{call_words(part.function, first.arguments)}: {first.problem}"
    if len(part.asked) > 1:
        words = f"{words} ({len(part.wrong)} of {len(part.asked)} answers are wrong)"
    return words, _advice(question, part)


def _advice(question: Question, part: Answered) -> str | None:
    """The usual mistake that explains every answer, if one does."""
    for mistake, advice in question.mistakes:
        if all(_explains(mistake, call) for call in part.asked):
            return advice
    return question.form if all(call.found is None for call in part.wrong) else question.hint


def _explains(mistake: Callable[..., Any], call: Asked) -> bool:
    if call.found is None:
        return False
    value = mistake(*call.arguments)
    values = value if isinstance(value, tuple) else (value,)
    return all(abs(left - right) <= 1e-6 * max(1.0, abs(right)) for left, right in zip(call.found, values, strict=True))


def _table(questions: Sequence[Question], found: Sequence[Answered | MissingEvidence], key: str) -> Table:
    rows = []
    for question, part in zip(questions, found, strict=True):
        if isinstance(part, MissingEvidence):
            rows.append((question.function, "–", part.reason, "–", "wrong"))
            continue
        shown = (part.wrong or list(part.asked))[-1 if not part.wrong else 0]
        rows.append(
            (
                call_words(part.function, shown.arguments),
                _shown(shown.wanted),
                _shown(shown.found) if shown.found is not None else shown.problem or "–",
                f"{len(part.asked) - len(part.wrong)}/{len(part.asked)}",
                "wrong" if part.wrong else "right",
            )
        )
    return Table(
        f"{key}-answers",
        "Your answers",
        "One call of each function, the first wrong one if there is one, and how many of the answers are right. The "
        "right values come from taking the steps, and from PyTorch's own convolutions.",
        ("Call", "Expected", "Yours", "Right", "Verdict"),
        tuple(rows),
        marked_rows=tuple(index for index, row in enumerate(rows) if row[-1] == "wrong"),
    )


def _shown(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)
