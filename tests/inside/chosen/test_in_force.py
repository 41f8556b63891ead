"""A call is built with the definitions that were in force when it was made."""

from __future__ import annotations

import json

import pytest

from grader.inside import source
from grader.inside.chosen.call_sites import calls
from grader.inside.chosen.in_force import left_out as places_left_out
from grader.inside.chosen.script_trees import tree_of

BLOCK, PLAIN = "class Block:\n    def __init__(self): self.skip = True", "class Block:\n    def __init__(self): pass"
NET = "class Net:\n    def __init__(self): self.block = Block(CH)"


def program(*statements):
    return tree_of([source.Chunk("hw5.py", "\n".join(statements))])


def notebook(*cells):
    document = {"cells": [{"cell_type": "code", "source": text, "execution_count": run} for text, run in cells]}
    return tree_of(source.chunks("hw5.ipynb", json.dumps(document).encode()))


def left_out(tree, place):
    return sorted(places_left_out(tree, place))


def test_a_class_that_is_defined_again_later_is_not_in_force_at_an_earlier_call():
    tree = program("CH = 8", BLOCK, NET, "net = Net()", PLAIN, "plain = Net()")

    assert left_out(tree, 3) == [4]
    assert left_out(tree, 5) == []


def test_values_that_networks_read_count_from_where_they_are_given():
    tree = program("CH = 8", BLOCK, NET, "net = Net()", "CH = 4", "thin = Net()", "rate = 1", "rate = 2")

    assert left_out(tree, 3) == [4]
    assert left_out(tree, 5) == []


@pytest.mark.parametrize("head", ["if ABLATION:", "for _ in range(1):", "with torch.no_grad():"])
def test_a_class_that_is_defined_again_in_a_condition_or_loop_is_not_in_force_at_an_earlier_call(head):
    again = f"{head}\n    " + PLAIN.replace("\n", "\n    ")
    tree = program("CH = 8", BLOCK, NET, "net = Net()", again, "plain = Net()")

    assert left_out(tree, 3) == [4]
    assert left_out(tree, 5) == []


def test_without_a_second_definition_nothing_is_left_out():
    assert left_out(program("CH = 8", BLOCK, NET, "net = Net()"), 3) == []


def test_a_definition_below_the_call_that_is_the_only_one_stays():
    assert left_out(program("CH = 8", BLOCK, "net = Net()", NET), 2) == []


def test_cells_count_in_their_order():
    tree = notebook(("CH = 8", None), (BLOCK, None), (NET, None), ("net = Net()", None), (PLAIN, None))

    assert left_out(tree, 3) == [4]


def test_cells_count_in_the_order_in_which_they_were_run_if_that_is_saved():
    moved = notebook(("CH = 8", 1), (PLAIN, 6), (BLOCK, 2), (NET, 3), ("net = Net()", 4))
    again = notebook(("CH = 8", 1), (BLOCK, 5), (PLAIN, 2), (NET, 3), ("net = Net()", 6))

    assert left_out(moved, 4) == [1]
    assert left_out(again, 4) == [2]


CALLS = {
    "in a function that is called early": (["def main():\n    net = Net()", "main()", "x = 1"], "net = Net()", 1),
    "in a function that another one calls": (
        ["def make():\n    return Net()", "def main():\n    make()", "x = 1", "if __name__ == '__main__':\n    main()"],
        "Net()",
        3,
    ),
    "in a function that nobody calls": (["def main():\n    net = Net()", "x = 1"], "Net()", 2),
    "at the top": (["x = 1", "net = Net()"], "Net()", 1),
}


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_in_a_function_is_made_where_that_is_called(kind):
    statements, _, place = CALLS[kind]

    (site,) = calls(program(*statements), "hw5.py", {"Net"}, {})

    assert site.place == place


VALUES = {
    "two values at the top": (["d = 8", "Net(d)", "d = 2", "Net(d)"], [[8], [2]]),
    "two values in a function": (["def main():\n    d = 8\n    Net(d)\n    d = 2\n    Net(d)", "main()"], [[8], [2]]),
    "two values in the main part": (
        ["if __name__ == '__main__':\n    d = 8\n    Net(d)\n    d = 2\n    Net(d)"],
        [[8], [2]],
    ),
}


@pytest.mark.parametrize("kind", VALUES)
def test_arguments_are_those_at_the_call(kind):
    statements, wanted = VALUES[kind]

    sites = calls(program(*statements), "hw5.py", {"Net"}, {"__builtins__": __builtins__})

    assert [site.arguments()[0] for site in sites] == wanted
