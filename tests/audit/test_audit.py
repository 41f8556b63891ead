"""An audit grades right and wrong versions of a solution, and counts how often grading was wrong."""

from __future__ import annotations

import json
import zipfile
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import numpy as np
import pytest
from tiny_course import FakeSandbox, Quiet, write_course

from grader import __version__
from grader.audit import Audit, AuditError, AuditPlan, audit, written
from grader.audit.audit import AT_ONCE
from grader.audit.audit_result import Rejected, Tried
from grader.audit.behaviour import difference, told
from grader.audit.bounds import Share
from grader.catalog import load_assignment, public_files
from grader.evidence import Evidence
from grader.report.audited import bounds_table
from grader.rubric import HandIn
from grader.sandbox.protocol import Command, Execution, Frame, Status
from grader.validation.trial import Trials
from grader.validation.trial_work import TrialWork, code_cells

SOLUTION = b"def double(x, unused=3):\n    if x > 100:\n        return x + x\n    return 2 * x\n"


class Doubles(FakeSandbox):
    """Calls the function of these sources, which are all made of the one above."""

    def run(self, command: Command) -> Execution:
        entry = command.request["entry"]
        content = command.files[entry]
        source = "\n".join(code_cells(content)) if entry.endswith(".ipynb") else content.decode()
        names: dict[str, Any] = {}
        header = {"kind": "call", "probe": "double", "case": "seven", "phase": "direct", "complete": True}
        frames = [Frame({"kind": "loaded", "mode": "run", "errors": [], "finished": True})]
        with suppress(Exception), redirect_stderr(StringIO()) as console:
            exec(source, names)  # noqa: S102 - see above
            frames.append(Frame(header, {"result": np.array(float(names["double"](7)))}))
        return Execution(Status.EXITED, "ran to its end", tuple(frames), console.getvalue())


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Audit:
    root = tmp_path_factory.mktemp("audit")
    assignment = load_assignment("tiny", write_course(root / "reference"))
    trials = Trials(assignment=assignment, sandbox=Doubles(), progress=Quiet(), space=root, jobs=1)
    return audit(trials, TrialWork("solution", {"hw.py": SOLUTION}, "solution.py"), AuditPlan(count=8, seed=4))


def test_mutants_that_change_behaviour_lose_points_and_others_are_told_apart(found):
    assert found.caught.count == found.caught.of >= 2
    assert {one.fate for one in found.tried} == {"caught", "same behaviour"}
    assert found.possible > len(found.tried) == 8
    assert found.sound


def test_mistakes_in_a_place_that_never_runs_take_no_room_of_others(found):
    assert found.idle == 2
    assert not [one for one in found.tried if one.where == "hw.py, line 3"]


def test_few_minutes_make_few_mutants(tmp_path):
    assignment = load_assignment("tiny", write_course(tmp_path / "reference"))
    trials = Trials(assignment=assignment, sandbox=Doubles(), progress=Quiet(), space=tmp_path, jobs=1)
    seconds = iter(range(0, 10_000, 60))

    plan = AuditPlan(count=100, minutes=5, clock=lambda: float(next(seconds)))

    assert 0 < len(audit(trials, TrialWork("solution", {"hw.py": SOLUTION}, ""), plan).tried) <= AT_ONCE


def test_no_right_version_is_rejected(found):
    assert "a notebook for the script" in found.styles
    assert found.rejected == ()
    assert found.false_rejects("value") == Share(0, len(found.styles))


def test_a_solution_without_full_points_cannot_be_audited(tmp_path):
    assignment = load_assignment("tiny", write_course(tmp_path / "reference"))
    trials = Trials(assignment=assignment, sandbox=Doubles(), progress=Quiet(), space=tmp_path, jobs=1)

    with pytest.raises(AuditError, match="value: expected passed, found double"):
        audit(trials, TrialWork("solution", {"hw.py": b"def double(x):\n    return 7 * x\n"}, ""), AuditPlan(1))


