from __future__ import annotations

import pytest
from boxes import honest_box_works, run
from hostile_programs import DISK, MEMORY_ATTACKS, PROCESSES, TIME, Attack
from hostile_results import CHANNEL

from grader.sandbox.protocol import Sandbox

ATTACKS = (*TIME, *PROCESSES, *MEMORY_ATTACKS, *DISK, *CHANNEL)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_program_ends_as_expected_and_leaves_nothing(sandbox: Sandbox, attack: Attack):
    execution = run(sandbox, attack.source, **attack.limits)

    assert execution.status in attack.expected, execution
    assert attack.says in f"{execution.reason}\n{execution.console}"
    assert len(execution.console) < 300_000
    assert len(execution.reason) < 1000


@pytest.mark.parametrize("name", ["a fork bomb", "a memory hog", "killing everybody", "a flood on stdout"])
def test_the_next_box_is_as_good_as_new(sandbox: Sandbox, name: str):
    (attack,) = [attack for attack in ATTACKS if attack.name == name]

    run(sandbox, attack.source, **attack.limits)

    assert honest_box_works(sandbox)
