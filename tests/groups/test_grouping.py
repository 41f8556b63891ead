"""Who lost points for the same reason is together, and who did not is not."""

from __future__ import annotations

import pytest
from class_of_wrong_work import answered, by_hand, failed, partial, script, student

from grader.finding import Finding
from grader.groups import groups_of
from grader.groups.grouping import SAME_CODE, SAME_KIND, SAME_NUMBERS, SAME_TEXT, SAME_WORDS

DIFFERS = "net differs from the reference on 3 of 3 hidden inputs: out differs in 20 of 20 numbers, most at [{}, 2]: "
FOUND = DIFFERS + "found {}, expected {}"


def together(*stored, files=None):
    """The students of each group, by their names, largest group first."""
    return [sorted({member.student for member in group.members}) for group in groups_of(stored, files)]


def test_the_same_message_is_one_group():
    [group] = groups_of([student(name, size=failed("expected 2 layers, found 1")) for name in ("ada", "bob", "eve")])

    assert [member.student for member in group.members] == ["ada", "bob", "eve"]
    assert (group.why, group.criteria, group.size) == (SAME_WORDS, ("size",), 3)


def test_numbers_that_differ_by_rounding_are_one_mistake():
    ada = student("ada", net=failed(FOUND.format(0, "-1.6849", "-0.96506")))
    bob = student("bob", net=failed(FOUND.format(0, "-1.6851", "-0.96507")))

    [group] = groups_of([ada, bob])

    assert (len(group.parts), group.why) == (1, SAME_NUMBERS)


def test_other_numbers_are_another_mistake_of_the_same_kind():
    ada = student("ada", net=failed(FOUND.format(0, "-1.6849", "-0.96506")))
    bob = student("bob", net=failed(FOUND.format(1, "7.25", "-0.96506"), hint="is a factor missing?"))

    [group] = groups_of([ada, bob])

    assert (len(group.parts), group.why) == (2, SAME_KIND)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (failed("net raised ValueError: shapes do not match"), failed("net raised KeyError: 'w'")),
        (failed("out holds 3 numbers that are NaN, of 9"), failed("out differs in 3 numbers, of 9")),
        (failed("net differs", "mask None: out differs"), failed("net differs", "mask 5 × 5: out differs")),
        (failed("expected 2 layers, found 1"), partial("expected 2 layers, found 1")),
        (Finding.not_attempted("net"), failed("net returns None")),
    ],
    ids=["error", "shape of the deviation", "inputs", "points", "not attempted"],
)
def test_another_kind_of_failure_is_another_group(one, other):
    assert together(student("ada", net=one), student("bob", net=other)) in ([["ada"], ["bob"]], [["bob"], ["ada"]])


def test_names_of_files_and_lines_make_no_difference():
    ada = student("ada", run=failed("hw5.py, line 12, NameError: name 'np' is not defined"))
    bob = student("bob", run=failed("bob_final.ipynb, cell 3, line 7, NameError: name 'np' is not defined"))

    assert together(ada, bob) == [["ada", "bob"]]


def test_the_same_code_under_other_names_is_one_mistake_though_its_results_are_random():
    stored = [student(name, acc=failed(f"expected 80 %, found {acc} %")) for name, acc in (("ada", 31), ("bob", 12))]
    files = {
        "ada": script(
            "def train(net, data):\n    # mine\n    for x, y in data:\n        net.step(x, y)\n    return net\n"
        ),
        "bob": script("def train(m, d):\n    for a, b in d:\n        m.step(a,  b)\n    return m\n"),
    }

    assert [len(group.parts) for group in groups_of(stored)] == [2]
    [group] = groups_of(stored, files)
    assert (len(group.parts), group.why) == (1, SAME_CODE)


def test_answers_that_use_nearly_the_same_words_are_together():
    ada = student("ada", manual=True, why=answered("Batch normalization keeps the activations in a stable range."))
    bob = student("bob", manual=True, why=answered("Batch normalization keeps activations in a stable range"))
    eve = student("eve", manual=True, why=answered("We trained for ten epochs and the loss went down a lot."))

    groups = groups_of([ada, bob, eve])

    assert [[member.student for member in group.members] for group in groups] == [["ada", "bob"], ["eve"]]
    assert groups[0].why == SAME_TEXT


def test_what_a_person_grades_is_not_together_because_nothing_is_said_of_it_yet():
    assert together(*(student(name, manual=True, why=answered()) for name in ("ada", "bob"))) == [["ada"], ["bob"]]


def test_what_the_grader_could_not_judge_is_grouped_by_what_it_says():
    stored = [student(name, net=Finding.ungraded("the report is a scan")) for name in ("ada", "bob")]

    assert together(*stored) == [["ada", "bob"]]


def test_full_points_and_what_a_person_marked_are_in_no_group():
    wrong = failed("expected 1, found 2")

    assert not groups_of([student("ada", net=Finding.passed("fine")), by_hand(student("bob", net=wrong))])


def test_an_id_is_another_one_as_soon_as_a_member_or_a_mark_is():
    stored = [student(name, net=failed("expected 1, found 2")) for name in ("ada", "bob")]
    [group] = groups_of(stored)

    assert groups_of(stored[::-1])[0].id == group.id
    assert groups_of(stored[:1])[0].id != group.id


def test_the_group_that_settles_most_marks_comes_first():
    wrong = failed("expected 1, found 2")
    stored = [student("ada", net=wrong, size=failed("a")), student("bob", net=wrong)]

    assert [group.criteria for group in groups_of(stored)] == [("net",), ("size",)]
