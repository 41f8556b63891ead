"""How a submission's scripts may be started is told from their text and from its shell scripts; nothing is run."""

from __future__ import annotations

import pytest

from grader.inside.command_lines import StartOptions, choices, command_lines
from grader.inside.script_files import ScriptFile, script_files

OPTIONS = StartOptions({"epochs": "1", "width": "4"}, "kind", ("seed",))
SCRIPT = (
    "import argparse\np.add_argument('--kind', choices=['plain', 'wide'])\np.add_argument('--width')\nnet = Net(args)\n"
)


def lines(tmp_path, monkeypatch, script=SCRIPT, **others):
    monkeypatch.chdir(tmp_path)
    for name, text in {"train.py": script, **others}.items():
        (tmp_path / name.replace("_sh", ".sh")).write_text(text)
    return command_lines(script_files(tmp_path), {"Net"}, OPTIONS)


def test_a_script_is_started_with_each_choice_and_the_options_that_it_knows(tmp_path, monkeypatch):
    found = lines(tmp_path, monkeypatch)

    assert [line.words for line in found] == ["train.py --kind plain", "train.py --kind wide"]
    assert found[0].arguments == ("--width", "4", "--kind", "plain")


def test_a_shell_script_says_what_tells_one_network_from_others(tmp_path, monkeypatch):
    run = "python train.py --seed 5 --width 9 --kind deep --depth=7 > log.txt\n"

    found = lines(tmp_path, monkeypatch, run_sh=run)

    assert found[-1].own == ("--kind", "deep", "--depth", "7")


def test_a_script_that_makes_no_network_is_not_started(tmp_path, monkeypatch):
    inside = "class Trainer:\n    def build(self):\n        return Net(self.kind)\n"

    assert lines(tmp_path, monkeypatch, "print('Net(')\n") == []
    assert lines(tmp_path, monkeypatch, inside) == []


@pytest.mark.parametrize(
    "text",
    [
        "if args.kind == 'deep': pass",
        "if args.kind in ('deep',): pass",
        "nets = {'deep': 1}\nnets[args.kind]",
        "match args.kind:\n    case 'deep': pass",
        "p.add_argument('--kind', default='deep')",
    ],
)
def test_a_choice_is_found_however_a_script_asks_for_it(text):
    assert list(choices(text, "kind")) == ["deep"]


def test_scripts_and_notebooks_are_listed_by_their_paths_in_the_submission(tmp_path):
    (tmp_path / "code").mkdir()
    for name in ("b.py", "code/a.PY", "code/c.ipynb", "notes.txt"):
        (tmp_path / name).write_bytes(b"x = 1  # \xff")

    found = script_files(tmp_path)

    assert [one.path for one in found] == ["b.py", "code/a.PY", "code/c.ipynb"]
    assert isinstance(found[0], ScriptFile)
    assert found[0].text == "x = 1  # \ufffd"
