"""What stays for the whole class is not looked at for objects to let go, and afterwards all is as it was."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from grader.batch.garbage import not_looking

# What is set aside before, meanwhile and afterwards.
SET_ASIDE = """
import gc, sys
from grader.batch.garbage import set_aside
if "before" in sys.argv:
    gc.freeze()
before = gc.get_freeze_count()
kept = [[] for _ in range(1000)]
with set_aside():
    meanwhile = gc.get_freeze_count()
print(before > 0, meanwhile > before + 1000, gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(("asked", "found"), [("", "False True False"), ("before", "True True True")])
def test_what_a_batch_sets_aside_is_looked_at_again_afterwards_but_for_what_the_caller_had(asked: str, found: str):
    ended = subprocess.run(
        [sys.executable, "-c", SET_ASIDE, asked], check=True, capture_output=True, text=True, timeout=60
    )

    assert ended.stdout.split() == found.split()


def test_looking_goes_on_as_it_was():
    looked = []
    for looking in (True, False):
        (gc.enable if looking else gc.disable)()
        with not_looking():
            assert not gc.isenabled()
        looked.append(gc.isenabled())
    gc.enable()

    assert looked == [True, False]
