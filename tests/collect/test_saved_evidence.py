"""Evidence is saved whole or not at all, and comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from core_examples import SEED, evidence, execution, record

from grader import files
from grader.collect import saved_evidence as store
from grader.collect.saved_evidence import load, save
from grader.evidence import Evidence, FileRecord
from grader.sandbox.protocol import Frame, Status

ARRAYS = {
    "zero dimensions": np.array(2.5),
    "nothing": np.zeros((0, 3), np.float32),
    "nan": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "bool": np.array([[True, False]]),
    "integers": np.array([-(2**63), 2**63 - 1]),
    "small": np.arange(3, dtype=np.int32),
    "bytes": np.arange(256, dtype=np.uint8),
    "slashes/and spaces": np.ones(1, np.float32),
    "": np.ones(1),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "strided": np.arange(10.0)[::3],
}
HEADER = {
    "kind": "call",
    "text": "naïve \u202e 雪 \x00",
    "nan": float("nan"),
    "inf": float("-inf"),
    "none": None,
    "nested": [{"a": [1, 2.5, True]}],
    "large": 2**200,
}
WHOLE = replace(
    evidence(
        Frame({"kind": "loaded"}),
        Frame(HEADER, ARRAYS),
        Frame({}, {"nan": np.zeros(2)}),
        files=(FileRecord("main.py", 3, "ab"),),
        notes=("a link was skipped",),
    ),
    executions=(execution(Status.TIMED_OUT), execution(mode="definitions", console="caf\ufffd")),
)


def saved(found: Evidence, folder) -> dict[str, bytes]:
    save(found, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_outline_is_all_but_the_arrays_which_are_not_read(tmp_path):
    save(WHOLE, tmp_path / "evidence")
    (tmp_path / "evidence" / "arrays.safetensors").unlink()

    found = store.outline(tmp_path / "evidence")

    assert str([frame.header for frame in found.frames]) == str([frame.header for frame in WHOLE.frames])
    assert not any(frame.arrays for frame in found.frames)
    assert replace(found, frames=()) == replace(WHOLE, frames=())


def test_what_was_saved_is_loaded(tmp_path):
    save(WHOLE, tmp_path / "evidence")

    found = load(tmp_path / "evidence")

    assert (found.submission, found.seed, found.executions, found.environment) == (
        WHOLE.submission,
        SEED,
        WHOLE.executions,
        WHOLE.environment,
    )
    assert [json.dumps(frame.header) for frame in found.frames] == [json.dumps(frame.header) for frame in WHOLE.frames]


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_arrays_keep_shape_type_and_every_bit(name, tmp_path):
    save(WHOLE, tmp_path / "evidence")

    found, before = load(tmp_path / "evidence").frames[1].arrays[name], ARRAYS[name]

    assert (found.shape, found.dtype, found.tobytes()) == (before.shape, before.dtype, before.tobytes())


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path):
    first = saved(WHOLE, tmp_path / "first")

    assert saved(load(tmp_path / "first"), tmp_path / "second") == first
    assert set(first) == {"evidence.json", "arrays.safetensors"}


def test_saving_twice_replaces_the_first(tmp_path):
    save(WHOLE, tmp_path / "evidence")
    save(evidence(), tmp_path / "evidence")

    assert load(tmp_path / "evidence").frames == ()
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


def test_evidence_of_what_was_never_run_is_saved_too(tmp_path):
    found = Evidence(record(entry=None, problem="a bomb"), 2**63 - 1)

    save(found, tmp_path / "new" / "folder")

    assert load(tmp_path / "new" / "folder") == found


def test_names_that_no_encoding_holds_are_saved(tmp_path):
    found = evidence(student="ren\udce9", files=(FileRecord("caf\udce9.py", 1, "ab"),), entry="caf\udce9.py")

    save(found, tmp_path / "evidence")

    assert load(tmp_path / "evidence") == found


def test_a_header_with_half_a_character_is_saved(tmp_path):
    found = evidence(Frame({"kind": "call", "error": "\ud800"}))

    save(found, tmp_path / "evidence")

    assert load(tmp_path / "evidence").frames[0].header == {"kind": "call", "error": "\ud800"}


@pytest.mark.parametrize("step", ["first file", "second file", "move"])
def test_a_failure_in_the_middle_leaves_the_old_evidence_whole(step, tmp_path, monkeypatch):
    save(WHOLE, tmp_path / "evidence")
    fail_at(step, monkeypatch)

    with pytest.raises(OSError, match="disk full"):
        save(evidence(), tmp_path / "evidence")

    monkeypatch.undo()
    assert len(load(tmp_path / "evidence").frames) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


@pytest.mark.parametrize("step", ["first file", "second file", "move"])
def test_a_failure_in_the_middle_leaves_nothing_where_nothing_was(step, tmp_path, monkeypatch):
    fail_at(step, monkeypatch)

    with pytest.raises(OSError, match="disk full"):
        save(WHOLE, tmp_path / "evidence")

    assert list(tmp_path.iterdir()) == []


def fail_at(step, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    if step == "move":
        monkeypatch.setattr(files.Path, "rename", fail)
        return
    write, written = files.write_new, []

    def count(path, content):
        written.append(path)
        if len(written) == (1 if step == "first file" else 2):
            path.write_bytes(content[: len(content) // 2])
            fail()
        write(path, content)

    monkeypatch.setattr(files, "write_new", count)


def test_a_missing_folder_is_an_error_with_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["evidence.json", "arrays.safetensors"])
def test_a_missing_file_is_an_error_with_its_name(name, tmp_path):
    save(WHOLE, tmp_path / "evidence")
    (tmp_path / "evidence" / name).unlink()

    with pytest.raises(FileNotFoundError, match=name):
        load(tmp_path / "evidence")


@pytest.mark.parametrize("name", ["evidence.json", "arrays.safetensors"])
@pytest.mark.parametrize("keep", [0, 1, 7, 100, -1])
def test_a_file_that_was_cut_off_is_a_value_error(name, keep, tmp_path):
    path = tmp_path / "evidence" / name
    save(WHOLE, tmp_path / "evidence")
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(ValueError, match="expected saved evidence, found it damaged"):
        load(tmp_path / "evidence")


@pytest.mark.parametrize("key", ["submission", "seed", "executions", "environment", "frames"])
@pytest.mark.parametrize("value", ["absent", None, 3, [3], "text"])
def test_a_document_with_another_content_is_a_value_error(key, value, tmp_path):
    path = tmp_path / "evidence" / "evidence.json"
    save(WHOLE, tmp_path / "evidence")
    document = json.loads(path.read_bytes()) | {key: value}
    if value == "absent":
        del document[key]
    path.write_text(json.dumps(document))

    if (key, value) == ("seed", 3):
        assert load(tmp_path / "evidence").seed == 3
    else:
        with pytest.raises(ValueError, match="expected saved evidence, found it damaged"):
            load(tmp_path / "evidence")
