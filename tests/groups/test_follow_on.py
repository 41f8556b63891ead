"""A mistake that is carried on into what uses it is decided once."""

from __future__ import annotations

from class_of_wrong_work import failed, partial, script, student

from grader.groups import groups_of

BLOCK = "def attend(q):\n    return q\n\nclass Block:\n    def forward(self, x):\n        return attend(x)\n"
OUT = "{} differs from the reference: out differs in 4 of 4 numbers, most at [0]: found {}, expected 1"


def criteria(stored, text=None):
    files = {one.folder: script(text) for one in stored} if text else None
    return sorted(group.criteria for group in groups_of(stored, files))


def test_what_uses_a_wrong_definition_is_decided_with_it():
    ada = student("ada", attend=failed(OUT.format("attend", 3)), block=partial(OUT.format("Block", 7)))

    assert criteria([ada], BLOCK) == [("attend", "block")]


def test_without_the_code_nobody_knows_what_uses_what():
    ada = student("ada", attend=failed(OUT.format("attend", 3)), block=partial(OUT.format("Block", 7)))

    assert criteria([ada]) == [("attend",), ("block",)]


def test_definitions_that_do_not_use_each_other_are_decided_apart():
    apart = "def attend(q):\n    return q\n\ndef block(x):\n    return x\n"
    ada = student("ada", attend=failed(OUT.format("attend", 3)), block=failed(OUT.format("block", 7)))

    assert criteria([ada], apart) == [("attend",), ("block",)]


def test_the_same_words_about_two_definitions_are_one_reason():
    missing = "expected {}, found no such definition"
    ada = student("ada", mlp=failed(missing.format("get_mlp")), cnn=failed(missing.format("get_cnn")))

    assert criteria([ada]) == [("mlp", "cnn")]


def test_the_same_words_with_other_things_found_are_two():
    ada = student("ada", mlp=failed("mlp_net: found 3 layers"), cnn=failed("cnn_net: found 3 layers"))

    assert criteria([ada]) == [("cnn",), ("mlp",)]


def test_a_function_that_was_not_tried_waits_for_the_one_before_it():
    waits = failed("back differs on 1 of 3 hidden inputs: back was not tried: no earlier function gave cache")
    ada = student("ada", fore=failed("fore raised ValueError"), back=waits)

    assert criteria([ada]) == [("fore", "back")]


def test_students_of_one_group_stay_together_only_where_all_of_them_lost_the_same():
    both = {"attend": failed(OUT.format("attend", 3)), "block": failed(OUT.format("Block", 7))}
    ada, bob = student("ada", **both), student("bob", **both)
    eve = student("eve", block=failed(OUT.format("Block", 8)))

    assert criteria([ada, bob], BLOCK) == [("attend", "block")]
    assert criteria([ada, bob, eve], BLOCK) == [("attend",), ("block",)]
