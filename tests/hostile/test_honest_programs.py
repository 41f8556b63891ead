"""What holds attackers must not hold the honest."""

from __future__ import annotations

import pytest
from boxes import run
from honest_programs import HONEST, Honest

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Status

pytestmark = pytest.mark.costly

ROOM = {"cpu_s": 20.0, "wall_s": 120.0, "memory_mib": 1024, "scratch_mib": 32}
# As `grade` takes them by default; the warm modules are imported before the clock starts.
SANDBOX = BubblewrapSandbox(warm=("torch",))


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.name)
def test_an_honest_program_comes_to_its_end(honest: Honest):
    execution = run(SANDBOX, honest.source, **(honest.limits or ROOM))

    assert execution.status is Status.EXITED, execution
    assert [frame.header for frame in execution.frames] == [{"right": True}]
