from __future__ import annotations

import gc
import logging
import os
import sys
from functools import cache
from pathlib import Path

# Several processes test side by side: libraries with threads of their own in each of them only get in each other's way.
# Before anything imports them; what tests start inherits it.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# Memory that is given back to the system and asked for again is a third of what the system does here. Of the processes
# that test; their own was set up before this.
os.environ |= {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "MALLOC_TOP_PAD_": str(1 << 26),
}

import pytest
import slurm_here
from assessed_here import AssessedHere
from reported_here import rendered_here
from tiny_course import Course

from grader.batch import garbage
from grader.inside import huge_pages
from grader.sandbox.choose import engine_problem
from grader.sandbox.container import ENGINES

# Nearly all of the many objects that are made while tests are collected stay: looking for those that do not is in vain.
gc.disable()

collect_ignore = ["submissions"]  # what students wrote


@cache
def away() -> dict[str, str]:
    """The container engines that cannot be used here, and why."""
    problems = {engine: engine_problem(engine) for engine in ENGINES}
    return {engine: problem.splitlines()[0] for engine, problem in problems.items() if problem}


def pytest_report_header() -> list[str]:
    told = [f"{engine}: tests with a real engine are DESELECTED: {why}" for engine, why in away().items()]
    if (why_not := slurm_here.why_not()) is not None:
        told.append(f"slurm: tests with Slurm are DESELECTED: {why_not}")
    return told


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need a container engine, or Slurm, which is not here.

    Raises UsageError for tests whose names hold addresses: each of several processes would collect others.
    """
    if named := next((item.nodeid for item in items if " at 0x" in item.nodeid), None):
        raise pytest.UsageError(f"expected a name that is the same in every process, found {named}")
    wanted = [(item, item.get_closest_marker("real_engine")) for item in items]
    gone = [item for item, mark in wanted if mark is not None and mark.args[0] in away()]
    if slurm_here.why_not() is not None:
        gone += [item for item in items if item.get_closest_marker("slurm") is not None]
    config.hook.pytest_deselected(items=gone)
    items[:] = [item for item in items if item not in set(gone)]


def pytest_collection_finish() -> None:
    """Nothing compiled is kept from here on: Python cannot tell what tests change in a file within a second.

    Tests copy this process many times: that costs half as much where its memory is in huge pages.
    """
    sys.dont_write_bytecode = True
    _let_loggers_propagate()
    gc.freeze()
    garbage.get_freeze_count = lambda: 1  # some: counting so many takes longer than a small batch
    gc.enable()
    huge_pages.collapse()


def _let_loggers_propagate() -> None:
    """Those of PyTorch do not, some hundred: pytest would attach itself to each of them for every test."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True


@pytest.fixture
def course(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A tiny course with nothing handed in yet. It is assessed in this process, and its reports are made in it, but
    where tests are marked `apart`.
    """
    if request.node.get_closest_marker("apart") is None:
        monkeypatch.setattr("grader.batch.opening.Assessors", AssessedHere)
        monkeypatch.setattr("grader.report.worker._Worker.run", rendered_here)
    return Course(tmp_path)
