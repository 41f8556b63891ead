"""What a worker sends of a submission arrives as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core_examples import evidence

from grader import Finding
from grader.assess.assessors import Assessed
from grader.collect.saved_evidence import save
from grader.executors.remote_grading import packed_result, unpacked_result
from grader.exhibit import Listing

FIRST = Finding.failed("NameError: x", "define it")
WITH_CODE = replace(FIRST, exhibits=(Listing("error", "Where", "x", "hw.py", "x", 1, ()),))


def test_findings_arrive_as_they_were_before_and_after_the_lines_about_an_error(tmp_path: Path):
    save(evidence(), tmp_path / "evidence")
    right = Finding.passed("right")
    made = Assessed({"a": WITH_CODE, "b": right}, raw={"a": FIRST, "b": right})

    found = unpacked_result(packed_result(tmp_path / "evidence", made)).assessed

    assert found == made
