"""Speed: ratios are judged with their interval; in the box no clock, memory or foreknowledge of a student's helps."""

from __future__ import annotations

import types
from dataclasses import replace

import numpy as np
import pytest
from core_examples import SEED, assignment, evidence, execution, submission

from grader.assess import assess_one
from grader.checks import as_fast_as
from grader.checks.blocks.speed import interval, judged
from grader.collect.collect import _Asked
from grader.errors import AssignmentError
from grader.finding import Outcome
from grader.rubric import Criterion
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Limits

INSIDE = """import numpy as np


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
"""
REFERENCE = types.ModuleType("reference")
exec(INSIDE, vars(REFERENCE))  # noqa: S102 - our own
BLOCK = as_fast_as(
    "softmax(x) -> p", "plain.softmax", shapes={"x": (150, 200)}, reference=REFERENCE, at_most=5, pairs=6, seconds=30
)
SLOW = """import math
import numpy as np


def softmax(x):
    rows = [[math.exp(value) for value in row] for row in x.tolist()]
    return np.array([[value / sum(row) for value in row] for row in rows])
"""
FORGED = """import time
import numpy as np

time.perf_counter, first = lambda: 0.0, []


def softmax(x):
    first.append(x)
    e = np.exp(first[0] - first[0].max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
"""
CHILDREN = """import os, time
import numpy as np

begun = []


def softmax(x):
    if not begun:
        begun.append(1)
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
"""
HANDS_ON = """import os
import numpy as np


def softmax(x):
    there, here = os.pipe()
    if os.fork() == 0:
        e = np.exp(x - x.max(1, keepdims=True))
        os.write(here, (e / e.sum(1, keepdims=True)).tobytes()[:40_000])
        os._exit(0)
    content = os.read(there, 40_000)
    os.wait()
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
"""
WORK = {
    "right": INSIDE,
    "slow": SLOW,
    "wrong": "import numpy as np\ndef softmax(x):\n    return np.zeros_like(x)\n",
    "not begun": "def softmax(x):\n    raise NotImplementedError\n",
    "raises": "def softmax(x):\n    raise ValueError('not yet')\n",
    "forged": FORGED,
    "leaves": "import os\ndef softmax(x):\n    os._exit(0)\n",
    "children": CHILDREN,
    "hands on": HANDS_ON,
    "objects": INSIDE.replace(
        "return e / e.sum(1, keepdims=True)", "return (e / e.sum(1, keepdims=True)).astype(object)"
    ),
    "package": "def softmax(x):\n    import numba\n    return numba.jit(x)\n",
    "not there": "def soft(x):\n    return x\n",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speed")
    (folder / "inside").mkdir()
    (folder / "inside" / "plain.py").write_text(INSIDE)
    rule = Criterion("speed", "Speed", 2, BLOCK)
    made = assignment(rule, code="definitions", folder=folder, entry={"def": 1}, limits=Limits(cpu_s=30, wall_s=200))
    sandbox = BubblewrapSandbox()

    def found(source):
        asked = _Asked(submission({"work.py": source}), made, made.probes, sandbox, SEED, "cpu", lambda _: None)
        [(mode, about, ended)] = asked.of_timings("work.py")
        run = execution(ended.status, mode=mode, about=about, frames=len(ended.frames), reason=ended.reason)
        return assess_one(rule, replace(evidence(), executions=(run,), frames=ended.frames))

    return {name: found(source) for name, source in WORK.items()}


def test_a_right_function_is_as_fast_or_cannot_be_told(findings):
    assert findings["right"].outcome in (Outcome.PASSED, Outcome.UNGRADED)
    assert "times as long as the baseline (95 % interval" in findings["right"].message


def test_right_numbers_are_right_in_any_type(findings):
    assert "times as long as the baseline" in findings["objects"].message  # how long is another matter


def test_a_package_that_is_not_here_is_a_persons(findings):
    assert findings["package"].outcome is Outcome.UNGRADED
    assert "softmax raised ModuleNotFoundError: No module named 'numba'" in findings["package"].message


def test_a_slow_function_does_not_pass(findings):
    assert findings["slow"].outcome in (Outcome.FAILED, Outcome.UNGRADED)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wrong", "the result of timed call 1"),
        ("forged", "the result of timed call 1"),
        ("raises", "not yet"),
        ("not begun", "Not attempted: softmax still raises NotImplementedError"),
        ("leaves", "its process ended"),
        ("not there", "expected softmax, found no such definition"),
    ],
)
def test_what_is_not_right_fails_however_fast_it_is(findings, name, told):
    assert findings[name].outcome is Outcome.FAILED, findings[name].message
    assert told in findings[name].message


@pytest.mark.parametrize("name", ["children", "hands on"])
def test_work_that_other_processes_may_do_is_a_persons(findings, name):
    assert findings[name].outcome is Outcome.UNGRADED
    assert "runs processes or threads of its own" in findings[name].message


def test_the_interval_holds_the_median_in_95_of_100_samples():
    rng = np.random.default_rng(0)
    held = [low <= 1.0 <= high for low, high in (interval(np.exp(rng.standard_normal(15))) for _ in range(2000))]

    assert np.mean(held) >= 0.95


@pytest.mark.parametrize(
    ("ratios", "baseline", "others", "outcome"),
    [
        (np.full(15, 1.2), 1e-3, False, Outcome.PASSED),
        (np.full(15, 5.0), 1e-3, False, Outcome.FAILED),
        (np.linspace(1.0, 3.2, 15), 1e-3, False, Outcome.UNGRADED),
        (np.geomspace(2.1, 200, 15), 1e-3, False, Outcome.FAILED),
        (np.geomspace(1.5, 40, 15), 1e-3, False, Outcome.UNGRADED),
        (np.full(15, 5.0), 1e-5, False, Outcome.UNGRADED),
        (np.full(15, 1.2), 1e-3, True, Outcome.UNGRADED),
    ],
)
def test_what_cannot_be_told_is_ungraded(ratios, baseline, others, outcome):
    assert judged("f", ratios, baseline, 2.0, others=others).outcome is outcome


def test_slips_are_told():
    with pytest.raises(AssignmentError, match="expected shapes for x"):
        as_fast_as("softmax(x) -> p", "plain.softmax", shapes={"y": (3, 4)}, reference=REFERENCE)
