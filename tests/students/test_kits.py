"""The starter kits with real pytest: untouched, with right work, with wrong work."""

from __future__ import annotations

import re
import shutil

import pytest
from kits import IDS, REFERENCE, check_in, kit, pytest_in
from sample_classes import expected_of, sample_folder
from warm_python import WarmPython

from grader.catalog import load_assignment
from grader.students.checking import public_checks

pytestmark = pytest.mark.costly

# One right and one wrong sample each, small ones, and what the public checks find wrong; where values alone can be
# wrong, students' own checks, which have no reference, find nothing.
RIGHT = {
    "attention": "anouk",
    "dlc_practical_6": "nadia",
    "ece60146_hw5": "ada",
    "eie4122_lab3": "amara",
    "epfl_ex09": "ada",
    "fashion_net": "abel",
    "fast_arrays": "ada",
    "small_generator": "ada",
    "mlp_cw2": "chiara",
    "numpy_layers": "ada",
    "picture_checkpoint": "ada",
    "spiral_predictions": "ada",
    "tiny_pole": "ada",
}
WRONG = {
    "dlc_practical_6": ("bruno", "flags"),
    "ece60146_hw5": ("paula", "report"),
    "eie4122_lab3": ("ida", "word_count"),
    "epfl_ex09": ("dora", "dataloaders"),
    "fashion_net": ("gabor", "budget"),
    "mlp_cw2": ("hana", "grad_flow"),
    "small_generator": ("maja", "own"),
    "spiral_predictions": ("piet", "form"),
    "tiny_pole": ("otto", "seeds"),
}


@pytest.fixture(scope="module")
def python():
    """One that has loaded what checks need; as started afresh, pytest runs in the tests of the plugin."""
    with WarmPython("pytest", "torch", "grader.assess", "grader.commands.check", "grader.students.checking") as found:
        yield found


@pytest.fixture(scope="module", params=IDS)
def untouched(request, tmp_path_factory):
    return request.param, kit(tmp_path_factory.mktemp(request.param) / "kit", request.param)


def quick(folder):
    """The same kit, with a smaller budget for training where the assignment trains."""
    settings = folder / ".grader" / "checks" / "ece60146_hw5" / "settings.py"
    if settings.exists():
        short = "BUDGET = HeldOutBudget(steps=20, average_batches=4)"
        settings.write_text(settings.read_text().replace("BUDGET = HeldOutBudget()", short))
        assert short in settings.read_text()
    return folder


def with_sample(folder, assignment_id, student):
    """A kit in which a student has put their files."""
    for path in quick(kit(folder, assignment_id)).iterdir():
        if path.suffix in (".py", ".ipynb"):
            path.unlink()
    shutil.copytree(sample_folder(assignment_id, student), folder, dirs_exist_ok=True)
    for packed in folder.glob("*.zip"):
        shutil.unpack_archive(packed, folder)
        packed.unlink()
    return folder


def test_an_untouched_kit_gets_no_points_and_is_no_error(untouched, python):
    done = pytest_in(untouched[1], python=python)

    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert re.search(r"^(0 of [\d.]+ points checked|no points are decided) here", done.stdout, re.MULTILINE), (
        done.stdout
    )
    assert "Not attempted" in done.stdout or "not attempted" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "grader failed" not in done.stdout
    assert "passed" not in done.stdout.splitlines()[-1]


def test_every_public_check_of_an_untouched_kit_says_what_is_missing(untouched, python):
    assignment_id, folder = untouched

    done = check_in(folder, python=python)

    for criterion in public_checks(load_assignment(assignment_id, REFERENCE, public=True)):
        assert re.search(rf"^[✗–] {criterion}  [0–] of \S+(, form only)?  .{{10,}}$", done.stdout, re.MULTILINE), (
            done.stdout
        )


@pytest.mark.whole_sample
@pytest.mark.parametrize("assignment_id", IDS)
def test_right_work_passes_every_public_check(assignment_id, python, tmp_path):
    done = pytest_in(with_sample(tmp_path / "kit", assignment_id, RIGHT[assignment_id]), python=python)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.whole_sample
@pytest.mark.parametrize("assignment_id", sorted(WRONG))
def test_wrong_work_fails_the_check_that_it_violates_and_no_other(assignment_id, python, tmp_path):
    student, criterion = WRONG[assignment_id]

    done = pytest_in(with_sample(tmp_path / "kit", assignment_id, student), python=python)

    # What needs the reference or its measurements is judged later: that is no fault that was found.
    later = r"(?!– of \S+, form only)(?!.*judged after you submit$)"
    found = re.findall(rf"^[✗△?] (\w+)  {later}", done.stdout, re.MULTILINE)
    assert set(found) == {criterion}, done.stdout


def test_every_sample_named_here_is_as_right_or_wrong_as_it_is_said_to_be():
    for assignment_id in IDS:
        expected = expected_of(assignment_id)
        public = public_checks(load_assignment(assignment_id, REFERENCE, public=True))
        assert all(expected[RIGHT[assignment_id]].get(name, "passed") == "passed" for name in public)
        if assignment_id not in WRONG:
            continue
        student, criterion = WRONG[assignment_id]
        assert [name for name in public if expected[student].get(name, "passed") != "passed"] == [criterion]
