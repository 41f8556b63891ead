"""An assignment as the instructor writes it: rubric, late policy, and finding it in a folder."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from core_examples import NOON, assignment

from grader.assignment import LatePolicy
from grader.catalog import assignment_ids, load_assignment, reference_root
from grader.errors import AssignmentError
from grader.rubric import Criterion

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
ONE_A_DAY = LatePolicy(Decimal(1))


def penalty(policy: LatePolicy, late: timedelta, earned: object = 8) -> Decimal:
    return policy.penalty(NOON, NOON + late, Decimal(10), Decimal(str(earned)))


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (-DAY, 0),
        (-INSTANT, 0),
        (timedelta(0), 0),
        (INSTANT, 1),
        (DAY - INSTANT, 1),
        (DAY, 1),
        (DAY + INSTANT, 2),
        (7 * DAY, 7),
    ],
)
def test_every_day_begun_after_the_deadline_counts(late, days):
    assert penalty(ONE_A_DAY, late) == days


def test_without_a_deadline_nothing_is_late():
    assert ONE_A_DAY.penalty(None, NOON + 99 * DAY, Decimal(10), Decimal(8)) == 0


def test_without_a_policy_a_late_day_costs_nothing():
    assert penalty(LatePolicy(), 3 * DAY) == 0


@pytest.mark.parametrize(("earned", "lost"), [(8, 3), (3, 3), (2.5, 2.5), (0, 0)])
def test_the_penalty_never_exceeds_what_was_earned(earned, lost):
    assert penalty(ONE_A_DAY, 3 * DAY, earned) == Decimal(str(lost))


def test_on_the_last_day_that_is_accepted_only_the_daily_points_are_lost():
    assert penalty(LatePolicy(Decimal(1), days=2), 2 * DAY) == 2


def test_after_the_last_day_everything_is_lost():
    assert penalty(LatePolicy(Decimal(1), days=2), 2 * DAY + INSTANT) == 8


def test_with_no_late_day_allowed_an_instant_too_late_loses_everything():
    assert penalty(LatePolicy(days=0), timedelta(0)) == 0
    assert penalty(LatePolicy(days=0), INSTANT) == 8


@pytest.mark.parametrize(
    ("submitted", "lost"),
    [
        (datetime(2026, 11, 1, 21, 0, tzinfo=timezone(timedelta(hours=9))), 0),
        (datetime(2026, 11, 1, 21, 1, tzinfo=timezone(timedelta(hours=9))), 1),
        (datetime(2026, 11, 1, 4, 0, tzinfo=timezone(timedelta(hours=-8))), 0),
        (datetime(2026, 11, 1, 11, 59, tzinfo=timezone(timedelta(hours=-8))), 1),
    ],
)
def test_times_of_different_zones_are_compared_as_instants(submitted, lost):
    assert ONE_A_DAY.penalty(NOON, submitted, Decimal(10), Decimal(8)) == lost


def test_a_penalty_given_as_a_fraction_is_in_hundredths_half_up():
    assert penalty(LatePolicy(Decimal("0.125")), DAY) == Decimal("0.13")
    assert penalty(LatePolicy(0.1), 3 * DAY) == Decimal("0.30")


def test_a_deadline_needs_a_time_zone():
    with pytest.raises(AssignmentError, match="due: expected a time with a time zone"):
        assignment(due=datetime(2026, 11, 1))  # noqa: DTZ001 - the mistake


def test_points_may_be_written_as_numbers_and_stay_exact():
    made = assignment(Criterion("a", "A", 0.1), Criterion("b", "B", 0.2), Criterion("c", "C", "0.7"))

    assert made.points == Decimal("1.0")


@pytest.mark.parametrize("name", ["", "Flags", "1st", "a b", "a-b", "é", "a\n"])
def test_a_criterion_id_is_a_column_of_a_table(name):
    with pytest.raises(AssignmentError, match="criterion id"):
        Criterion(name, "Title", 1)


@pytest.mark.parametrize("points", [0, -1, "-0.5"])
def test_a_criterion_is_worth_something(points):
    with pytest.raises(AssignmentError, match="points above 0"):
        Criterion("a", "A", points)


def test_criterion_ids_differ():
    with pytest.raises(AssignmentError, match="found twice: a, b"):
        assignment(*[Criterion(name, "Title", 1) for name in "babac"])


def test_a_criterion_without_a_check_is_for_a_person():
    assert Criterion("a", "A", 1).manual
    assert not Criterion("a", "A", 1, lambda evidence: None).manual


SMALL = """
from grader import Assignment, Criterion
from .part import ENTRY

