"""What a criterion's finding rests on changes with what its check can see, and with nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from grader.batch.basis import Basis
from grader.batch.rests_on import RestsOn
from grader.catalog import load_assignment

FILES = {
    "assignment.py": """
from grader import Assignment, Criterion

from . import first, second
from .made import within

ASSIGNMENT = Assignment(
    title="Two",
    course="Tiny course",
    rubric=[
        Criterion("first", "First", 1, first.check),
        Criterion("second", "Second", 2, second.check),
        Criterion("narrow", "Narrow", 1, within(0.001)),
        Criterion("wide", "Wide", 1, within(0.1)),
        Criterion("style", "Reads well", 1),
    ],
    probes=(),
    entry={r"def": 1},
    data=lambda seed: {},
)
""",
    "first.py": """
from pathlib import Path

from grader import Finding

MEASURED = Path(__file__).with_name("measured.json")


def check(evidence):
    return Finding.passed(MEASURED.read_text())
""",
    "second.py": """
from grader import Finding


def check(evidence):
    from .deep.shared import LIMIT

    return Finding.passed(f"below {LIMIT}")
""",
    "deep/shared.py": "from ..deepest import LIMIT\n",
    "deepest.py": "LIMIT = 3\n",
    "made.py": """
from grader import Finding


def within(tolerance):
    def check(evidence):
        return Finding.passed(f"within {tolerance}")

    return check
""",
    "alone.py": "WORDS = 'nobody imports this'\n",
    "working.py": """
from pathlib import Path

from grader import kept

from .deepest import LIMIT


@kept
def spread(evidence):
    return float(Path(__file__).with_name("spread.txt").read_text()) + LIMIT


def plain(evidence):
    return 1
""",
    "spread.txt": "2.5",
    "measured.json": '{"spread": 0.5}',
    "notes.txt": "nobody names this",
}
ALL = {"first", "second", "narrow", "wide", "style"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reference")
    for name, content in FILES.items():
        path = root / "two" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture
def root(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "reference", ignore=shutil.ignore_patterns("__pycache__")))


def digests(root: Path) -> dict[str, str]:
    for compiled in root.rglob("__pycache__"):  # Python takes one for current if source has the same second and size
        shutil.rmtree(compiled)
    return dict(RestsOn(Basis(load_assignment("two", root), 1)).digests)


def changed(root: Path, change: Callable[[Path], None]) -> set[str]:
    """The criteria whose findings rest on something else after a change."""
    before = digests(root)
    assert set(before) == ALL
    change(root / "two")
    after = digests(root)
    return {name for name in ALL if after.get(name) != before[name]}


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


CHANGES: dict[str, tuple[tuple[str, str, str], set[str]]] = {
    "points and titles": (("assignment.py", '"First", 1', '"The first", 5'), set()),
    "a number given to one check": (("assignment.py", "within(0.001)", "within(0.002)"), {"narrow"}),
    "which check it is": (("assignment.py", "2, second.check", "2, first.check"), {"second"}),
    "a check's own module": (("second.py", "below", "under"), {"second"}),
    "a module that is imported late, by another one": (("deepest.py", "3", "4"), {"second"}),
    "the module that makes two checks": (("made.py", "within {", "in {"), {"narrow", "wide"}),
    "a file that one module names": (("measured.json", "0.5", "0.6"), {"first"}),
    "a file that nobody names": (("notes.txt", "names", "reads"), ALL),
    "a module that nobody imports": (("alone.py", "nobody", "no one"), set()),
    "what is asked of submissions": (
        ("assignment.py", "lambda seed: {}", "lambda seed: {'a': __import__('numpy').ones(1)}"),
        ALL,
    ),
    "a module that acts when it is imported": (("alone.py", "WORDS =", "import sys\n\nsys.tiny_course = WORDS ="), ALL),
    "a person's guide": (("assignment.py", '"Reads well", 1', '"Reads well", 1, guide="read it"'), set()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_concerns_the_criteria_that_can_see_it(name, root):
    change, concerned = CHANGES[name]

    assert changed(root, replaced(*change)) == concerned


def test_a_name_that_is_made_up_may_be_any_file_with_that_ending(root):
    replaced("second.py", "    return", "    open(f'{LIMIT}.json')\n    return")(root / "two")

    assert changed(root, replaced("measured.json", "0.5", "0.6")) == {"first", "second"}


@pytest.mark.parametrize("look", ["[*Path(__file__).parent.iterdir()]", "__import__('importlib').import_module('x')"])
def test_a_check_that_looks_around_sees_every_file(look, root):
    replaced("second.py", "    return", f"    from pathlib import Path\n    {look}\n    return")(root / "two")

    assert "second" in changed(root, replaced("measured.json", "0.5", "0.6"))


@pytest.mark.parametrize("given", ["object()", "open", "(lambda: iter(()))()", "__import__('threading').Lock()"])
def test_a_check_that_was_given_what_cannot_be_followed_is_always_judged_again(given, root):
    replaced("assignment.py", "within(0.1)", f"within([{given}, object()])")(root / "two")

    assert set(digests(root)) == ALL - {"wide"}


def test_other_code_of_the_grader_concerns_all(root, monkeypatch):
    real = Path.read_bytes

    def other(path: Path) -> bytes:
        return real(path) + b"# other" * (path.name == "criteria.py")

    assert changed(root, lambda _: monkeypatch.setattr("pathlib.Path.read_bytes", other)) == ALL


def test_another_version_of_a_package_concerns_all(root, monkeypatch):
    change = lambda _: monkeypatch.setattr("grader.batch.basis.versions", lambda: {"torch": "0"})  # noqa: E731

    assert changed(root, change) == ALL


def of_function(root: Path, name: str = "reference_two.working:spread") -> str | None:
    for compiled in root.rglob("__pycache__"):
        shutil.rmtree(compiled)
    loaded = load_assignment("two", root)
    import_module("reference_two.working")
    return RestsOn(Basis(loaded, 1)).of_function(name)


WORKING: dict[str, tuple[tuple[str, str, str], bool]] = {
    "its own module": (("working.py", "+ LIMIT", "- LIMIT"), True),
    "a module that it imports": (("deepest.py", "3", "4"), True),
    "a file that its module names": (("spread.txt", "2.5", "3.5"), True),
    "a check that uses it": (("first.py", "MEASURED.read_text()", "spread(evidence)"), False),
    "the rubric": (("assignment.py", "within(0.001)", "within(0.002)"), False),
    "another check's file": (("measured.json", "0.5", "0.6"), False),
    "what is asked": (("assignment.py", "seed: {}", "seed: {'a': __import__('numpy').ones(1)}"), True),
}


@pytest.mark.parametrize("name", WORKING)
def test_what_a_function_worked_out_holds_as_long_as_nothing_changes_that_it_can_see(name, root):
    (change, concerned), before = WORKING[name], of_function(root)
    replaced(*change)(root / "two")

    assert before is not None
    assert (of_function(root) != before) is concerned


@pytest.mark.parametrize("name", ["reference_two.working:LIMIT", "reference_two.working:", "nowhere:f", "", "a:b.c"])
def test_of_what_is_no_function_nothing_is_known(name, root):
    assert of_function(root, name) is None
