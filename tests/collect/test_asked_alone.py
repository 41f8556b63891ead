"""What looks at files alone is asked where no program was handed in; nothing else is."""

from __future__ import annotations

from core_examples import Script, assignment, data, ended, submission

from grader.collect.collect import collect
from grader.evidence import MissingEvidence
from grader.probes import Ask
from grader.sandbox.protocol import Status

ALONE = Ask("weights", "checkpoint", [{"id": "network"}], library=True, alone=True)
OTHER = Ask("code", "structure", [{"id": "0"}], library=True)


def asked_of(files, *probes, status=Status.EXITED):
    script = Script([ended(status)] * 4)
    evidence = collect(submission(files), assignment(probes=probes, data=data, code="definitions"), script, seed=1)
    return script, evidence


def test_without_a_program_files_are_looked_at_and_nothing_else_is_asked():
    script, evidence = asked_of({"model.pt": b"weights"}, ALONE, OTHER)

    (command,) = script.commands
    assert command.request["entry"] == ""
    assert [probe["id"] for probe in command.request["probes"]] == ["weights"]
    assert evidence.submission.entry is None
    assert set(evidence.drawn) >= {"data", "cases"}


def test_with_a_program_everything_is_asked_of_it():
    script, _ = asked_of({"model.pt": b"weights", "net.py": "class Net:\n    pass\n"}, ALONE, OTHER)

    assert [probe["id"] for probe in script.commands[0].request["probes"]] == ["weights", "code"]


def test_assignments_that_need_a_program_run_nothing_without_one():
    script, _ = asked_of({"model.pt": b"weights"}, OTHER)

    assert not script.commands


def test_a_file_that_ends_its_box_is_why_nothing_came_back():
    _, evidence = asked_of({"model.pt": b"weights"}, ALONE, status=Status.OUT_OF_MEMORY)

    missing = evidence.why_missing()
    assert isinstance(missing, MissingEvidence)
    assert "the program did not finish: it out_of_memory" in missing.reason
