"""Criteria `optimizer_state` and `receptive_field`: answers against closed forms that brute force confirms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from grader import Evidence, Exhibit, Finding, MissingEvidence, Table
from grader.checks import powers_together

from ..theory_answers import RESULTS, Answered, Asked, answered, call_words
from . import derivations, theory

SGDM, ADAM = RESULTS["sgdm_constant_gradient"], RESULTS["adam_constant_gradient"]


@dataclass(frozen=True)
class Question:
    """One function: its right answer, the names of what it returns, and usual mistakes with advice."""

    function: str
    right: Callable[..., Any]
    names: tuple[str, ...] = ()
    whole: bool = False
    mistakes: tuple[tuple[Callable[..., Any], str], ...] = ()
    hint: str | None = None


def _negative(values: tuple[float, ...]) -> tuple[float, ...]:
    return (-values[0], *values[1:])


def _padded(kernels: Sequence[int], paddings: Sequence[int], strides: Sequence[int]) -> int:
    field = 1
    for kernel, padding, stride in zip(reversed(kernels), reversed(paddings), reversed(strides), strict=True):
        field = (field - 1) * stride + kernel - 2 * padding
    return field


def _with_own_stride(kernels: Sequence[int], strides: Sequence[int]) -> int:
    field, jump = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        jump *= stride
        field += (kernel - 1) * jump
    return field


OPTIMIZER_STATE = (
    Question(
        "adam_values_per_parameter",
        theory.adam_values_per_parameter,
        whole=True,
        hint="count what is stored for each parameter from one step to the next: m and v; t is shared",
    ),
    Question(
        "sgdm_values_per_parameter",
        theory.sgdm_values_per_parameter,
        whole=True,
        hint="count what is stored for each parameter from one step to the next: m",
    ),
    Question(
        "sgdm_constant_gradient",
        theory.simulated_sgdm,
        SGDM,
        mistakes=(
            (lambda c, t, eta, beta: theory.simulated_sgdm(c, t - 1, eta, beta), "this is the state after t − 1 steps"),
            (lambda c, t, eta, beta: theory.simulated_sgdm(c, t + 1, eta, beta), "this is the state after t + 1 steps"),
            (
                lambda c, t, eta, beta: _negative(theory.simulated_sgdm(c, t, eta, beta)),
                "w moves against the gradient: its sign is negative",
            ),
            (
                lambda c, t, eta, beta: theory.simulated_sgdm(c * (1 - beta), t, eta, beta),
                "the handout's SGDM adds the whole gradient: m ← β m + ∇L, without a factor 1 − β",
            ),
            (
                lambda c, t, eta, beta: (
                    -eta * t * theory.simulated_sgdm(c, t, eta, beta)[1],
                    theory.simulated_sgdm(c, t, eta, beta)[1],
                ),
                "w is the sum over all steps of −η m, and m grows from step to step",
            ),
            (
                lambda c, t, eta, beta: (
                    -eta * theory.simulated_sgdm(c, t, eta, beta)[1],
                    theory.simulated_sgdm(c, t, eta, beta)[1],
                ),
                "this is the last step alone: w is the sum of all steps",
            ),
        ),
    ),
    Question(
        "adam_constant_gradient",
        theory.simulated_adam,
        ADAM,
        mistakes=(
            (
                lambda c, t, eta, b1, b2: theory.simulated_adam(c, t + 1, eta, b1, b2),
                "this is the state after t + 1 steps",
            ),
            (
                lambda c, t, eta, b1, b2: (-eta * t * c, *theory.simulated_adam(c, t, eta, b1, b2)[1:]),
                "each step is η m̂ / √v̂ = η: w does not depend on c",
            ),
            (
                lambda c, t, eta, b1, b2: _negative(theory.simulated_adam(c, t, eta, b1, b2)),
                "w moves against the gradient: its sign is negative",
            ),
            (
                lambda c, t, eta, b1, b2: (-eta, *theory.simulated_adam(c, t, eta, b1, b2)[1:]),
                "this is the last step alone: w is the sum of t steps",
            ),
        ),
    ),
)

RECEPTIVE_FIELD = (
    Question(
        "conv1d_output_width",
        theory.measured_output_width,
        whole=True,
        mistakes=(
            (lambda w, k, p, s: -((w + 2 * p - k) // -s) + 1, "round down: a window that does not fit is left out"),
            (lambda w, k, p, s: (w + 2 * p - k) / s + 1, "round down: // divides whole numbers"),
            (lambda w, k, p, s: (w + p - k) // s + 1, "padding is added on both sides: 2P"),
            (lambda w, k, p, s: (w + 2 * p - k) // s, "the first window counts too: + 1"),
            (lambda w, k, p, s: (w + 2 * p - k + 1) // s, "add 1 behind the division, not before it"),
            (lambda w, k, p, s: round((w + 2 * p - k) / s) + 1, "round down: a window that does not fit is left out"),
        ),
    ),
    Question(
        "conv1d_min_input_width",
        theory.searched_input_width,
        whole=True,
        mistakes=(
            (lambda w, k, p, s: w * s + k - 2 * p, "W_out windows have W_out − 1 gaps between them"),
            (lambda w, k, p, s: (w - 1) * s + k - p, "padding is added on both sides: 2P"),
            (lambda w, k, p, s: (w - 1) * s + k, "padding covers a part of the windows: subtract 2P"),
            (lambda w, k, p, s: (w - 1) * s + k - 2 * p + s - 1, "this is the largest input with that output"),
            (lambda w, k, p, s: (w - 1) * s + k + 2 * p, "padding makes the input that is needed smaller: − 2P"),
        ),
    ),
    Question(
        "receptive_field",
        theory.measured_receptive_field,
        whole=True,
        mistakes=(
            (lambda k, p, s: theory.receptive_field(k[::-1], p[::-1], s[::-1]), "go backwards from the last layer"),
            (_padded, "padding does not change the receptive field"),
            (lambda k, p, s: 1 + sum(kernel - 1 for kernel in k), "strides widen the field of the layers behind them"),
            (
                lambda k, p, s: _with_own_stride(k, s),
                "a layer's own stride acts on the layers behind it, not on itself",
            ),
        ),
    ),
)


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
    return question.hint


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
