"""What the documents tell their readers to type prints what they say it prints."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from grader.cli import main
from makedocs import console, messages

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
MOST_NOT_RUN = 10
TYPED = re.compile(
    r"^(?:\$ )?(?:\.venv/bin/)?(?:grader|make|pytest|python|pip|podman|docker|git|sudo) (?!=)", re.MULTILINE
)


@pytest.fixture(scope="module")
def done():
    """The folders of the pages that were run, in the order of `console.pages`."""
    return {}


@pytest.mark.whole_sample
@pytest.mark.parametrize("name", console.pages())
def test_commands_print_what_the_page_says(name, done, tmp_path_factory):
    if (before := console.FOLLOWS.get(name)) is not None and before not in done:
        _run(before, done, tmp_path_factory)

    wrong = [
        f"$ {command}\n  {difference}\n{output}"
        for command, printed, output in _run(name, done, tmp_path_factory)
        for difference in console.differences(printed, output)
    ]

    assert not wrong, "\n".join([*wrong, f"if this is right: python -m makedocs.console {name}"])


def _run(name, done, tmp_path_factory):
    done[name] = folder = console.prepared(name, tmp_path_factory.mktemp("page"), done)
    return console.run((ROOT / name).read_text(), folder, console.environment(folder))


@pytest.mark.whole_sample
def test_messages_on_the_assignments_pages_are_those_that_students_get(done, tmp_path_factory):
    if "docs/start/ta.md" not in done:
        _run("docs/start/ta.md", done, tmp_path_factory)

    [found] = (done["docs/start/ta.md"] / "results").glob("brandtzora_1003/grade.json")

    assert messages.told_by(json.loads(found.read_text())["marks"]) == messages.kept()["numpy_layers"]["zora"]


def test_few_blocks_are_not_run_and_each_says_why():
    left = [block.not_run for page in PAGES for block in console.blocks(page.read_text()) if block.not_run]

    assert len(left) <= MOST_NOT_RUN
    assert all(len(why) > 10 for why in left)


def test_what_is_not_run_are_commands_and_options_that_there_are():
    wrong = []
    for page in PAGES:
        steps = [step for block in console.blocks(page.read_text()) if block.not_run for step in block.steps]
        for words in (shlex.split(command, comments=True) for command, _ in steps):
            if words[0].rpartition("/")[2] == "grader":
                known = {name for option in main.commands[words[1]].params for name in option.opts}
                wrong += [f"{page.name}: {words[1]} {word}" for word in words if word[:2] == "--" and word not in known]

    assert wrong == []


def test_commands_stand_in_blocks_that_are_run():
    others = [
        f"{page.name}: {part['text'].splitlines()[0]}"
        for page in PAGES
        if page.parent.name != "assignments"  # handouts, with the command of each kit
        for part in console.PART.finditer(page.read_text())
        if part["language"] not in {"console", "text"} and TYPED.search(part["text"])
    ]

    assert others == []


PAGE = """
`notes/a.txt`, first:

```
one
```

```console
$ cat notes/a.txt
one
$ printf 'two\\nthree\\nfour in 3.2 s\\n'
two
…
four in 0.1 s
```

<!-- not run: there is no moon here -->
```console
$ fly
```
"""


def test_files_are_written_and_commands_run_in_order(tmp_path):
    found = console.run(PAGE, tmp_path, console.environment(tmp_path))

    assert [command for command, _, _ in found] == ["cat notes/a.txt", r"printf 'two\nthree\nfour in 3.2 s\n'"]
    assert [console.differences(printed, output) for _, printed, output in found] == [[], []]
    assert [block.not_run for block in console.blocks(PAGE)] == ["", "there is no moon here"]


@pytest.mark.parametrize(
    ("printed", "output"),
    [
        ("two\n", "one\n"),
        ("one\n", "one\ntwo\n"),
        ("one\ntwo\n", "one\n"),
        ("one\n…\nfour\n", "one\ntwo\n"),
        ("", "x\n"),
    ],
)
def test_output_that_is_not_what_is_printed_is_a_difference(printed, output):
    assert console.differences(printed, output)


def test_real_output_takes_the_place_of_what_differs():
    outputs = [("cat notes/a.txt", "one\n", "uno\n"), ("printf 'two\\nthree\\nfour in 3.2 s\\n'", "…\n", "x\n")]

    page = console.written(PAGE, outputs)

    assert "$ cat notes/a.txt\nuno\n" in page
    assert "\n…\n" in page
    assert "```console\n$ fly\n```" in page
