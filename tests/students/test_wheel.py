"""What students install: the wheel, in an environment of its own that lacks what only graders need."""

from __future__ import annotations

import io
import os
import subprocess
import sysconfig
import venv
import zipfile
from functools import partial
from pathlib import Path

import pytest
from kits import IDS, REFERENCE, kit
from warm_python import WarmPython

from grader.catalog import load_assignment
from grader.students.checkout import wheel
from grader.students.starter import extras

GRADING = ("openpyxl", "pandas", "yaml", "mypy", "ruff")
TORCH = ("matplotlib", "sklearn", "torch", "torchvision")
WITHOUT_PROGRAMS = ("eie4122_lab3", "spiral_predictions")  # a PDF, and a table, are all that is handed in
REPORT = "---\ntitle: Report\nauthor: Ada\n---\n\n# Result\n\nThe loss is $x^2$.\n"
WITHOUT = """import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""


def environment(folder: Path, absent: tuple[str, ...]) -> Path:
    """A fresh environment with the wheel and its requirements, but without some packages; its Python."""
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(io.BytesIO(wheel()[1])) as archive:
        archive.extractall(site)
    (site / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text(WITHOUT.format(names=set(absent)))
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def pythons(tmp_path_factory):
    """By what is installed beside the base."""
    root = tmp_path_factory.mktemp("environments")
    return {"": environment(root / "base", GRADING + TORCH), "[torch]": environment(root / "torch", GRADING)}


QUIET = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GRADER_", "PYTHON"))}


@pytest.fixture(scope="module")
def warm(pythons):
    """The same Pythons with what takes long loaded: as started afresh, one runs in the next test."""
    loaded = ("grader.commands.deliverable", "grader.students.checking", "pytest", "weasyprint")
    with (
        WarmPython(*loaded, python=pythons[""], environment=QUIET) as base,
        WarmPython(*loaded, "grader.assess", "torch", python=pythons["[torch]"], environment=QUIET) as torch,
    ):
        yield {"": base, "[torch]": torch}


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, *arguments], cwd=cwd, env=QUIET, capture_output=True, text=True, check=False)


def test_the_installed_package_is_the_wheels_and_lacks_what_graders_need(pythons, tmp_path):
    done = run(pythons[""], "-c", "import grader; print(grader.__file__); import torch", cwd=tmp_path)

    assert str(pythons[""].parents[1]) in done.stdout
    assert "No module named 'torch'" in done.stderr


def test_every_font_in_the_wheel_lies_beside_its_licence():
    with zipfile.ZipFile(io.BytesIO(wheel()[1])) as archive:
        names = [Path(name) for name in archive.namelist()]
    fonts = [path for path in names if path.suffix in (".otf", ".ttf", ".ttc", ".woff", ".woff2")]

    assert fonts
    for font in fonts:
        licence = f"LICENSE-{font.stem.partition('-')[0]}"
        assert font.with_name(licence) in names
        assert [path for path in names if path.parts[0].endswith(".dist-info") and path.name == licence]


@pytest.mark.whole_sample
@pytest.mark.parametrize("assignment_id", IDS)
def test_an_installed_wheel_writes_checks_and_packs_a_kit_and_makes_its_report(assignment_id, warm, tmp_path):
    python = warm[extras(load_assignment(assignment_id, REFERENCE))]
    folder = tmp_path / "kit"
    started = partial(python.run, "-m", environment=QUIET)

    steps = {
        "starter": started("grader", "starter", assignment_id, "kit", folder=tmp_path),
        "pytest": started("pytest", "-q", folder=folder),
        "check": started("grader", "check", folder=folder),
    }
    (folder / "report.md").write_text(REPORT)
    steps["deliverable"] = started("grader", "deliverable", folder=folder)

    told = {name: done.stdout[-1500:] + done.stderr[-1500:] for name, done in steps.items()}
    assert not [name for name, text in told.items() if "Traceback" in text or "INTERNALERROR" in text], told
    assert steps["starter"].returncode == 0, told["starter"]
    assert {steps[name].returncode for name in ("pytest", "check")} <= {0, 1}, told
    assert list(folder.glob("*.pdf")), told["deliverable"]


@pytest.mark.parametrize("assignment_id", IDS)
def test_a_kit_installs_the_wheel_that_lies_in_it(assignment_id, tmp_path):
    folder = kit(tmp_path / "kit", assignment_id)
    [line] = [line for line in (folder / "README.md").read_text().splitlines() if "pip install" in line]

    path = line.partition('"')[2].partition(".whl")[0] + ".whl"
    assert (folder / path).read_bytes() == wheel()[1]
    assert ("[torch]" in line) == (assignment_id not in WITHOUT_PROGRAMS)
