from __future__ import annotations

from dataclasses import replace

import pytest

from grader.sandbox.limits import Consumption, exceeded
from grader.sandbox.protocol import Limits, Status

LIMITS = Limits(wall_s=60, cpu_s=30, memory_mib=1024, console_mib=16, scratch_files=100)
AT_LIMIT = Consumption(wall_s=60, cpu_s=30, memory=1 << 30, console=16 << 20, files=100)


def test_what_is_at_its_limit_is_within_it():
    assert exceeded(AT_LIMIT, LIMITS) is None


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"memory": 3 << 29}, Status.OUT_OF_MEMORY, "used 1.5 GiB of memory, limit 1.0 GiB, after 60 s"),
        ({"cpu_s": 31.2}, Status.CPU_EXCEEDED, "ran for 31 s of CPU time, limit 30 s"),
        ({"console": 17 << 20}, Status.TOO_MUCH_OUTPUT, "printed more than 16 MiB"),
        ({"files": 101}, Status.TOO_MUCH_OUTPUT, "made 101 files, limit 100"),
        (
            {"wall_s": 61.0, "cpu_s": 2.0},
            Status.TIMED_OUT,
            "ran for 61 s, limit 60 s; it used 2.0 s of CPU time",
        ),
    ],
)
def test_each_limit_is_reported_with_what_was_found(change: dict[str, float], status: Status, reason: str):
    ending = exceeded(replace(AT_LIMIT, **change), LIMITS)

    assert ending is not None
    assert (ending.status, ending.reason) == (status, reason)


def test_memory_is_named_first_when_several_limits_are_exceeded():
    ending = exceeded(replace(AT_LIMIT, memory=2 << 30, cpu_s=99, wall_s=99), LIMITS)

    assert ending is not None
    assert ending.status is Status.OUT_OF_MEMORY
