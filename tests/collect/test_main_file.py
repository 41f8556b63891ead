"""Which of a submission's files is the one that is graded."""

from __future__ import annotations

import json

import pytest
from core_examples import assignment, submission

from grader.collect.main_file import choose, main_file

STATS, NET, PLOT = "def get_stats(): pass\n", "class Net: pass\n", "plt.plot(1)\n"
SMALL = assignment()


def graded(files):
    return main_file(submission(files), SMALL.entry)


def notebook(*cells, indent=None):
    sources = [cell.splitlines(keepends=True) for cell in cells]
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]}, indent=indent)


def test_the_file_with_the_work_is_graded():
    assert graded({"a.py": PLOT, "b.py": STATS, "c.py": NET}) == "b.py"


def test_a_script_that_uses_a_helper_module_is_graded_and_not_the_helper():
    files = {"main.py": "from parts import *\n" + PLOT, "parts.py": STATS + NET}

    assert graded(files) == "main.py"


def test_a_script_that_only_calls_a_helper_loses_to_the_helper():
    assert graded({"main.py": "import parts\nparts.go()", "parts.py": STATS + NET}) == "parts.py"


def test_helpers_of_helpers_count():
    files = {"main.py": "import a\n" + PLOT, "a.py": "from b import Net\n" + STATS, "b.py": NET + STATS}

    assert graded(files) == "main.py"


def test_modules_that_import_each_other_are_no_endless_loop():
    assert graded({"a.py": "import b\n" + STATS, "b.py": "import a\n" + NET}) == "a.py"


@pytest.mark.parametrize("line", ["from net import Net", "import net", "from .net import Net", "from . import net"])
def test_helpers_are_found_beside_a_script_in_a_folder(line):
    files = {"hw/code/main.py": f"{line}\n{PLOT}", "hw/code/net.py": STATS + NET, "net.py": "x = 1"}

    assert graded(files) == "hw/code/main.py"


@pytest.mark.parametrize("line", ["from parts.net import Net", "import parts.net as net", "from parts import net"])
def test_helpers_are_found_in_a_package(line):
    assert graded({"main.py": f"{line}\n{PLOT}", "parts/net.py": STATS + NET}) == "main.py"
    assert graded({"hw/main.py": f"{line}\n{PLOT}", "hw/parts/net.py": STATS + NET}) == "hw/main.py"


def test_helpers_are_found_in_a_folder_src():
    files = {
        "run.py": "from hw import go\n" + PLOT,
        "src/hw/__init__.py": "from .stats import go\n",
        "src/hw/stats.py": STATS,
    }

    assert graded(files) == "run.py"


def test_a_package_can_hold_the_work_in_its_init():
    assert graded({"main.py": "import parts\n" + PLOT, "parts/__init__.py": STATS}) == "main.py"


def test_between_equals_a_script_goes_before_its_notebook():
    assert graded({"a.ipynb": notebook(STATS), "b.py": STATS}) == "b.py"


def test_a_notebook_with_more_of_the_work_goes_before_a_script():
    assert graded({"a.ipynb": notebook(STATS, NET), "b.py": STATS}) == "a.ipynb"


@pytest.mark.parametrize("indent", [None, 1])
def test_a_notebook_that_uses_a_helper_module_is_graded(indent):
    files = {"main.ipynb": notebook("import torch\nfrom net import Net\n", PLOT, indent=indent), "net.py": STATS + NET}

    assert graded(files) == "main.ipynb"


def test_a_template_beside_the_students_file_is_not_graded():
    assert graded({"a_template.py": STATS + "    # your code", "my_work.py": STATS + NET + PLOT}) == "my_work.py"


@pytest.mark.parametrize(
    "broken", ["def get_stats(:\n", "\tdef get_stats()\n", "def get_stats(): '''", "%cd\n" + STATS]
)
def test_a_file_with_a_syntax_error_is_still_the_students_work(broken):
    assert graded({"main.py": broken, "other.py": "x = 1"}) == "main.py"


def test_a_script_with_a_syntax_error_keeps_its_helpers():
    assert graded({"main.py": "from net import Net\n!pip install x\n" + PLOT, "net.py": STATS}) == "main.py"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00" + STATS.encode(), STATS.encode() + b"\0", b"(" * 100_000 + STATS.encode()]
)
def test_odd_bytes_are_no_obstacle_to_choosing(content):
    assert graded({"main.py": content}) == "main.py"


def test_a_long_file_of_blank_lines_is_chosen_too():
    assert graded({"main.py": "\n " * 1_000_000 + "from net import x\n" + PLOT, "net.py": STATS}) == "main.py"


def test_many_files_that_import_each_other_are_chosen_from():
    names = [f"m{index}" for index in range(300)]
    files = {f"{name}.py": "".join(f"import {other}\n" for other in names) for name in names}

    assert graded({**files, "work.py": "import m0\n" + STATS}) == "work.py"


@pytest.mark.parametrize("files", [{}, {"essay.pdf": STATS}, {"main.py": "x = 1"}, {"main.txt": STATS + NET}])
def test_nothing_is_graded_if_no_script_has_any_of_the_work(files):
    assert graded(files) is None


def test_the_ending_may_be_in_capitals():
    assert graded({"MAIN.PY": STATS}) == "MAIN.PY"


KIT = "def get_stats():\n    raise NotImplementedError\nclass Net:\n    pass\nplt.plot(1)\n"


def graded_beside_the_kit(files):
    return choose(submission(files), SMALL.entry, blank=lambda path, content: content == KIT.encode()).entry


def test_a_template_of_the_kit_that_was_left_beside_the_work_is_not_graded():
    assert graded_beside_the_kit({"hw.py": KIT, "hw.ipynb": notebook(STATS + NET)}) == "hw.ipynb"


def test_however_little_was_begun_elsewhere_it_goes_before_what_was_left_as_it_was():
    assert graded_beside_the_kit({"hw.py": KIT, "mine.py": PLOT}) == "mine.py"


def test_a_template_alone_is_graded_as_it_is():
    assert graded_beside_the_kit({"hw.py": KIT, "notes.py": "print(1)"}) == "hw.py"


def test_a_program_of_the_kit_that_uses_the_students_file_is_graded():
    main = "from work import Net\n" + STATS + PLOT
    found = choose(
        submission({"main.py": main, "work.py": NET}), SMALL.entry, blank=lambda path, content: path == "main.py"
    )

    assert found.entry == "main.py"
