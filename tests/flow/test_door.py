"""One public door: assignments and their checks import from `grader` and `grader.checks`; older paths go on working."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import grader
import grader.checks

REFERENCE = Path(grader.__file__).parent.parent / "reference"
MODULES = ("each_sample", "graph", "operations", "replay", "silence", "skips", "watched")  # of grader.checks
# What documentation and assignments imported before there was one door.
OLD = {
    "grader": "Assignment AttemptPolicy Criterion Finding Formula HandIn LatePolicy Limits",
    "grader.assignment": "Assignment AssignmentError Criterion HandIn",
    "grader.checks": "operations replay plots",
    "grader.checks.operations": "Network Node parse",
    "grader.checks.plots": "assigned rises shows",
    "grader.checks.replay": "Network Node execute parse run weights",
    "grader.documents": "Box Caption Document Line NumberTable Region Role Sentence UnreadableDocument read_document",
    "grader.evidence": "Evidence FileRecord MissingEvidence",
    "grader.exhibit": "Band Exhibit Formula LineFigure Matrix MatrixPanel Panel Passage Quote Role Series Table",
    "grader.finding": "Exhibit Finding LineFigure Outcome Panel Series Table",
    "grader.inside": "source",
    "grader.inside.arrays": "as_array numbers",
    "grader.inside.building": "bind fill hidden_parameter roles",
    "grader.inside.raised": "class_name in_student_code last_line",
    "grader.inside.tracing": "trace",
    "grader.intake.kinds": "ARCHIVES DATA WEIGHTS",
    "grader.intake.names": "litter_root",
    "grader.probes": "Argument Ask BuildNetwork CallFunction Case Probe weights_seed",
    "grader.readings": "Build Curve RecordedCall RecordedNetwork answers builds curves recorded",
    "grader.sandbox.protocol": "Array Frame Limits",
    "grader.submission": "OpenedArchive",
}


@pytest.mark.parametrize("module", OLD)
def test_older_paths_go_on_working(module):
    found = import_module(module)
    for name in OLD[module].split():
        assert hasattr(found, name) or import_module(f"{module}.{name}")


@pytest.mark.parametrize("door", [grader, grader.checks])
def test_every_name_of_the_door_is_there(door):
    assert len(set(door.__all__)) == len(door.__all__)
    for name in door.__all__:
        assert getattr(door, name) is not None


@pytest.mark.parametrize("door", [grader, grader.checks])
def test_a_name_that_is_not_there_is_an_attribute_error(door):
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = door.nothing


def test_the_door_opens_without_pytorch():
    code = "import sys, grader, grader.checks; print('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


SOURCES = [
    path
    for path in sorted(REFERENCE.rglob("*.py"))
    if not {"inside", "provided", "starter"} & set(path.parts) and path.name != "measure.py"
]


def deeper_imports(path):
    deeper = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("grader"):
            own = {alias.name for alias in node.names}
            known = set(grader.__all__) if node.module == "grader" else {*grader.checks.__all__, *MODULES}
            if node.module not in ("grader", "grader.checks") or not own <= known:
                deeper.append(ast.unparse(node))
        elif isinstance(node, ast.Import):
            deeper += [alias.name for alias in node.names if alias.name.startswith("grader")]
    return deeper


def test_assignments_and_their_checks_import_from_the_door_alone():
    assert {path: deeper for path in SOURCES if (deeper := deeper_imports(path))} == {}
