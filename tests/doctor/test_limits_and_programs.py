from __future__ import annotations

from typing import Any

import pytest
from doctor_examples import Answered, told

from grader.doctor import limit_trials, needed_programs
from grader.doctor.diagnosis import Severity
from grader.sandbox.protocol import Command, Execution, Status

ENDINGS = {overrun.command.support["program.py"]: overrun.expected[0] for overrun in limit_trials.OVERRUNS}


def stopping(command: Command) -> Execution:
    """A sandbox's answer to a program that goes over a limit."""
    return Execution(ENDINGS[command.support["program.py"]], "over the limit")


def test_a_sandbox_that_stops_every_program_is_strong():
    assert {found.level for found in limit_trials.look(Answered(stopping))} == {Severity.STRONG}


@pytest.mark.parametrize("overrun", limit_trials.OVERRUNS, ids=lambda overrun: overrun.limit)
def test_a_limit_that_does_not_hold_is_weak_and_no_other(overrun: limit_trials.Overrun):
    def lenient(command: Command) -> Execution:
        unlimited = command.support == overrun.command.support
        return Execution(Status.EXITED, "ran to its end") if unlimited else stopping(command)

    weak = [found.name for found in limit_trials.look(Answered(lenient)) if found.level is Severity.WEAK]

    assert weak == [overrun.limit]


GOOD: dict[str, Any] = {
    "PyTorch": {"found": "2.13"},
    "torchvision": {"found": "0.28"},
    "matplotlib": {"found": "3"},
    "compiler": {"found": "/usr/bin/gcc"},
}


def level_of(execution: Execution) -> dict[str, Severity]:
    return {found.name: found.level for found in needed_programs.look(Answered(lambda _: execution))}


def test_libraries_that_work_in_a_box_are_strong():
    found = level_of(told(GOOD))

    assert {found[name] for name in GOOD} == {Severity.STRONG}


@pytest.mark.parametrize("name", ["PyTorch", "torchvision", "matplotlib"])
def test_a_library_that_fails_in_a_box_is_weak_and_no_other(name: str):
    found = level_of(told(GOOD | {name: {"error": "ImportError: no"}}))

    assert [weak for weak, level in found.items() if level is Severity.WEAK] == [name]


def test_a_box_that_dies_of_a_library_is_weak():
    found = level_of(Execution(Status.NO_RESULT, "killed by signal 4 (SIGILL)"))

    assert found["PyTorch"] is Severity.WEAK


def test_a_missing_compiler_is_a_note():
    assert level_of(told(GOOD | {"compiler": {"found": None}}))["compiler"] is Severity.NOTE


def test_a_machine_without_a_gpu_gets_a_note(monkeypatch):
    monkeypatch.setattr(needed_programs, "has_gpu", lambda: False)

    assert needed_programs.gpu(Answered(lambda _: told({}))).level is Severity.NOTE


@pytest.mark.parametrize(
    ("execution", "level"),
    [
        (told({"sum": 64.0**3, "name": "A100", "gib": 40.0, "cuda": "13.0"}), Severity.STRONG),
        (told({"sum": 0.0, "name": "A100", "gib": 40.0, "cuda": "13.0"}), Severity.WEAK),
        (Execution(Status.SANDBOX_FAILED, "cuInit 304"), Severity.WEAK),
        (Execution(Status.RAISED, "raised RuntimeError: no CUDA"), Severity.WEAK),
    ],
)
def test_a_gpu_is_strong_only_if_it_computes(monkeypatch, execution: Execution, level: Severity):
    monkeypatch.setattr(needed_programs, "has_gpu", lambda: True)
    asked: list[Command] = []

    found = needed_programs.gpu(Answered(lambda command: asked.append(command) or execution))

    assert found.level is level
    assert asked[0].device == "cuda"
