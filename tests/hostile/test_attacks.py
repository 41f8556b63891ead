"""Every attack on every wall: it ends as expected, nothing of it is alive, the next program is as well off."""

from __future__ import annotations

import pytest
from boxes import honest_box_works, run
from hostile_attack import Attack
from hostile_escapes import ESCAPES
from hostile_resources import DISK, MEMORY_ATTACKS, PROCESSES, TIME
from hostile_results import CHANNEL

from grader.sandbox.protocol import Sandbox

ATTACKS = (*TIME, *PROCESSES, *MEMORY_ATTACKS, *DISK, *CHANNEL, *ESCAPES)


def test_no_two_attacks_have_the_same_name():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_program_ends_as_expected_and_leaves_nothing(sandbox: Sandbox, attack: Attack):
    """That nothing is left alive is looked at by the fixture `namespaces` when the test ends."""
    execution = run(sandbox, attack.source, **attack.limits)

    assert execution.status in attack.expected, execution
    assert attack.says in f"{execution.reason}\n{execution.console}"
    assert len(execution.console) < 300_000
    assert len(execution.reason) < 1000
    assert honest_box_works(sandbox)
