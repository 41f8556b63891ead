"""The network that a training script would make is found without running the script."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from grader.inside.chosen.call_sites import calls

CALLS = {
    "at the top": ("net = Net(depth=8)", {"depth": 8}),
    "in a main guard": ("if __name__ == '__main__':\n    net = Net(depth=2 * 4)", {"depth": 8}),
    "a constant of the script": ("D = 8\nnet = Net(depth=D)", {"depth": 8}),
    "a constant of a function": ("def main():\n    d = 8\n    net = Net(depth=d)\n", {"depth": 8}),
    "a default of a function": ("def main(d=8):\n    return Net(depth=d)\n", {"depth": 8}),
    "a command line": (
        "p.add_argument('--depth', type=int, default=8)\nargs = p.parse_args()\nNet(depth=args.depth)",
        {"depth": 8},
    ),
    "a loop": ("for d in [8, 16]:\n    Net(depth=d)", {"depth": 8}),
    "a tuple": ("w, d = 4, 8\nNet(depth=d)", {"depth": 8}),
    "keywords in a dictionary": ("options = {'depth': 8}\nNet(**options)", {"depth": 8}),
    "an argument of a function": (
        "def main(d, lr):\n    return Net(depth=d)\n\nfor lr in (1, 2):\n    main(8, lr)",
        {"depth": 8},
    ),
    "an argument for a default": ("def main(d=2):\n    return Net(depth=d)\n\nd = 8\nmain(d)", {"depth": 8}),
    "an argument of a class": (
        "class T:\n    def __init__(self, lr, d):\n        self.net = Net(depth=d)\n\nT(1, d=8)",
        {"depth": 8},
    ),
    "what only the run knows": ("Net(depth=read_configuration())", {}),
}


@pytest.mark.parametrize("where", CALLS)
def test_the_arguments_of_the_scripts_call_are_known(where):
    text, wanted = CALLS[where]

    (site,) = calls(ast.parse(dedent(text)), "train.py", {"Net"}, {"__builtins__": __builtins__})

    assert site.arguments()[1] == wanted


def test_a_networks_own_parts_are_no_calls_of_the_script():
    text = "class Net:\n    def __init__(self):\n        self.block = Block(4)\n\nNet()\nlab.Net(1, *[2, 3])\n"

    sites = calls(ast.parse(text), "train.py", {"Net", "Block"}, {})

    assert [(site.name, site.arguments()[0]) for site in sites] == [("Net", []), ("Net", [1, 2, 3])]
    assert sites[1].words() == "lab.Net(1, *[2, 3]) in train.py, line 6"


def test_the_parts_of_a_network_that_could_not_be_defined_are_no_calls_of_the_script():
    text = (
        "class Net(absent.Base):\n    def __init__(self):\n        self.a = Block(4)\n\n    def forward(self, x): ...\n"
    )

    assert calls(ast.parse(text), "train.py", {"Block"}, {}) == []


@pytest.mark.parametrize("text", ["Net = DeepNet\nNet(8)", "known = {'deep': DeepNet}\nknown['deep'](8)"])
def test_a_network_may_be_called_by_another_name(text):
    known = {"DeepNet": type("DeepNet", (), {})}

    (site,) = calls(ast.parse(text), "train.py", {"DeepNet"}, known)

    assert (site.name, site.arguments()[0]) == ("DeepNet", [8])
