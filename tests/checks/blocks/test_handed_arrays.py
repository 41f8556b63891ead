"""`measured_arrays`: weights that were handed in, measured by the course's code, and held against the logs."""

from __future__ import annotations

import importlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from core_examples import evidence, execution

from grader.assess import assess_one
from grader.checks import RunLogs, measured_arrays
from grader.finding import Outcome
from grader.inside.handed_in import read as read_file
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame


def play(arrays, seed):
    """Returns around the sum of the weights."""
    if "w" not in arrays:
        raise ValueError(f"expected w, found {', '.join(arrays)}")
    return arrays["w"].sum() + np.random.default_rng(seed).normal(0, 1, 20)


BLOCK = measured_arrays("return", ("*.npz",), play, at_least=50, half_at=30, logs=RunLogs())


def weights(total, name="w"):
    out = io.BytesIO()
    np.savez(out, **{name: np.full(4, total / 4)})
    return out.getvalue()


def log(end, first=10):
    lines = [f"{step},{value:.1f}" for step, value in enumerate(np.linspace(first, end, 60))]
    return "\n".join(["step,return", *lines, *[f"{60 + step},{end}" for step in range(20)]]).encode()


def handed_in(files, tmp_path, block=BLOCK):
    """The finding on files, as their readers give them."""
    runs, frames = [], []
    for reading in block.reads:
        module = importlib.import_module(f"grader.inside.readers.{reading.reader}")
        sent = []
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
            if reading.fits(name):
                header, arrays = read_file(module.read, tmp_path / name)
                told = json.loads(json.dumps(header))
                sent += [Frame({"kind": "begun", "path": name}), Frame({"kind": "file", "path": name, **told}, arrays)]
        runs.append(execution(mode="files", about=reading.id, frames=len(sent)))
        frames += sent
    found = replace(evidence(), executions=tuple(runs), frames=tuple(frames))
    return assess_one(Criterion("it", "It", 1, block), found)


@pytest.mark.parametrize(
    ("total", "end", "outcome", "words"),
    [
        (60, 61, Outcome.PASSED, "asked for a return of at least 50, found 59.7"),
        (
            60,
            45,
            Outcome.PASSED,
            "asked for a return of at least 50, found 59.7",
        ),  # the best evaluation may be handed in
        (40, 41, Outcome.PARTIAL, "found 39.7"),
        (20, 21, Outcome.FAILED, "found 19.7"),
        (60, 120, Outcome.FAILED, "the logs end with a return of 120 or more; what was handed in gives"),
        (20, 90, Outcome.FAILED, "the logs end with a return of 90 or more"),
    ],
)
def test_weights_are_held_against_what_the_logs_end_with(total, end, outcome, words, tmp_path):
    finding = handed_in({"policy.npz": weights(total), "log.csv": log(end)}, tmp_path)

    assert finding.outcome is outcome
    assert words in finding.message


def test_logs_that_are_not_there_are_no_matter_of_the_weights(tmp_path):
    assert handed_in({"policy.npz": weights(60)}, tmp_path).outcome is Outcome.PASSED


def test_what_is_wrong_with_the_arrays_is_said_in_the_courses_words(tmp_path):
    finding = handed_in({"policy.npz": weights(60, "theta"), "log.csv": log(60)}, tmp_path)

    assert "policy.npz: expected w, found theta" in finding.message
    assert "not attempted" in handed_in({"log.csv": log(60)}, tmp_path / "..").message.lower()


@pytest.mark.parametrize(("own", "outcome"), [(60, Outcome.PASSED), (-60, Outcome.FAILED)])
def test_of_several_files_the_one_that_is_asked_for_counts(tmp_path, own, outcome):
    block = measured_arrays("return", ("policy.npz", "*.npz"), play, at_least=50)
    files = {"best.npz": weights(-own), "policy.npz": weights(own), "zero.npz": weights(0)}

    finding = handed_in(files, tmp_path, block)

    assert finding.outcome is outcome
    assert "with policy.npz" in finding.message