ASSIGNMENT = Assignment("T", "C", [Criterion("a", "A", 1)], (), ENTRY, lambda seed: {})
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "small" / "provided" / "kit").mkdir(parents=True)
    (tmp_path / "small" / "assignment.py").write_text(SMALL)
    (tmp_path / "small" / "part.py").write_text("ENTRY = {'def': 1}")
    (tmp_path / "small" / "solution.py").write_text("secret = 1")
    (tmp_path / "small" / "provided" / "prologue.py").write_text("x = 1")
    (tmp_path / "small" / "provided" / "kit" / "tools.py").write_text("y = 2")
    (tmp_path / "small" / "provided" / "notes.txt").write_text("not code")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_folders_with_an_assignment_are_found(root):
    assert assignment_ids(root) == ["small"]


def test_an_assignment_knows_its_id_and_folder(root):
    found = load_assignment("small", root)

    assert (found.id, found.folder, dict(found.entry)) == ("small", root / "small", {"def": 1})


def test_students_may_import_what_is_provided_and_nothing_else(root):
    assert load_assignment("small", root).support() == {"prologue.py": b"x = 1", "kit/tools.py": b"y = 2"}


def test_a_solution_imports_what_is_provided_as_students_do(root):
    (root / "small" / "hidden").mkdir()
    (root / "small" / "hidden" / "solution.py").write_text("from prologue import x\nimport kit.tools")
    (root / "small" / "provided" / "kit" / "__init__.py").write_text("")
    other = root / "other"
    shutil.copytree(root / "small", other)
    (other / "provided" / "prologue.py").write_text("x = 5")
    for folder, x in (("small", 1), ("other", 5), ("small", 1)):
        (root / folder / "assignment.py").write_text(f"from .hidden import solution\nassert solution.x == {x}\n{SMALL}")
        assert load_assignment(folder, root).id == folder


def test_what_else_is_provided_is_data_that_is_handed_out(root):
    (root / "small" / "provided" / ".cache").mkdir()
    (root / "small" / "provided" / ".cache" / "x.csv").write_text("no")
    (root / "small" / "provided" / "data").mkdir()
    (root / "small" / "provided" / "data" / "x.csv").write_text("1,2")

    assert load_assignment("small", root).handed_out() == {"notes.txt": b"not code", "data/x.csv": b"1,2"}


def test_loading_again_reads_the_files_again(root):
    load_assignment("small", root)
    (root / "small" / "part.py").write_text("ENTRY = {'class': 22}")

    assert load_assignment("small", root).entry == {"class": 22}


def test_an_unknown_assignment_is_named_with_those_there_are(root):
    with pytest.raises(AssignmentError, match=r"'smal': not found in .* \(there: small\)"):
        load_assignment("smal", root)


@pytest.mark.parametrize("name", ["../small", "small/../small", ".", ""])
def test_a_path_is_no_assignment_id(name, root):
    with pytest.raises(AssignmentError, match="not found"):
        load_assignment(name, root)


def test_a_folder_whose_assignment_is_none_is_said_so(root):
    (root / "small" / "assignment.py").write_text("ASSIGNMENT = 3")

    with pytest.raises(AssignmentError, match=r"expected ASSIGNMENT = Assignment\(...\), found int"):
        load_assignment("small", root)


def test_the_reference_folder_is_the_given_one_then_the_environments(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADER_REFERENCE", str(tmp_path / "named"))

    assert reference_root(tmp_path) == tmp_path
    assert reference_root() == tmp_path / "named"
    monkeypatch.delenv("GRADER_REFERENCE")
    assert reference_root().name == "reference"


def test_points_finer_than_a_hundredth_are_refused():
    with pytest.raises(AssignmentError, match=r"expected points to 0\.01, found 0\.125"):
        Criterion("fine", "Fine", "0.125")
