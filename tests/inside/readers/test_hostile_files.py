"""Hostile logs, histories, event files: each gives a message, none runs anything, none keeps others from being read."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import event_bytes
import numpy as np
import pytest
from core_examples import SEED, assignment, evidence, submission

from grader.collect.collect import collect
from grader.evidence import FileRecord
from grader.inside.handed_in import read
from grader.inside.readers import logs
from grader.probes import ReadFiles
from grader.readings.opened_files import files_read
from grader.sandbox.bubblewrap import BubblewrapSandbox

TOUCHED = "/tmp/touched_by_a_pickle"


class Runs:
    """A pickle that calls something when it is read."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def nested(depth: int) -> bytes:
    return b"\x80\x04" + b"]" * (depth + 1) + b"a" * depth + b"."


def doubled(times: int) -> bytes:
    """A list of a list twice, of that twice, …: few bytes that name 2 ** times numbers."""
    value: list[Any] = [1.0]
    for _ in range(times):
        value = [value, value]
    return pickle.dumps(value)


@cache  # made when a test needs it, and not when tests are collected
def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("returns.npy", b"\0" * (80 << 20))
    return out.getvalue()


def promised(count: int) -> bytes:
    """An array whose header says that it is larger than its file."""
    out = io.BytesIO()
    np.save(out, np.zeros(4))
    return out.getvalue().replace(b"(4,), ", f"({count},), ".encode()[:6].ljust(6))


def objects() -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([Runs(eval, "1")], dtype=object), allow_pickle=True)
    return out.getvalue()


MADE: dict[str, bytes] = {
    "system.pkl": pickle.dumps(Runs(Path.touch, Path(TOUCHED))),
    "eval.pkl": pickle.dumps(Runs(eval, f"open({TOUCHED!r}, 'w')")),
    "import.pkl": b"cbuiltins\n__import__\n(S'os'\ntR.",
    "getattr.pkl": b"cbuiltins\ngetattr\n(cos\nsystem\nS'x'\ntR.",
    "numpy_eval.pkl": b"cnumpy.testing._private.utils\nrunstring\n(S'x'\ntR.",
    "deep.pkl": nested(100_000),
    "doubled.pkl": doubled(60),
    "large.pkl": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
    "frame.pkl": b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"N.",
    "extension.pkl": b"\x80\x02\x82\x01.",
    "persistent.pkl": b"\x80\x04\x8c\x01xQ.",
    "object.npy": objects(),
    "promised.npy": promised(9),
    "events.out.tfevents.length": struct.pack("<Q", 2**60) + event_bytes.start()[8:],
    "events.out.tfevents.fields": event_bytes.record(b"\x08\x01" * 20_000 + b"\x0a\xff\xff\xff\xff\x0f"),
    "events.out.tfevents.wires": event_bytes.record(b"\x0e" * 30),
    "number.json": b'{"loss": [' + b"9" * 6000 + b"]}",
    "deep.jsonl": b"\n".join([b'{"a":' * 3000] * 3),
}
HOSTILE = (*MADE, "bomb.npz")


def content(name: str) -> bytes:
    return bomb() if name == "bomb.npz" else MADE[name]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_a_message(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(content(name))
    header, _ = read(logs.read, path)

    assert 10 < len(header["problem"]) <= 600
    assert not Path(TOUCHED).exists()


@pytest.fixture(scope="module")
def found():
    """All of them and an honest log, handed in together and read as a batch does."""
    reading = ReadFiles("training logs", "logs", ("*.csv", "*.pkl", "*.np?", "*tfevents*", "*.json*"))
    made = replace(assignment(), reads=(reading,), code="none")
    work = submission({**{name: content(name) for name in HOSTILE}, "zz_honest.csv": b"step,loss\n1,2\n2,1\n"})
    return reading, collect(work, made, BubblewrapSandbox(), seed=SEED)


def test_an_honest_log_beside_hostile_ones_is_read(found):
    reading, evidence_ = found
    by_path = {one.path: one for one in files_read(evidence_, reading)}

    assert set(by_path) == {*HOSTILE, "zz_honest.csv"}
    assert by_path["zz_honest.csv"].frame is not None
    assert not [one for one in by_path.values() if one.ours]
    assert not Path(TOUCHED).exists()


def test_what_was_read_is_told_apart_from_student_code(found):
    _, evidence_ = found

    assert {run.mode for run in evidence_.executions} == {"files"}
    assert not evidence_.code_runs
    assert not evidence_.of_kind("file")


def test_a_file_that_nobody_read_is_a_persons():
    reading = ReadFiles("training logs", "logs", ("*.csv",))
    record = evidence().submission
    unread = replace(evidence(), submission=replace(record, files=(FileRecord("big.csv", 5, "0" * 64),)))

    assert [one.ours for one in files_read(unread, reading)] == [True]
