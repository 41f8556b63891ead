"""A student's function is timed by the kernel's count of its CPU time, to the end of the call."""

from __future__ import annotations

import numpy as np
import pytest

from grader.inside.timed import Failed, Worker

REQUEST = {"shapes": [["x", [3]]], "scale": 1.0, "gpu": False, "torch": False, "plain": {}, "pairs": 6}
SHORT = 20_000  # steps of a loop: less than a tick of the kernel's, and no less than a hundred thousandth of a second


def looping(x):
    for _ in range(SHORT):
        pass
    return 2 * x


@pytest.fixture
def workers():
    made = []

    def start(function):
        made.append(Worker(lambda: function, REQUEST))
        made[-1].loaded("student")
        made[-1].rest()
        return made[-1]

    yield start
    for worker in made:
        worker.end()


def test_no_call_is_so_short_that_its_time_is_lost(workers):
    worker = workers(looping)

    times = [worker.call("student", {"x": np.ones(3, np.float32)})[0] for _ in range(300)]

    assert min(times) > 1e-5


def test_what_is_given_is_what_the_function_sees(workers):
    _, result = workers(looping).call("student", {"x": np.arange(3, dtype=np.float32)})

    assert result.tolist() == [0, 2, 4]


def test_a_process_that_ends_in_a_call_is_told(workers):
    def leaving(_):
        raise SystemExit

    with pytest.raises(Failed, match="SystemExit"):
        workers(leaving).call("student", {"x": np.ones(3, np.float32)})
