"""Tests that run in several copies of one process are reported as if they had run in one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from side_by_side import MOST, parts

ROOT = Path(__file__).parents[2]
TESTS = """
import os
import pytest

@pytest.mark.parametrize("number", range(60))
def test_number(number):
    print("number", number)
    assert number != 7

@pytest.mark.whole_sample
def test_that_ends_its_process():
    os._exit(3)
"""
INI = "[pytest]\naddopts = -p tests.side_by_side\nmarkers =\n  whole_sample\n  costly\n"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What pytest says of sixty tests, one of which fails, and one more that ends its process."""
    folder = tmp_path_factory.mktemp("side_by_side")
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text(INI)
    command = [sys.executable, "-m", "pytest", "--copies", "3", "-v", "-p", "no:cacheprovider", "-p", "no:grader"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return done.stdout


def test_every_test_is_run_once_though_one_ends_the_process_that_had_taken_others(said):
    ran = Counter(line.split(" ")[0] for line in said.splitlines() if line.startswith("test_it.py::"))

    assert len(ran) == 61
    assert set(ran.values()) == {1}
    assert "2 failed, 59 passed" in said


def test_what_a_failed_test_printed_is_told_and_how_a_process_ended(said):
    assert "number 7\n" in said
    assert "the process that ran it ended with status 3" in said


def test_what_takes_long_is_taken_first_and_no_test_is_left_out(request):
    items = request.session.items

    taken = parts(items)

    whole = [tests[0].get_closest_marker("whole_sample") is not None for tests in taken]
    assert whole == sorted(whole, reverse=True)
    assert max(map(len, taken)) <= MOST
    assert sorted(item.nodeid for tests in taken for item in tests) == sorted(item.nodeid for item in items)
