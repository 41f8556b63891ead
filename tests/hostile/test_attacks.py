"""Every attack on every wall: it ends as expected, nothing of it is alive, the next program is as well off."""

from __future__ import annotations

import pytest
from _pytest.mark.structures import ParameterSet
from box_fixtures import WALLS
from boxes import honest_box_works, run
from hostile_attack import Attack
from hostile_escapes import ESCAPES
from hostile_resources import DISK, MEMORY_ATTACKS, PROCESSES, TIME
from hostile_results import CHANNEL
from implementations import ENGINE, IMPLEMENTATIONS

from grader.sandbox.protocol import Sandbox

pytestmark = pytest.mark.costly

ATTACKS = (*TIME, *PROCESSES, *MEMORY_ATTACKS, *DISK, *CHANNEL, *ESCAPES)
# They burn seconds of CPU time against limits that are measured by the same code everywhere: not once more
# against the stand-in for an engine.
COSTLY = {
    "an endless loop in C",
    "two busy processes",
    "a fork bomb",
    "recursion without end",
    "memory spread over ten children",
    "a shared anonymous map of 1 GiB",
}


def test_no_two_attacks_have_the_same_name():
    names = {attack.name for attack in ATTACKS}

    assert len(names) == len(ATTACKS) >= 60
    assert names > COSTLY


def pairs() -> list[ParameterSet]:
    """Every wall with every attack that it is tried with."""
    walls = [wall if isinstance(wall, ParameterSet) else pytest.param(wall) for wall in WALLS]
    return [
        pytest.param(wall.values[0], attack, id=f"{wall.values[0]}-{attack.name}", marks=wall.marks)
        for wall in walls
        for attack in ATTACKS
        if wall.values[0] != ENGINE or attack.name not in COSTLY
    ]


@pytest.mark.parametrize(("sandbox", "attack"), pairs(), indirect=["sandbox"])
def test_a_hostile_program_ends_as_expected_and_leaves_nothing(sandbox: Sandbox, attack: Attack):
    """That nothing is left alive is looked at by the fixture `namespaces` when the test ends."""
    execution = run(sandbox, attack.source, **attack.limits)

    assert execution.status in attack.expected, execution
    assert attack.says in f"{execution.reason}\n{execution.console}"
    assert len(execution.console) < 300_000
    assert len(execution.reason) < 1000
    # With the stand-in for an engine, whose starts are dear, the next attack shows the same.
    assert sandbox == IMPLEMENTATIONS[ENGINE] or honest_box_works(sandbox)
