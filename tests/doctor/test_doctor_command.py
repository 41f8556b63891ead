from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from doctor_examples import Answered, Answers, resisted, told

from grader.cli import main
from grader.doctor import Diagnosis, Severity
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Execution, Status

STRONG = Diagnosis("wall", "write to the system", Severity.STRONG, "tried and refused")
NOTE = Diagnosis("system", "landlock", Severity.NOTE, "version 4", "a newer kernel")
WEAK = Diagnosis("system", "AppArmor", Severity.WEAK, "forbids user namespaces", "install the profile")


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch):
    def run(*diagnoses: Diagnosis, options: tuple[str, ...] = ()) -> Result:
        monkeypatch.setattr("grader.doctor.examine", lambda *_, **__: iter(diagnoses))
        return CliRunner().invoke(main, ["doctor", *options])

    return run


def test_a_strong_machine_is_exit_status_0(doctor):
    result = doctor(STRONG, NOTE)

    assert result.exit_code == 0
    assert "1 strong, 1 noted, 0 weak: this machine is fit to grade" in result.output


def test_a_weak_machine_is_exit_status_1_and_the_fix_is_told(doctor):
    result = doctor(STRONG, WEAK)

    assert result.exit_code == 1
    assert "  weak    AppArmor" in result.output
    assert "hint: install the profile" in result.output
    assert "mend first: AppArmor" in result.output


def test_json_holds_every_diagnosis(doctor):
    result = doctor(STRONG, WEAK, options=("--json",))

    content = json.loads(result.output)
    assert (result.exit_code, content["schema"], content["strong"]) == (1, 1, False)
    assert [one["level"] for one in content["diagnoses"]] == ["strong", "weak"]
    assert content["diagnoses"][1]["fix"] == "install the profile"


def test_where_no_box_can_be_built_nothing_is_run_in_one(monkeypatch):
    from grader.doctor import examine

    sandbox = Answers([Execution(Status.SANDBOX_FAILED, "bwrap: no")])

    areas = {found.area for found in examine(sandbox)}

    assert areas == {"system", "wall", "reports"}
    assert [command.program for command in sandbox.commands] == ["self_attack"]


def test_without_bubblewrap_its_own_needs_are_not_looked_at():
    from grader.doctor import examine

    def answer(command: Command) -> Execution:
        return resisted() if command.program == "self_attack" else told({})

    found = tuple(examine(Answered(answer, wall="podman")))

    assert [one.name for one in found if one.area == "system"] == ["podman"]


@pytest.mark.costly
def test_this_machine_has_a_wall_and_limits_that_hold():
    from grader.doctor import examine

    found = tuple(examine(BubblewrapSandbox(warm=())))

    assert [one for one in found if one.level is Severity.WEAK] == []
    assert {one.area for one in found} == {"system", "wall", "limits", "student code", "reports"}
    assert len([one for one in found if one.area == "wall"]) >= 15
