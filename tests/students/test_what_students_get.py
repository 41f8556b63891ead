"""What leaves the instructor's checkout: starter kits and the wheel. Nothing in them gives an answer away."""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import pytest
from kits import IDS, REFERENCE, ROOT, kit

from grader.catalog import load_assignment, public_files
from grader.students import checkout
from grader.students.checking import public_checks
from grader.students.kit_settings import KitError
from grader.students.starter import starter_files, write_starter

pytestmark = pytest.mark.costly  # the kit of every assignment

NUMBER = re.compile(r"[\d.e+-]+")


@cache
def open_to_all() -> str:
    """What anybody may read anyway: the grader itself, and the public part of every assignment."""
    folders = [ROOT / "grader", *(REFERENCE / assignment_id for assignment_id in IDS)]
    return b"\n".join(part for folder in folders for part in public_files(folder).values()).decode("utf-8", "replace")


@cache
def hidden_words(assignment_id: str) -> set[str]:
    """What nobody outside may read: long lines of hidden code, texts in it, and its measured numbers."""
    found: set[str] = set()
    public = open_to_all()
    for path in (REFERENCE / assignment_id / "hidden").rglob("*"):
        if path.suffix == ".py":
            tree = ast.parse(path.read_text())
            lines = {
                line.strip()
                for line in path.read_text().splitlines()
                if not line.strip().startswith(("#", "from", "import"))
            }
            names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and len(node.name) > 12}
            found |= {f"def {name}(" for name in names} | {line for line in lines if len(line) > 60}
        elif path.suffix == ".json":
            found |= {repr(number) for number in _numbers(json.loads(path.read_text())) if len(repr(number)) > 8}
    return {words for words in found if words not in public}


def _numbers(found):
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return ([found] if isinstance(found, float) else []) + [number for item in inner for number in _numbers(item)]


def given_away(assignment_id: str, text: str) -> list[str]:
    """The hidden words in a text; numbers, of which there are thousands, are looked for in its numbers alone."""
    numbers = _numbers_in(text)
    return [words for words in hidden_words(assignment_id) if words in (numbers if NUMBER.fullmatch(words) else text)]


@cache
def _numbers_in(text: str) -> str:
    return "\n".join(set(NUMBER.findall(text)))


@cache
def kit_text(assignment_id: str) -> str:
    """All files of an assignment's kit."""
    return b"\n".join(starter_files(load_assignment(assignment_id, REFERENCE)).values()).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def wheel() -> dict[str, bytes]:
    """The files of the wheel, built from a copy of this checkout."""
    with zipfile.ZipFile(io.BytesIO(checkout.wheel()[1])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel_text(wheel: dict[str, bytes]) -> str:
    return b"\n".join(wheel.values()).decode("utf-8", "replace")


@pytest.mark.parametrize("assignment_id", IDS)
def test_there_is_something_to_hide(assignment_id):
    lines = sum(path.read_text().count("\n") for path in (REFERENCE / assignment_id / "hidden").rglob("*.py"))

    # A person's guide, or a solution of a few lines, has few that only it can have.
    assert len(hidden_words(assignment_id)) >= (1 if lines < 40 else 10)


@pytest.mark.parametrize("assignment_id", IDS)
def test_a_kit_holds_nothing_hidden(assignment_id):
    assert not given_away(assignment_id, kit_text(assignment_id))


@pytest.mark.parametrize("assignment_id", IDS)
def test_neither_kit_nor_wheel_tells_what_a_person_grades_by(assignment_id, wheel_text):
    whole = load_assignment(assignment_id, REFERENCE)
    guides = [part for rule in whole.rubric for part in rule.guide.split(";") if len(part) > 20]
    everything = (kit_text(assignment_id) + "\n" + wheel_text).replace('"\n    "', "") if guides else ""

    assert bool(guides) == any(rule.manual for rule in whole.rubric)
    assert not [part for part in guides if part.strip()[:60] in everything]


@pytest.mark.parametrize("assignment_id", IDS)
def test_the_wheel_holds_the_public_part_of_an_assignment_and_nothing_hidden(wheel, wheel_text, assignment_id):
    own = {name: content for name, content in wheel.items() if name.startswith(f"grader/assignments/{assignment_id}/")}

    assert f"grader/assignments/{assignment_id}/assignment.py" in own
    assert f"grader/assignments/{assignment_id}/starter/README.md" in own
    assert not [name for name in wheel if "hidden/" in name or "solution" in Path(name).name]
    assert not given_away(assignment_id, wheel_text)


@pytest.mark.parametrize("assignment_id", IDS)
def test_nothing_measured_lies_where_students_may_see_it(assignment_id):
    numbers = [
        path for path in public_files(REFERENCE / assignment_id) if path.endswith((".json", ".npy", ".safetensors"))
    ]

    assert not [path for path in numbers if not path.startswith(("starter/", "provided/"))]


@pytest.mark.parametrize("assignment_id", IDS)
def test_an_assignment_is_the_same_to_students_but_for_what_is_hidden(assignment_id, tmp_path):
    kit(tmp_path / "kit", assignment_id)
    whole = load_assignment(assignment_id, REFERENCE)
    public = load_assignment(assignment_id, tmp_path / "kit" / ".grader" / "checks")

    assert [(c.id, c.title, c.points, c.manual) for c in public.rubric] == [
        (c.id, c.title, c.points, c.manual) for c in whole.rubric
    ]
    assert public_checks(public), "students can check something"
    assert whole.hand_in


@pytest.mark.parametrize("assignment_id", IDS)
def test_a_kit_has_a_handout_a_report_template_and_a_configuration(assignment_id, tmp_path):
    folder = kit(tmp_path / "kit", assignment_id)

    assert "pytest" in (folder / "README.md").read_text()
    assert (folder / "report.md").exists()
    assert f'assignment = "{assignment_id}"' in (folder / "grader.toml").read_text()


def test_a_kit_is_written_into_a_new_folder_only(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(KitError, match="expected a new or an empty folder"):
        write_starter(load_assignment("dlc_practical_6", REFERENCE), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_assignment_without_a_kit_says_so(tmp_path):
    from core_examples import assignment

    with pytest.raises(KitError, match="expected a folder"):
        starter_files(assignment(folder=tmp_path))
