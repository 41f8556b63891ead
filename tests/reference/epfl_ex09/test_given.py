"""The course's own template and solution are recognised by content, and not graded in a student's place."""

from __future__ import annotations

import json

from core_examples import submission
from exercise import ROOT, exercise, part
from sample_classes import FOLDERS, sample_folder

from grader.collect.main_file import main_file, without_given

SAMPLES = [folder / "epfl_ex09" for folder in FOLDERS]
TEMPLATE = (sample_folder("epfl_ex09", "xaver") / "ex09.ipynb").read_bytes()
KIT = (ROOT / "reference" / "epfl_ex09" / "starter" / "ex09.ipynb").read_bytes()
WORK = (sample_folder("epfl_ex09", "ada") / "ex09.ipynb").read_bytes()
SOLUTION = (ROOT / "reference" / "epfl_ex09" / "hidden" / "solution.py").read_bytes()


def entry(files):
    found = main_file(submission(files), exercise().entry, exercise().given)
    return found, without_given(submission(files), found, exercise().given).notes


def test_templates_are_recognised_whatever_was_run_in_them():
    recognise = part("given").recognise
    run = json.loads(TEMPLATE)
    run["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "source": "# nothing yet\nprint(1)"})

    assert [recognise("a.ipynb", text) for text in (TEMPLATE, KIT, json.dumps(run).encode())] == ["template"] * 3


def test_no_sample_with_work_is_taken_for_the_courses():
    recognise = part("given").recognise
    names = [
        path
        for folder in SAMPLES
        for path in folder.rglob("*")
        if path.suffix in (".py", ".ipynb") and "template" not in path.parts
    ]

    taken = ["/".join(path.parts[-2:]) for path in names if recognise(path.name, path.read_bytes())]

    assert taken == ["xaver/ex09.ipynb"]


def test_the_solution_beside_the_work_is_not_graded_and_is_reported():
    found, notes = entry({"a_solution.py": SOLUTION, "ex09.ipynb": WORK})

    assert found == "ex09.ipynb"
    assert notes == ("a_solution.py is the course's own solution: not graded",)


def test_an_untouched_template_is_graded_rather_than_the_solution_beside_it():
    found, notes = entry({"ex09.ipynb": TEMPLATE, "solution.py": SOLUTION})

    assert found == "ex09.ipynb"
    assert "ex09.ipynb is the course's template, untouched" in notes


def test_the_template_beside_the_work_is_left_out():
    assert entry({"a/ex09.ipynb": TEMPLATE, "z/mine.ipynb": WORK})[0] == "z/mine.ipynb"


def test_what_is_no_notebook_is_nobodys():
    assert part("given").recognise("ex09.ipynb", b"{") is None
