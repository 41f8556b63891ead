"""Findings are taken again where all that they rest on is the same, and from nowhere else."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from core_examples import evidence
from tiny_course import Course

from grader import Criterion, Finding
from grader.assess.assessors import Assessed
from grader.batch.kept_findings import KeptFindings
from grader.batch.regrade import regrade_one
from grader.collect.saved_evidence import load, save
from grader.exhibit import Table
from grader.gradebook.results import StudentFolder
from grader.readings.kept import MOST_CHARS, WorkedOut
from grader.sandbox.protocol import Frame

FOUND = {
    "a": Finding.passed("right", details=("one",), exhibits=(Table("t", "T", "A table.", ("x",), (("1",),)),)),
    "b": Finding.failed("ValueError: wrong", "mend it"),
    "c": Finding.ungraded("the grader failed"),
    "d": Finding.ungraded("a person grades this"),
}
RUBRIC = [Criterion(name, name.upper(), 1, lambda _: FOUND["a"]) for name in "abc"] + [Criterion("d", "D", 1)]
DIGESTS = dict.fromkeys("abcd", "as it was")


class Judge:
    """Stands for the processes that assess, and notes what they were asked."""

    def __init__(self, **found: Finding) -> None:
        self.asked: list[list[str]] = []
        self.found = {**FOUND, **found}
        self.stopped = False
        self.given: list[WorkedOut] = []
        self.worked_out: WorkedOut = {}

    def __call__(self, criteria: Sequence[str], kept: WorkedOut) -> Assessed:
        self.asked.append(list(criteria))
        self.given.append(kept)
        raw = {name: self.found[name] for name in criteria}
        return Assessed(dict(raw), self.stopped, raw=dict(raw), worked_out=self.worked_out)


@pytest.fixture
def folder(tmp_path: Path) -> StudentFolder:
    found = StudentFolder(tmp_path / "ada")
    save(evidence(), found.evidence)
    return found


def judged(folder: StudentFolder, judge: Judge, **rests_on: str) -> Assessed:
    return taken(KeptFindings(RUBRIC, DIGESTS | rests_on), folder, judge)


def taken(kept: KeptFindings, folder: StudentFolder, judge: Judge) -> Assessed:
    return kept.assess(folder, folder.evidence_sha256(), load(folder.evidence), judge)


def test_what_was_found_is_taken_again_as_it_was(folder):
    judge = Judge()
    first, second = (judged(folder, judge) for _ in range(2))

    assert judge.asked == [["a", "b", "c", "d"], ["c"]]  # what nobody could judge is tried again
    assert first.findings == second.findings == FOUND


def test_a_criterion_that_rests_on_something_else_is_judged_again_alone(folder):
    judged(folder, Judge())
    judge = Judge(b=Finding.passed("right after all"))

    again = judged(folder, judge, b="changed")

    assert judge.asked == [["b", "c"]]
    assert again.findings == {**FOUND, "b": Finding.passed("right after all")}
    assert judged(folder, judge, b="changed").findings == again.findings


def test_a_criterion_of_which_nothing_is_known_is_judged_each_time(folder):
    judge = Judge()
    for _ in range(2):
        taken(KeptFindings(RUBRIC, {"a": "as it was"}), folder, judge)

    assert judge.asked == [["a", "b", "c", "d"], ["b", "c", "d"]]


def test_a_criterion_that_is_new_is_judged(folder):
    judged(folder, Judge())
    judge = Judge(e=Finding.passed("new"))
    rubric = [Criterion("e", "E", 1, lambda _: FOUND["a"]), *RUBRIC]

    found = taken(KeptFindings(rubric, DIGESTS | {"e": "x"}), folder, judge)

    assert judge.asked == [["e", "c"]]
    assert found.findings["e"].message == "new"


def test_other_evidence_is_judged_whole(folder):
    judged(folder, Judge())
    judge = Judge()
    save(evidence(Frame({"kind": "other"}, {})), folder.evidence)

    judged(folder, judge)

    assert judge.asked == [["a", "b", "c", "d"]]


def kept(folder: StudentFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.loads(folder.findings.read_text())["kept"])
    return found


def forged(folder: StudentFolder, change: Callable[[dict[str, Any]], Any], *, sealed: bool = True) -> None:
    content = kept(folder)
    change(content)
    text = json.dumps(content)
    digest = hashlib.sha256(text.encode()).hexdigest() if sealed else json.loads(folder.findings.read_text())["sha256"]
    folder.findings.write_text(json.dumps({"sha256": digest, "kept": text}))


def of_another_student(folder: StudentFolder) -> None:
    other = StudentFolder(folder.path.with_name("bob"))
    save(evidence(Frame({"kind": "bob's"}, {})), other.evidence)
    judged(other, Judge())
    shutil.copy(other.findings, folder.findings)


DAMAGE: dict[str, Callable[[StudentFolder], Any]] = {
    "cut off": lambda folder: folder.findings.write_bytes(folder.findings.read_bytes()[:-40]),
    "empty": lambda folder: folder.findings.write_bytes(b""),
    "no JSON object": lambda folder: folder.findings.write_text("[1]"),
    "nested too deep": lambda folder: folder.findings.write_text("[" * 100_000),
    "edited": lambda folder: forged(folder, lambda found: found["findings"]["b"].clear(), sealed=False),
    "another student's": of_another_student,
    "of another form": lambda folder: forged(folder, lambda found: found.update(schema=2)),
    "no findings": lambda folder: forged(folder, lambda found: found.update(findings=[1])),
    "no finding": lambda folder: forged(folder, lambda found: found["findings"]["a"].update(finding={"outcome": "x"})),
    "a folder": lambda folder: (folder.findings.unlink(), folder.findings.mkdir()),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_damaged_or_belongs_elsewhere_is_not_taken(name, folder):
    judged(folder, Judge())
    DAMAGE[name](folder)
    judge = Judge()

    assert judged(folder, judge).findings == FOUND
    assert judge.asked == [["a", "b", "c", "d"]]


def test_nothing_is_kept_of_work_at_which_assessing_was_ended(folder):
    judge = Judge()
    judge.stopped = True

    judged(folder, judge)

    assert not folder.findings.exists()


def test_lines_about_an_error_follow_the_first_finding_that_blames_it(tmp_path):
    """Whichever findings are new: they belong to all of them together."""
    error = {
        "kind": "ValueError",
        "message": "wrong",
        "where": "hw.py",
        "line": 2,
        "around": {"first": 1, "lines": ["x = 1", "raise ValueError"]},
    }
    folder = StudentFolder(tmp_path / "ada")
    save(evidence(Frame({"kind": "loaded", "mode": "run", "finished": False, "errors": [error]}, {})), folder.evidence)
    judged(folder, Judge())

    later = judged(folder, Judge())
    earlier = judged(folder, Judge(a=Finding.failed("ValueError too")), a="changed")

    assert [len(later.findings[name].exhibits) for name in "ab"] == [1, 1]
    assert [len(earlier.findings[name].exhibits) for name in "ab"] == [1, 0]


def test_regrading_gives_the_same_bytes_with_kept_findings_and_without(course: Course):
    course.submit(ada="2 * x", bob="-3")
    course.grade()
    before = course.files("grade.json", "grades.csv", "exhibits.json")
    assert (course.out / "ada" / "findings.json").exists()

    for path in course.out.glob("*/findings.json"):
        path.unlink()
    course.rewrite(regrade_one)

    assert course.files("grade.json", "grades.csv", "exhibits.json") == before


def kept_from_elsewhere(folder: StudentFolder, made: Assessed) -> list[list[str]]:
    """What has to be judged after another machine has made findings."""
    KeptFindings(RUBRIC, DIGESTS).keep(folder, folder.evidence_sha256(), made)
    judge = Judge()
    judged(folder, judge)
    return judge.asked


def test_what_another_machine_found_is_taken_again(folder):
    assert kept_from_elsewhere(folder, Assessed(dict(FOUND), raw=dict(FOUND))) == [["c"]]


def test_nothing_is_taken_again_where_another_machine_ended_at_a_criterion(folder):
    assert kept_from_elsewhere(folder, Assessed(dict(FOUND), stopped=True, raw=dict(FOUND))) == [["a", "b", "c", "d"]]


def worked_out(folder: StudentFolder, *found: WorkedOut, code: dict[str, str | None] | None = None) -> list[WorkedOut]:
    """What is given to each of several assessments, the last of which finds nothing new."""
    kept, judge = KeptFindings(RUBRIC, DIGESTS, (code or {"f": "1", "g": "1"}).get), Judge()
    for judge.worked_out in (*found, {}):
        taken(kept, folder, judge)
    return judge.given


def test_what_was_worked_out_is_given_to_the_next_assessment(folder):
    assert worked_out(folder, {"f": {"1": 1}}, {"f": {"2": [2]}, "g": {"": "x"}}) == [
        {},
        {"f": {"1": 1}},
        {"f": {"1": 1, "2": [2]}, "g": {"": "x"}},
    ]


def test_what_other_code_worked_out_is_not_given_and_the_rest_is(folder):
    worked_out(folder, {"f": {"1": 1}, "g": {"2": 2}})

    assert worked_out(folder, code={"f": "2", "g": "1"}) == [{"g": {"2": 2}}]


def test_what_nobody_can_follow_is_not_kept(folder):
    assert worked_out(folder, {"f": {"1": 1}, "nobody": {"2": 2}}, code={"f": "1"})[1] == {"f": {"1": 1}}


def test_what_is_new_takes_the_place_of_what_was_kept_where_there_is_no_room_for_both(folder):
    half = (MOST_CHARS // 2) * "x"

    assert worked_out(folder, {"f": {"1": half}}, {"f": {"2": half}})[2] == {"f": {"2": half}}


@pytest.mark.parametrize("name", [name for name in DAMAGE if name != "no findings"])
def test_nothing_that_was_worked_out_is_taken_from_a_damaged_file(name, folder):
    worked_out(folder, {"f": {"1": 1}})
    DAMAGE[name](folder)

    assert worked_out(folder) == [{}]


NO_WORK = [1, {"f": 1}, {"f": {"rests_on": "1"}}, {"f": {"rests_on": "1", "found": 1}}]


@pytest.mark.parametrize("part", NO_WORK, ids=repr)
def test_what_is_no_work_is_not_taken(part, folder):
    worked_out(folder, {"f": {"1": 1}})
    forged(folder, lambda found: found.update(worked_out=part))

    assert worked_out(folder) == [{}]
