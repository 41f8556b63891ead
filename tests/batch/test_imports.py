"""The digest of what a grade rests on follows what is imported, not a list that somebody keeps."""

from __future__ import annotations

import ast
import json

import pytest
from core_examples import SEED, Script, assignment, ended, submission
from warm_python import WarmPython

from grader.batch.basis import Basis
from grader.batch.imports import PACKAGE, _statements, imported
from grader.catalog import assignment_ids, load_assignment, reference_root
from grader.collect.collect import ASKED, collect
from grader.sandbox.protocol import Status

# What a check may have loaded by the time it is done: everything is asked for that can be without evidence.
LOADED = """
import json, sys
from grader.catalog import load_assignment, reference_root
given = load_assignment(sys.argv[1], reference_root())
before = set(sys.modules)
from grader.assess import assess
sys.path.insert(0, "tests")
from core_examples import evidence
assess(given, evidence())
print(json.dumps([module.__file__ for name, module in sys.modules.items()
                  if name.startswith("grader.") and getattr(module, "__file__", None)]))
"""
# Finds and loads assignments, and judges nothing.
LOADING = {"catalog.py", "students/__init__.py"}


@pytest.fixture(scope="module")
def python():
    """One that has loaded what takes long, and of the grader what assessing loads of any assignment."""
    with WarmPython("scipy.optimize", "sklearn.datasets", "torch", "grader.catalog", "grader.assess") as found:
        yield found


def test_late_relative_and_type_imports_are_followed(tmp_path):
    file = tmp_path / "check.py"
    file.write_text("def check(evidence):\n    from grader.words import counted\n    import grader.documents.lines\n")

    found = {str(path.relative_to(PACKAGE)) for path in imported([file])}

    assert {"__init__.py", "words.py", "documents/__init__.py", "documents/lines.py"} <= found
    assert "inside/raised.py" in {str(path.relative_to(PACKAGE)) for path in imported([PACKAGE / "inside/served.py"])}


@pytest.mark.parametrize(
    "statement",
    [
        "import grader.words, grader.files",
        "\ufeffimport grader.words, grader.files",
        "if True: import grader.words; import grader.files",
        "from grader import (words,  # both of them (1)\n    files)",
        "from grader import words, \\\n    files",
        "from grader \\\n    import words, files",
        "from grader import words; from grader import files as other  # both",
        "def check():\r\n    from grader.words import (\r\n        counted,\r\n    )\r\n    import grader.files\r\n",
        '"""Prose:\nimport of things\n"""\nimport grader.words as a, grader.files as b',
        "try:\n\timport grader.words\nexcept ImportError: from grader import files",
    ],
)
def test_a_statement_may_be_written_in_any_way(statement, tmp_path):
    (tmp_path / "check.py").write_bytes(statement.encode())

    found = {str(path.relative_to(PACKAGE)) for path in imported([tmp_path / "check.py"])}

    assert {"words.py", "files.py"} <= found


def test_statements_alone_tell_what_whole_syntax_trees_do():
    for path in (*PACKAGE.rglob("*.py"), *reference_root().rglob("*.py")):
        content = path.read_bytes()
        trees = {
            ast.dump(node) for node in ast.walk(ast.parse(content)) if isinstance(node, ast.Import | ast.ImportFrom)
        }
        alone = {ast.dump(node) for node in _statements(content)}

        assert trees <= alone, path


@pytest.mark.parametrize("assignment_id", assignment_ids(reference_root()))
def test_nothing_that_assessing_loads_is_left_out(assignment_id, python):
    loaded = json.loads(python.run("-c", LOADED, assignment_id, folder=PACKAGE.parent, environment={}).stdout)
    given = load_assignment(assignment_id, reference_root())
    sources = [*given.folder.rglob("*.py"), PACKAGE / "assess/criteria.py", PACKAGE / "grading.py"]

    known = {str(path) for path in (*imported(sources), *sources)}

    assert [path for path in loaded if path not in known and path[len(str(PACKAGE)) + 1 :] not in LOADING] == []


def test_a_change_in_what_only_a_check_imports_is_another_basis(course, monkeypatch):
    file = course.reference / "tiny" / "assignment.py"
    before = Basis(course.assignment, 1).assessed_with
    file.write_text(
        file.read_text().replace("def answer(evidence):", "def answer(evidence):\n    import grader.checks.plots")
    )
    with_plots = Basis(course.assignment, 1).assessed_with
    assert before != with_plots

    real = type(file).read_bytes
    changed = lambda path: real(path) + b"# changed" * (path.name == "plots.py")  # noqa: E731
    monkeypatch.setattr("pathlib.Path.read_bytes", changed)

    assert Basis(course.assignment, 1).assessed_with != with_plots


class Watched:
    """An assignment that notes what is read of it."""

    def __init__(self, given):
        self.watched, self.read = given, set()

    def __getattr__(self, name):
        self.read.add(name)
        return getattr(self.watched, name)


def test_all_that_collecting_reads_of_an_assignment_is_asked_with():
    watched = Watched(assignment(documents=("*.pdf",)))
    work = submission({"main.py": "def get_stats(): pass\n", "a.pdf": b"%PDF-1.7"})
    for code in ("run", "definitions"):
        watched.watched = assignment(documents=("*.pdf",), code=code)
        collect(work, watched, Script([ended(Status.TIMED_OUT)] * 4 + [ended()]), seed=SEED)

    apart = {
        "data",
        "full_sizes",
        "support",
        "folder",
        "handed_out",
        "proven",
        "entry_is_proven",
    }  # digested otherwise, or made of the others
    assert watched.read - apart <= set(ASKED)
