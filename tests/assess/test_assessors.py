"""Processes that assess: what evidence may do to them, and what the grader makes of it."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch
from core_examples import assignment, evidence

from grader.assess.assess_limits import AssessLimits
from grader.assess.assessors import Assessors, UnreadableEvidence
from grader.collect import saved_evidence
from grader.exhibit import LineFigure, Panel, Series
from grader.finding import Finding, Outcome
from grader.rubric import Criterion

TIGHT = AssessLimits(cpu_s=1, wall_s=60, memory_mib=64)
FIGURE = LineFigure(
    "f", "F", "C", "A", "x", "y", (Panel("", (Series("s", (0.0, 1.0), (float("nan"), float("inf"))),)),)
)
RIGHT = Finding.partial(Fraction(1, 3), "héllo \udc80", "hint", details=("a", "b"), exhibits=(FIGURE,))


@pytest.fixture
def folder(tmp_path):
    """Ada's evidence, saved."""
    saved_evidence.save(evidence(), tmp_path / "ada" / "evidence")
    return tmp_path / "ada" / "evidence"


def assessed(folder, *checks, limits=TIGHT, times=1):
    """What comes back for criteria `c0`, `c1` … with these checks, the last time of several."""
    criteria = [Criterion(f"c{number}", f"C{number}", 1, check) for number, check in enumerate(checks)]
    with Assessors(assignment(*criteria), 1, limits) as assessors:
        for _ in range(times - 1):
            assessors.assess(folder)
        return assessors.assess(folder)


def outcomes(found):
    return {name: str(finding.outcome) for name, finding in sorted(found.findings.items())}


def right(_):
    return RIGHT


def burn(_):
    while True:
        pass


def wait(_):
    threading.Event().wait()


def fill(_):
    return Finding.passed(str(np.ones(1 << 30).sum()))


def fill_with_torch(_):
    return Finding.passed(str(torch.ones(1 << 30).sum()))


def crash(_):
    ctypes.string_at(0)


def test_findings_come_back_as_they_were_made(folder):
    found = assessed(folder, right, lambda evidence: Finding.passed(evidence.submission.student))

    assert repr(found.findings["c0"]) == repr(RIGHT)  # NaN is not equal to itself
    assert found.findings["c1"] == Finding.passed("ada")
    assert not found.stopped


@pytest.mark.parametrize(
    ("check", "limits", "words"),
    [
        (burn, TIGHT, "it took more than 1 s of CPU time"),
        (wait, AssessLimits(wall_s=0.05), "it took more than 0.05 s"),
        (crash, TIGHT, "ended unexpectedly (signal SIGSEGV)"),
        (lambda _: os._exit(3), TIGHT, "ended unexpectedly (exit status 3)"),
        (lambda _: os.kill(os.getpid(), 9), TIGHT, "was killed, as the system does when memory runs out"),
        (fill, TIGHT, "it needs more memory than one submission may take"),
        (fill_with_torch, TIGHT, "it needs more memory than one submission may take"),
    ],
    ids=["cpu", "wall", "crash", "exit", "killed", "memory", "torch"],
)
def test_what_ends_the_process_leaves_one_criterion_to_a_person_and_no_other(folder, check, limits, words):
    found = assessed(folder, right, check, right, limits=limits)

    assert outcomes(found) == {"c0": "partial", "c1": "ungraded", "c2": "partial"}
    assert words in found.findings["c1"].message
    assert "a person has to look" in (found.findings["c1"].hint or "")
    assert found.stopped


def test_two_ends_leave_the_rest_to_a_person(folder):
    found = assessed(folder, crash, crash, right)

    assert outcomes(found) == {"c0": "ungraded", "c1": "ungraded", "c2": "ungraded"}
    assert "ended twice" in found.findings["c2"].message


def test_after_an_end_the_next_submission_is_assessed_as_ever(folder):
    found = assessed(folder, lambda _: right(_) if _first_time(folder) is False else crash(_), right, times=2)

    assert outcomes(found) == {"c0": "partial", "c1": "partial"}


def _first_time(folder):
    mark = folder.parent / "seen"
    seen = mark.exists()
    mark.touch()
    return not seen


def test_time_is_counted_for_each_submission(folder):
    def some_work(_):
        before = time.process_time()  # of user and kernel together, as the limit counts it
        while time.process_time() - before < 0.6:
            pass
        return RIGHT

    assert outcomes(assessed(folder, some_work, times=2)) == {"c0": "partial"}


def test_what_a_process_keeps_does_not_pile_up(folder):
    kept = []

    def hoard(_):
        kept.append(np.zeros(80 << 17))  # 80 MiB
        return Finding.passed(str(len(kept)))

    found = assessed(folder, hoard, times=9, limits=AssessLimits(memory_mib=800))

    assert int(found.findings["c0"].message) < 9


@pytest.mark.parametrize(
    "check",
    [
        lambda _: None,
        lambda _: True,
        lambda _: Finding.passed("x" * (17 << 20)),
        lambda _: Finding(Outcome.PASSED, b"bytes"),
        lambda _: Finding(Outcome.PASSED, "x", None, Fraction(1), (3,)),
        lambda _: Finding.passed("x", exhibits=({"kind": "lines"},)),
    ],
    ids=["none", "true", "large", "bytes", "details", "exhibit"],
)
def test_what_is_no_finding_leaves_its_criterion_to_a_person(folder, check):
    found = assessed(folder, check, right)

    assert outcomes(found) == {"c0": "ungraded", "c1": "partial"}
    assert found.findings["c0"].message.startswith("the grader failed at this criterion: ")


def test_warnings_stay_inside_and_log_lines_come_out(folder, caplog, capfd):
    def noisy(_):
        warnings.warn("a warning about \x1b[31m", stacklevel=1)
        print("printed")
        os.write(2, b"written")
        np.float64(1) / np.zeros(1)
        return RIGHT

    def mistaken(_):
        raise ZeroDivisionError("a mistake")

    with caplog.at_level(logging.ERROR):
        found = assessed(folder, noisy, mistaken)

    assert outcomes(found) == {"c0": "partial", "c1": "ungraded"}
    assert capfd.readouterr() == ("", "")
    [line] = caplog.messages
    assert line.startswith("ada: criterion c1 could not be assessed")
    assert "ZeroDivisionError: a mistake" in line


def test_evidence_that_cannot_be_read_is_said(folder):
    (folder / "evidence.json").write_text("{")

    with pytest.raises(UnreadableEvidence, match="expected saved evidence, found it damaged"):
        assessed(folder, right)


def test_the_submission_after_unreadable_evidence_is_assessed(folder, tmp_path):
    (tmp_path / "bad").mkdir()
    with Assessors(assignment(Criterion("c0", "C0", 1, right)), 1) as assessors:
        with pytest.raises(UnreadableEvidence):
            assessors.assess(tmp_path / "bad")

        assert outcomes(assessors.assess(folder)) == {"c0": "partial"}


def test_evidence_that_is_too_large_to_read_is_left_to_a_person(folder):
    with (folder / "arrays.safetensors").open("r+b") as file:
        file.truncate(1 << 34)

    found = assessed(folder, right, right)

    assert outcomes(found) == {"c0": "ungraded", "c1": "ungraded"}
    assert found.stopped
