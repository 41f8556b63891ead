"""Statements that a program's definitions need are found by what they change, not by how they are written."""

from __future__ import annotations

import ast
import time

import pytest

from grader.inside import loading, needed

watch = loading.Recording(lambda name: False, lambda function: function)

NETWORK = """
class Net:
    def __init__(self):
        self.depth, self.plan, self.width = args.depth, plan, CFG["width"]
"""
TAKEN = {
    "options of a command line": "parser = Parser()\nparser.add_argument('--depth')\nargs = parser.parse_args()",
    "a group of options": "parser = Parser()\ngroup = parser.add_argument_group()\ngroup.add_argument('--depth')\n"
    "args = parser.parse_args()",
    "a part of a dictionary": "CFG = {'net': {}}\npart = CFG['net']\npart.update(width=8)",
    "a dictionary that is updated": "CFG = {}\nCFG.update(width=8)\nCFG.setdefault('depth', 2)",
    "a loop that fills a list": "plan = []\nfor width in (8, 16):\n    plan += [width] * 4",
    "a loop with a condition": "plan = []\nwhile len(plan) < 8:\n    plan.append(8)",
    "a file that is read": "with open('net.json') as file:\n    CFG = json.load(file)",
    "an attribute that is set by name": "setattr(Net, 'depth', 8)",
    "a registry": "def register(kind):\n    plan.append(kind)\nregister(Net)",
    "a function that sets a global": "def setup():\n    global CFG\n    CFG = {}\nsetup()",
    "a way round": "sizes = []\nsizes.extend([1, 2])\nplan = tuple(sizes)",
    "where modules are found": "import sys\nsys.path.append('lib')",
}
PRUNED = {
    "what is shown in a loop": (
        "plan = []\nfor i in range(3):\n    plan.append(i)\n    print(plan)\n    plt.plot(plan)",
        "plan = []\nfor i in range(3):\n    plan.append(i)",
    ),
    "training in a loop": (
        "plan = []\nfor rate in rates:\n    plan.append(rate)\n    for x, y in data:\n        loss(x, y).backward()",
        "plan = []\nfor rate in rates:\n    plan.append(rate)",
    ),
    "a condition with a message": (
        "if cuda():\n    CFG = {'width': 64}\n    print('GPU')\nelse:\n    CFG = {'width': 8}",
        "if cuda():\n    CFG = {'width': 64}\nelse:\n    CFG = {'width': 8}",
    ),
    "the main part": (
        "if __name__ == '__main__':\n    args = parse()\n    net = Net()\n    fit(net)",
        "args = parse()",
    ),
}
LEFT = {
    "what nobody needs": "results = []\nfor i in range(3):\n    results.append(i)",
    "a loop over all images": "for images, labels in loader:\n    break",
    "a seed and a switch": "import torch\ntorch.manual_seed(0)",
    "what is shown": "print(plan)\nshow(plan)\nplan.plot()",
    "training": "def train(net):\n    net.loss.backward()\ntrain(Net)",
    "a download": "download(CFG)\ndata = Net.download(CFG)",
    "a network that is only made": "for rate in (1, 2):\n    net = Net(plan)",
}


def kept(text):
    (found,) = needed.kept([ast.parse(text + NETWORK)], ())
    return ast.unparse(ast.Module([node for _, node in found][:-1], []))


@pytest.mark.parametrize("kind", TAKEN)
def test_what_changes_something_that_a_class_reads_is_taken(kind):
    assert kept(TAKEN[kind]) == ast.unparse(ast.parse(TAKEN[kind]))


@pytest.mark.parametrize("kind", PRUNED)
def test_of_loops_and_conditions_only_what_is_needed_is_taken(kind):
    text, left = PRUNED[kind]

    assert kept(text) == left


@pytest.mark.parametrize("kind", LEFT)
def test_what_trains_shows_or_downloads_is_left_out(kind):
    found = ast.parse(kept(LEFT[kind])).body

    assert not [node for node in found if not isinstance(node, ast.Assign | ast.Import | ast.FunctionDef)]


def test_a_later_cell_may_need_what_an_earlier_one_fills():
    first = ast.parse("plan = []\nfor i in range(3):\n    plan.append(i)\nother = []\nother.append(1)")

    found, _ = needed.kept([first, ast.parse(NETWORK)], ())

    assert [place for place, _ in found] == [0, 1, 2]


@pytest.mark.parametrize("clock", [time.process_time, lambda: 0.0], ids=["its own", "one that lags behind the timer"])
def test_their_cost_is_capped(tmp_path, monkeypatch, clock):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "STATEMENTS_S", 0.1)
    monkeypatch.setattr(loading.time, "process_time", clock)
    text = (
        "plan = [1]\nfor i in plan:\n    plan.append(i)\nwhile True:\n    plan.append(1)\n\ndef f():\n    return plan\n"
    )
    (tmp_path / "work.py").write_text(text)

    loaded = loading.load("work.py", "definitions", watch, ())

    assert [error["kind"] for error in loaded.errors] == ["TimeoutError"]
    assert "f" in loaded.namespace
