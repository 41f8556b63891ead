"""`same_as_reference` where results are words and lists of them: as long as the reference's, and no longer."""

from __future__ import annotations

import pytest
from asking import found

from grader.checks import normal, same_as_reference
from grader.finding import Outcome

WORDS = ["root", "cat", "sat", "here"]


def first(words, n):
    return words[:n]


def one_more(words, n):
    return words[: n + 1]


def one_less(words, n):
    return words[: n - 1] if n else []


def as_tuple(words, n):
    return tuple(words[place] for place in range(n))


FIRST = same_as_reference(
    "first(words, n) -> kept", reference={"first": first}, cases=[{"words": WORDS, "n": n} for n in (2, 3, 1)]
)
EMPTY_TOO = same_as_reference(
    "first(words, n) -> kept", reference={"first": first}, cases=[{"words": WORDS, "n": n} for n in (0, 2)]
)


@pytest.mark.parametrize("right", [first, as_tuple])
@pytest.mark.parametrize("block", [FIRST, EMPTY_TOO])
def test_as_many_words_as_the_reference_pass(block, right):
    assert found(block, first=right).outcome is Outcome.PASSED


def test_a_word_too_much_is_wrong_in_every_case():
    verdict = found(FIRST, first=one_more)
    assert verdict.outcome is Outcome.FAILED
    assert "kept[2] is there, which the reference does not give" in verdict.message


def test_a_word_that_is_missing_is_told_as_nothing():
    assert "kept[1]: expected 'cat', found nothing" in found(FIRST, first=one_less).message


def test_words_in_place_of_an_empty_list_are_named():
    verdict = found(EMPTY_TOO, first=one_more)
    assert verdict.outcome is Outcome.FAILED
    assert "kept holds 'root', expected nothing in it" in verdict.message
    assert "kept[0]" not in verdict.message


def test_a_list_that_is_empty_in_every_case_shows_nothing_unless_it_is_named():
    cases = [{"words": WORDS, "n": 0}]
    block = same_as_reference("first(words, n) -> kept", reference={"first": first}, cases=cases)
    verdict = found(block, first=first)
    assert verdict.outcome is Outcome.UNGRADED
    assert "kept of first (nothing in it)" in verdict.message
    named = same_as_reference("first(words, n) -> kept", reference={"first": first}, cases=cases, constant=("kept",))
    assert found(named, first=first).outcome is Outcome.PASSED
    assert found(named, first=one_more).outcome is Outcome.FAILED


def entries(words, n):
    return {"kept": words[:n], "size": n}


def entries_with_more(words, n):
    return {"kept": words[:n], "size": n, "left": words[n:]}


def entries_with_longer_list(words, n):
    return {"kept": words[: n + 1], "size": n}


ENTRIES = same_as_reference(
    "entries(words, n) -> found", reference={"entries": entries}, cases=[{"words": WORDS, "n": n} for n in (2, 3)]
)


def test_entries_with_names_of_their_own_may_be_more():
    assert found(ENTRIES, entries=entries_with_more).outcome is Outcome.PASSED


def test_a_longer_list_in_an_entry_is_seen():
    verdict = found(ENTRIES, entries=entries_with_longer_list)
    assert verdict.outcome is Outcome.FAILED
    assert "found['kept'][2] is there" in verdict.message


class Stack:
    def __init__(self, words):
        self.words = list(words)

    def pop(self):
        self.words.pop()


class Keeps(Stack):
    """It leaves the word where it is."""

    def pop(self):
        return self.words


POPPED = same_as_reference(
    "Stack(words) -> stack",
    "stack.pop()",
    "stack.words -> left",
    reference={"Stack": Stack},
    cases=[{"words": WORDS[:n]} for n in (2, 4)],
)


def test_a_word_that_stays_on_the_stack_is_seen():
    assert found(POPPED["stack.pop", "stack.words"], Stack=Stack).outcome is Outcome.PASSED
    assert found(POPPED["stack.pop", "stack.words"], Stack=Keeps).outcome is Outcome.FAILED


class RaisesAfterwards(Stack):
    """It does what is asked, and then stumbles."""

    def pop(self):
        super().pop()
        if len(self.words) > 2:
            raise TypeError("list.append() takes exactly one argument (2 given)")


def test_what_raises_costs_its_case_though_its_effect_is_right():
    verdict = found(POPPED["stack.pop", "stack.words"], Stack=RaisesAfterwards)
    assert verdict.outcome is Outcome.PARTIAL
    assert "stack.pop raised TypeError" in verdict.message
    assert found(POPPED, Stack=RaisesAfterwards).outcome is Outcome.PARTIAL
    assert found(POPPED["stack.words"], Stack=RaisesAfterwards).outcome is Outcome.PASSED


def test_what_is_not_there_is_named_as_the_reason():
    block = same_as_reference(
        "[*words] -> given",
        "Stack(given) -> stack",
        "stack.pop()",
        "[stack.words, stack.words] -> left",
        "[*given] -> kept",
        reference={"Stack": Stack},
        cases=[{"words": WORDS[:n]} for n in (2, 4)],
    )
    without = found(block["[stack.words, stack.words]"], other=Stack)
    assert without.outcome is Outcome.FAILED
    assert "no earlier function gave stack (Stack is not defined)" in without.message
    alone, named = block["[*given]"], block["Stack", "[*given]"]
    assert found(named, other=Stack).outcome is Outcome.FAILED
    assert found(named, Stack=Stack).outcome is Outcome.PASSED
    assert found(alone, Stack=Stack).outcome is Outcome.PASSED


def test_a_function_that_an_expression_calls_and_nobody_defines_is_named():
    block = same_as_reference(
        "[*sorted(first(words, n))] -> kept",
        reference={"first": first},
        cases=[{"words": WORDS, "n": n} for n in (2, 3)],
    )
    assert found(block, first=first).outcome is Outcome.PASSED
    finding = found(block, other=first)
    assert finding.outcome is Outcome.FAILED
    assert finding.message == "expected first, found no such definition"

    def undefined(words, n):
        return others(words)[:n]  # noqa: F821 - a slip of the student's

    assert "raised NameError: name 'others' is not defined" in found(block, first=undefined).message


def test_a_function_for_its_effect_may_return_words():
    def reverse(words):
        words.reverse()

    def reverse_and_say(words):
        words.reverse()
        return words

    block = same_as_reference(
        "reverse(words)", "[*words] -> after", reference={"reverse": reverse}, cases=[{"words": WORDS}]
    )
    assert found(block["reverse", "[*words]"], reverse=reverse_and_say).outcome is Outcome.PASSED


def test_arrays_in_a_list_are_still_counted():
    block = same_as_reference(
        "rows(x) -> found",
        reference={"rows": lambda x: [x[0], x[1:]]},
        cases=[{"x": normal(3, 2)}],
    )
    assert found(block, rows=lambda x: [x[0], x[1:], x]).outcome is Outcome.FAILED
