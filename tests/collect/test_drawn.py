"""Evidence is tied to the numbers it was made with: where others would be drawn now, nothing is compared."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from core_examples import SEED, Script, assignment, ended, submission
from tiny_course import FakeSandbox

from grader.assess import assess
from grader.assignment import Criterion
from grader.batch.regrade import regrade_one
from grader.collect import drawn as module
from grader.collect import saved_evidence
from grader.collect.collect import collect
from grader.finding import Finding, Outcome
from grader.inside import hidden_weights
from grader.inside.hidden_weights import hidden_digest, hidden_parameter
from grader.probes import Argument, Ask, BuildNetwork, CallFunction, Case, weights_seed
from grader.sandbox.protocol import Execution, Frame, Status

WORK = submission({"main.py": "def get_stats(): pass\n"})
NETWORK = BuildNetwork("net", ("^net$",), (Case("small", (Argument("width", 3, ("^w",)),)),), ("x",))


def small(**changes):
    """An assignment that any work passes, if it is assessed."""
    passes = Criterion("passes", "Passes", 1, lambda _: Finding.passed("right"))
    return assignment(passes, **{"probes": (NETWORK,), **changes})


def drawn_frame(seed=SEED):
    return Frame({"kind": "drawn", "weights": hidden_digest(weights_seed(seed))})


def collected(given=None, *frames):
    return collect(WORK, given or small(), Script([ended(Status.EXITED, *frames)]), seed=SEED)


def found(given, evidence):
    return assess(given, evidence)["passes"]


def test_the_same_numbers_are_compared():
    given = small()

    assert found(given, collected(given, drawn_frame())).outcome is Outcome.PASSED


def test_other_weights_inside_leave_it_to_a_person():
    finding = found(small(), collected(None, Frame({"kind": "drawn", "weights": "0" * 64})))

    assert finding.outcome is Outcome.UNGRADED
    assert "hidden weights were drawn in another way" in finding.message
    assert "grader grade" in (finding.hint or "")


def another_generator(seed, index, shape):
    return hidden_parameter(seed + 1, index, shape)


def test_another_generator_after_saving_leaves_it_to_a_person(monkeypatch, tmp_path):
    saved_evidence.save(collected(None, drawn_frame()), tmp_path / "evidence")
    monkeypatch.setattr(hidden_weights, "hidden_parameter", another_generator)

    finding = found(small(), saved_evidence.load(tmp_path / "evidence"))

    assert finding.outcome is Outcome.UNGRADED
    assert "hidden weights" in finding.message


def test_only_what_a_box_says_first_counts():
    """Student code comes later: it can neither vouch for other weights nor call for a person."""
    forged = Frame({"kind": "drawn", "weights": "0" * 64})
    given = small()

    assert found(given, collected(given, drawn_frame(), forged)).outcome is Outcome.PASSED
    assert found(given, collected(given, Frame({"kind": "loaded"}), forged)).outcome is Outcome.PASSED


def test_other_data_leave_it_to_a_person():
    evidence = collected(small(data=lambda seed: {"x": np.ones(3)}), drawn_frame())

    finding = found(small(data=lambda seed: {"x": np.zeros(3)}), evidence)

    assert finding.outcome is Outcome.UNGRADED
    assert "the assignment's data were others" in finding.message


@pytest.mark.parametrize(
    ("probe", "same"),
    [
        (BuildNetwork("net", ("^my_?net$",), NETWORK.cases, ("x",), ("not",)), True),
        (BuildNetwork("net", ("^net$",), (Case("small", (Argument("width", 3, ("^n",)),)),), ("x",)), True),
        (BuildNetwork("net", ("^net$",), (Case("small", (Argument("width", 4, ("^w",)),)),), ("x",)), False),
        (BuildNetwork("net", ("^net$",), NETWORK.cases, ("y",)), False),
        (CallFunction("net", ("^net$",), NETWORK.cases), False),
        (Ask("net", "ask", ({"id": "small"},)), False),
    ],
    ids=["names", "argument names", "value", "input", "kind", "own"],
)
def test_other_cases_leave_it_to_a_person_and_other_names_for_the_same_do_not(probe, same):
    finding = found(small(probes=(probe,)), collected(None, drawn_frame()))

    assert (finding.outcome is Outcome.PASSED) is same
    assert same or "other cases were asked" in finding.message


def test_a_report_is_assessed_whatever_was_drawn():
    given = small(report_rules=("passes",))

    assert found(given, collected(None, Frame({"kind": "drawn", "weights": "0"}))).outcome is Outcome.PASSED


class Told(FakeSandbox):
    """Says first how it draws weights, as a box does."""

    def run(self, command):
        execution = super().run(command)
        first = Frame({"kind": "drawn", "weights": hidden_digest(command.request["seed"])})
        return Execution(execution.status, execution.reason, (first, *execution.frames), usage=execution.usage)


def test_regrade_with_another_generator_says_so_and_needs_a_person(course, monkeypatch):
    course.submit(ada="2 * x")
    course.grade(Told())
    assert course.json("ada")["points"] == 6
    (course.out / "ada" / "grade.json").unlink()  # so that regrade looks at it again
    monkeypatch.setattr(hidden_weights, "hidden_parameter", another_generator)

    outcome = course.rewrite(regrade_one)

    assert outcome.needs_a_person
    assert course.message("ada").startswith("ungraded: the numbers that this was asked with cannot be drawn again")
    assert course.json("ada")["points"] is None

    course.grade(Told())
    assert course.json("ada")["points"] == 6


def test_results_of_before_without_digests_still_open(course):
    course.submit(ada="2 * x")
    course.grade()
    file = course.out / "ada" / "evidence" / "evidence.json"
    old = saved_evidence.load(file.parent)
    assert set(old.drawn) == {"data", "cases"}
    file.write_text(file.read_text().replace(', "drawn": {', ', "something_else": {'))
    assert saved_evidence.load(file.parent).drawn is None

    outcome = course.rewrite(regrade_one)

    assert not outcome.needs_a_person
    assert course.json("ada")["points"] == 6
    shutil.rmtree(course.out)


def test_data_are_made_once_for_a_batch(monkeypatch):
    module._of_data.cache_clear()
    made = []
    given = small(data=lambda seed: made.append(seed) or {"x": np.ones(3)})

    for _ in range(3):
        module.drawn(given, SEED)

    assert made == [SEED]
