"""Functions and objects that a step hands over to student code: what calls them by other names is a person's."""

from __future__ import annotations

import pytest
from asking import found

from grader.checks import normal, same_as_reference
from grader.finding import Outcome


def total(words, loss):
    return sum(loss(word, 2.0) for word in words)


def total_by_name(words, loss):
    return sum(loss(word=word, weight=2.0) for word in words)


def total_by_other_name(words, loss):
    return sum(loss(token=word, weight=2.0) for word in words)


def total_of_three(words, loss):
    return sum(loss(word, 2.0, 3.0) for word in words)


def with_own(words, loss):
    def scaled(word):
        return loss(word, 2.0)

    return sum(scaled(token=word) for word in words)


def asked(step, outputs="loss"):
    return same_as_reference(
        f"{step} -> {outputs}",
        "total(words, loss) -> out",
        reference={"total": total},
        cases=[{"words": [1.5, 2.5, 4.0]}, {"words": [3.5]}],
    )


NAMED = asked("lambda word, weight: word * weight + 1")
SHORT = asked("lambda w, k: w * k + 1")


@pytest.mark.parametrize(("block", "right"), [(NAMED, total), (NAMED, total_by_name), (SHORT, total)])
def test_what_calls_it_in_order_or_by_the_names_of_the_handout_passes(block, right):
    assert found(block, total=right).outcome is Outcome.PASSED


@pytest.mark.parametrize(("block", "odd"), [(SHORT, total_by_name), (NAMED, total_by_other_name)])
def test_whether_a_name_is_the_handouts_is_for_a_person_to_say(block, odd):
    finding = found(block, total=odd)
    assert finding.outcome is Outcome.UNGRADED
    assert "got an unexpected keyword argument" in finding.message
    assert "a function that the assignment hands over does not know this argument" in (finding.hint or "")


@pytest.mark.parametrize("wrong", [total_of_three, with_own])
def test_other_calls_are_wrong(wrong):
    assert found(SHORT, total=wrong).outcome is Outcome.FAILED


unrelated = lambda x: x + 1  # noqa: E731 - a function of the student's that has no name of its own either


def test_functions_without_a_name_of_the_students_own_are_told_apart():
    finding = found(SHORT, total=total_by_name, unrelated=unrelated)
    assert finding.outcome is Outcome.UNGRADED
    wrong = found(SHORT, total=lambda words, loss: unrelated(y=words[0]), unrelated=unrelated)
    assert wrong.outcome is Outcome.FAILED


def sampled(data, count):
    return [data.draw() for _ in range(count)]


def drawn_once(data, count):
    return [data.draw()] * count


@pytest.mark.parametrize(
    "made",
    [
        ["types.SimpleNamespace(draw=iter(x.tolist()).__next__) -> data"],
        ["types.SimpleNamespace() -> data", "data.draw = iter(x.tolist()).__next__"],
    ],
)
def test_an_object_with_methods_is_handed_over(made):
    block = same_as_reference(
        *made,
        "sampled(data, count) -> out",
        reference={"sampled": sampled},
        cases=[{"x": normal(9), "count": 4}],
    )
    assert found(block["sampled"], sampled=sampled).outcome is Outcome.PASSED
    assert found(block["sampled"], sampled=drawn_once).outcome is Outcome.FAILED


def kinds(types):
    return [kind.upper() for kind in types]


def test_an_input_may_be_called_like_a_library():
    block = same_as_reference(
        "[*types, 'c'] -> more",
        "kinds(more) -> out",
        reference={"kinds": kinds},
        cases=[{"types": ["a", "b"]}, {"types": ["d"]}],
    )
    assert found(block["kinds"], kinds=kinds).outcome is Outcome.PASSED
