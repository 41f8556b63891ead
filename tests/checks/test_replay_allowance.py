"""The sum of what is replayed for one submission is limited, not only each replay."""

from __future__ import annotations

import pytest
from core_examples import assignment, evidence
from recorded_networks import chain, node, run, value

from grader.assess.assessors import Assessors
from grader.assignment import Criterion
from grader.checks import replay_allowance as module
from grader.checks.replay_allowance import TooMuchWork, allowance, spend
from grader.collect import saved_evidence
from grader.finding import Finding, Outcome


def test_many_replays_share_one_allowance():
    network = chain(node("aten.relu.default", value(0)))
    with allowance(10**9) as all_of_it:
        run(network)
    once = 10**9 - all_of_it.left

    with allowance(3 * once):
        for _ in range(3):
            run(network)
        with pytest.raises(TooMuchWork, match="expected at most 5e\\+12 multiply-adds in all of them together"):
            run(network)


def test_without_an_allowance_each_replay_stands_alone():
    spend(10**20)


def test_what_is_exhausted_stays_exhausted_and_is_ours():
    with allowance(10):
        with pytest.raises(TooMuchWork):
            spend(11)
        with pytest.raises(TooMuchWork) as stopped:
            spend(0)

    assert stopped.value.ours


def test_a_submission_that_takes_more_is_left_to_a_person_and_the_next_has_its_own(tmp_path, monkeypatch):
    def check(_):
        spend(module.MOST_WORK // 2 + 1)
        return Finding.passed("replayed")

    saved_evidence.save(evidence(), tmp_path)
    with Assessors(assignment(Criterion("a", "A", 1, check), Criterion("b", "B", 1, check)), 1) as assessors:
        for _ in range(2):
            found = assessors.assess(tmp_path)

            assert [found.findings[name].outcome for name in "ab"] == [Outcome.PASSED, Outcome.UNGRADED]
            assert found.stopped
