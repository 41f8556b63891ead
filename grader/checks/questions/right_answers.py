"""`right_answers`: functions that answer questions against right ones; usual mistakes are tried and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from grader.catalog import Hidden
from grader.checks.power import together
from grader.checks.questions.answer_sheet import AnswerSheet
from grader.checks.questions.compared_answers import RAISED, AnsweredCall, AnsweredFunction, answered, call_words
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Exhibit, Table
from grader.finding import Finding
from grader.rubric import Block

_OTHER_THAN_FORM = tuple(
    f"{RAISED}{name}" for name in ("NameError", "ImportError", "RecursionError", "ZeroDivisionError", "TimeoutError")
)


@dataclass(frozen=True)
class FunctionQuestion:
    """One function: its right answer, usual mistakes with advice, and how to return it.

    A mistake is a function of the same arguments that gives what such students answer: if it explains every answer, its
    advice is the hint; else `hint`, or `form` where nothing that can be compared came back. A `whole` answer is an
    integer, of whatever type.
    """

    function: str
    right: Callable[..., Any]
    whole: bool = False
    mistakes: tuple[tuple[Callable[..., Any], str], ...] = ()
    hint: str | None = None
    form: str = "return one number"


def right_answers(
    sheet: AnswerSheet,
    functions: Sequence[str],
    questions: Sequence[FunctionQuestion],
    *,
    key: str = "",
    source: str = "",
    derived: Sequence[Exhibit] = (),
) -> Block:
    """The answers of `functions` of a sheet are right, for every call drawn from the secret seed; credit by function.

    `questions` has one for each of them, in order. Accepted: tuples, lists, arrays and tensors of
    several results, numbers of any type, 1e-6 relative. Caught: other values, booleans, texts, one number in place of
    several; the report says whether zeros, or one number for all calls, would have been seen. Answers on paper are left
    to a person. The report shows one call of each function (in a table called `key`), where the right values come from
    (`source`), and `derived`, such as the formulas. Students' own check tells of the form alone. Raises AssignmentError
    where questions and functions are not the same.
    """
    if not isinstance(questions, Hidden) and [part.function for part in questions] != [*functions]:
        found = ", ".join(part.function for part in questions)
        raise AssignmentError(f"right_answers: expected questions for {', '.join(functions)}, found {found}")
    return Block(
        lambda evidence: check(evidence, sheet, questions, _Shown(key, source, tuple(derived))),
        (sheet.probe,),
        sheet.data,
        {rf"def\s+{name}": 1 for name in functions},
        isinstance(questions, Hidden),
        lambda evidence: preview(evidence, sheet, functions),
    )


_Found = AnsweredFunction | MissingEvidence


@dataclass(frozen=True)
class _Shown:
    key: str
    source: str
    derived: tuple[Exhibit, ...]


def check(evidence: Evidence, sheet: AnswerSheet, questions: Sequence[FunctionQuestion], shown: _Shown) -> Finding:
    """Function by function."""
    found: list[_Found] = [_ask(evidence, sheet, question) for question in questions]
    if all(isinstance(part, MissingEvidence) for part in found):
        raise next(part for part in found if isinstance(part, MissingEvidence))
    wrong = {
        question.function: _why(question, part)
        for question, part in zip(questions, found, strict=True)
        if isinstance(part, MissingEvidence) or part.wrong
    }
    exhibits: tuple[Exhibit, ...] = (_table(questions, found, shown), *shown.derived)
    right = len(questions) - len(wrong)
    if not wrong:
        count = sum(len(part.asked) for part in found if isinstance(part, AnsweredFunction))
        power = together([part.power for part in found if isinstance(part, AnsweredFunction)])
        return Finding.passed(
            f"all {count} answers of {right} functions are right", details=(power.words,), exhibits=exhibits
        )
    first, hint = next(iter(wrong.values()))
    message = f"expected {len(questions)} right functions, found {right}; {first}"
    details = tuple(words for words, _ in list(wrong.values())[1:])
    if right:
        return Finding.partial(Fraction(right, len(questions)), message, hint, details=details, exhibits=exhibits)
    return Finding.failed(message, hint, details=details, exhibits=exhibits)


def _ask(evidence: Evidence, sheet: AnswerSheet, question: FunctionQuestion) -> _Found:
    try:
        return answered(evidence, sheet, question.function, question.right, whole=question.whole)
    except MissingEvidence as missing:
        if missing.ours:
            raise
        return missing


def _why(question: FunctionQuestion, part: _Found) -> tuple[str, str | None]:
    if isinstance(part, MissingEvidence):
        return part.reason, part.hint
    first = part.wrong[0]
    words = f"{call_words(part.function, first.arguments)}: {first.problem}"
    if len(part.asked) > 1:
        words = f"{words} ({len(part.wrong)} of {len(part.asked)} answers are wrong)"
    return words, _advice(question, part)


def _advice(question: FunctionQuestion, part: AnsweredFunction) -> str | None:
    """The usual mistake that explains every answer, if one does."""
    for mistake, advice in question.mistakes:
        if all(_explains(mistake, call) for call in part.asked):
            return advice
    if all((call.problem or "").startswith(_OTHER_THAN_FORM) for call in part.wrong):
        return None  # what was raised says it
    return question.form if all(call.found is None for call in part.wrong) else question.hint


def _explains(mistake: Callable[..., Any], call: AnsweredCall) -> bool:
    if call.found is None:
        return False
    value = mistake(*call.arguments)
    values = value if isinstance(value, tuple) else (value,)
    return all(abs(left - right) <= 1e-6 * max(1.0, abs(right)) for left, right in zip(call.found, values, strict=True))


def _table(
    questions: Sequence[FunctionQuestion], found: Sequence[AnsweredFunction | MissingEvidence], told: _Shown
) -> Table:
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
        f"{told.key}-answers",
        "Your answers",
        "One call of each function, the first wrong one if there is one, and how many of the answers are right."
        f"{' ' * bool(told.source)}{told.source}",
        ("Call", "Expected", "Yours", "Right", "Verdict"),
        tuple(rows),
        marked_rows=tuple(index for index, row in enumerate(rows) if row[-1] == "wrong"),
    )


def _shown(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def preview(evidence: Evidence, sheet: AnswerSheet, functions: Sequence[str]) -> Finding:
    """What students may know: that each function returns numbers, as many as asked."""
    problems = []
    for function in functions:
        nothing = (0.0,) * max(1, len(sheet.results[function]))
        found = answered(evidence, sheet, function, lambda *_, values=nothing: values)
        problems += [f"{function}: {call.problem}" for call in found.asked if call.found is None][:1]
    if problems:
        return Finding.failed(problems[0], details=tuple(problems[1:]))
    return Finding.passed(f"the {len(functions)} functions return numbers")