def test_programs_in_a_zip_are_audited_and_no_notebook_is_made_where_the_course_takes_none(tmp_path):
    assignment = load_assignment("tiny", write_course(tmp_path / "reference"))
    scripts = replace(assignment, hand_in=(HandIn("hw.zip", ("*.py",), archive=True),))
    trials = Trials(assignment=scripts, sandbox=Doubles(), progress=Quiet(), space=tmp_path, jobs=1)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hw.py", SOLUTION)

    found = audit(trials, TrialWork("solution", {"hw.zip": packed.getvalue()}, "hw.zip"), AuditPlan(count=2, seed=4))

    assert found.possible > len(found.tried) == 2
    assert "a notebook for the script" not in found.styles


def mutant(fate: str, *lost: str, region: str = "f") -> Tried:
    return Tried("m", "operator", "hw.py, line 1", region, fate, lost, "--- a\n+++ a\n-x\n+y", "0/call")


def audited(*tried: Tried, rejected: tuple[Rejected, ...] = ()) -> Audit:
    return Audit(
        assignment="tiny",
        solution="s",
        seed=0,
        possible=50,
        idle=0,
        tried=tried,
        styles=("a", "b"),
        rejected=rejected,
        criteria=("one", "two"),
        seconds=1.0,
        behaviour_seeds=3,
    )


def test_survivors_count_for_the_criteria_that_look_where_they_are():
    found = audited(*[mutant("caught", "one")] * 3, mutant("survived"), mutant("survived", region="g"))

    assert found.caught == Share(3, 5)
    assert (found.false_accepts("one"), found.false_accepts("two")) == (Share(1, 4), Share(0, 0))
    assert not found.sound
    assert "    -x" in "\n".join(found.lines())


def test_one_right_version_that_loses_points_is_not_sound():
    found = audited(*[mutant("caught", "one")] * 40, rejected=(Rejected("a", "two", "expected 14"),))

    assert found.false_rejects("two") == Share(1, 2)
    assert not found.sound
    assert "✗ a: two took points: expected 14" in list(found.lines())


def test_bounds_are_those_of_clopper_and_pearson():
    assert Share(0, 10).bounds == pytest.approx((0.0, 0.30850), abs=1e-5)
    assert Share(3, 20).bounds == pytest.approx((0.03207, 0.37893), abs=1e-5)
    assert Share(10, 10).bounds == pytest.approx((0.69150, 1.0), abs=1e-5)


def evidence(record, **header) -> Evidence:
    array = header.pop("array", np.zeros(2, np.float32))
    return Evidence(record, 1, frames=(Frame({"kind": "call", **header}, {"result": array}),))


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"cpu_s": 1.0, "name": "a"}, {"cpu_s": 2.0, "name": "b"}, None),
        ({"lines": 5}, {"lines": 6}, None),
        ({"count": 3}, {"count": 4}, "0/call/count"),
        ({"number": "0.25"}, {"number": "0.5"}, "0/call/number"),
        ({"loss": float("nan")}, {"loss": float("nan")}, None),
        ({"flag": True}, {"flag": 1}, None),
        ({"array": np.ones(2)}, {"array": np.ones(2) + 1e-7}, None),
        ({"array": np.ones(2)}, {"array": np.array([1.0, 1.1])}, "0/call/array result"),
    ],
)
def test_behaviour_is_numbers_and_not_names(one, other, where):
    assert difference(told(evidence(None, **one)), told(evidence(None, **other)), frozenset()) == where


def test_the_class_report_shows_the_bounds_that_lie_beside_the_assignment(tmp_path):
    written(audited(mutant("caught", "one")), tmp_path / "audit.json")

    (table,) = bounds_table(tmp_path)

    assert table.rows[0] == ("one", "0 of 1 (0.0 % to 97.5 %)", "0 of 2 (0.0 % to 84.2 %)")
    kept = json.loads((tmp_path / "audit.json").read_text())
    assert kept["mutants"]["caught"] == 1
    assert kept["grader"] == __version__
    assert date.fromisoformat(kept["date"])
    assert bounds_table(tmp_path / "elsewhere") == ()
    assert public_files(tmp_path) == {}
