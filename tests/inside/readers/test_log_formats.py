"""Logs of all formats become the same columns; what cannot be read is said in words."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct

import event_bytes
import numpy as np
import pytest

from grader.inside.readers import logs
from grader.inside.readers.crc32c import crc32c
from grader.inside.readers.log_parts import UnreadableFile


def read(content: bytes | str, name: str = "log") -> tuple[dict[str, list[float]], dict[str, object], list[str]]:
    """Columns of all parts by name, facts, remarks."""
    header, arrays = logs.of_content(content.encode() if isinstance(content, str) else content, name).answer()
    columns = {one["name"]: arrays[one["array"]].tolist() for part in header["parts"] for one in part["columns"]}
    json.dumps(header)
    return columns, header["facts"], header["remarks"]


TWO = {"step": [1.0, 2.0, 3.0], "loss": [0.5, 0.25, 0.125]}
ROWS = [(1, 0.5), (2, 0.25), (3, 0.125)]


def npz(**arrays: object) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "step,loss\n1,0.5\n2,0.25\n3,0.125\n",
        "step;loss\n1;0,5\n2;0,25\n3;0,125\n",
        "step\tloss\n1\t0.5\n2\t0.25\n3\t0.125\n",
        "step loss\n1 0.5\n2 0.25\n3 0.125\n",
        "# step loss\n1 5e-1\n2 2.5e-1\n3 1.25e-1\n",
        "step,loss\n1,tensor(0.5000)\n2,'0.25'\n3,tensor(0.125, grad_fn=<X>)\n",
        "| step | loss |\n|---|---|\n| 1 | 0.5 |\n| 2 | 0.25 |\n| 3 | 0.125 |\n",
        "step,loss\n1,0.5\n2,0.25\nstep,loss\n3,0.125\n",
        "\ufeffstep,loss\r\n1,0.5\r\n2,0.25\r\n3,0.125\r\n",
        "Step 1/3 | loss: 0.5\nStep 2/3 | loss: 0.25\nsaved\nStep 3/3 | loss: 0.125\n",
        "[step=1] loss=0.5\n[step=2] loss=0.25\n[step=3] loss=0.125\n",
        "\n".join(json.dumps({"step": s, "loss": v}) for s, v in ROWS),
        json.dumps([{"step": s, "loss": v} for s, v in ROWS]),
        json.dumps({"step": [1, 2, 3], "loss": [0.5, 0.25, 0.125]}),
        json.dumps({"best": 1, "log_history": [{"step": s, "loss": v} for s, v in ROWS]}),
        json.dumps({"1": {"loss": 0.5}, "2": {"loss": 0.25}, "3": {"loss": 0.125}}),
        json.dumps({"loss": {"1": 0.5, "2": 0.25, "3": 0.125}}),
        pickle.dumps({"step": [1, 2, 3], "loss": np.float32([0.5, 0.25, 0.125])}),
        pickle.dumps([{"step": s, "loss": np.float64(v)} for s, v in ROWS], protocol=2),
        npz(step=np.arange(1, 4), loss=np.array([0.5, 0.25, 0.125])),
        npz(step=np.arange(1, 4), loss=np.array([[0.5, 0.5], [0.2, 0.3], [0.125, 0.125]])),
        gzip.compress(b"step,loss\n1,0.5\n2,0.25\n3,0.125\n", mtime=0),
        event_bytes.file(event_bytes.event(s, 1.0 + s, event_bytes.scalar("loss", v)) for s, v in ROWS),
    ],
)
def test_one_log_in_every_format_is_the_same(content):
    columns, _, _ = read(content, "log.pkl" if content[:1] == b"\x80" else "log")

    assert {name: pytest.approx(columns[name], rel=1e-6) for name in TWO} == TWO


def test_settings_become_facts():
    assert read('#{"env_id": "Pole", "lr": 0.1}\nr,l,t\n1,1,0.1\n2,2,0.2\n')[1] == {"env_id": "Pole", "lr": 0.1}
    assert read("lr: 0.01\nseed: 3\nenv: 'Pole'\n")[1] == {"lr": "0.01", "seed": "3", "env": "Pole"}
    assert read('{"config": {"lr": 0.1}}\n{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n')[1] == {"lr": 0.1}
    assert read(json.dumps({"args": {"lr": 0.1}, "loss": [2, 1]}))[1] == {"args/lr": 0.1}


def test_texts_become_choices_and_days_become_seconds():
    header, arrays = logs.of_content(
        b"step,phase,date\n1,train,2026-01-01 00:00:00\n2,val,2026-01-01 00:01:00\n"
    ).answer()
    columns = {one["name"]: one for one in header["parts"][0]["columns"]}

    assert columns["phase"]["choices"] == ["train", "val"]
    assert np.diff(arrays[columns["date"]["array"]]).tolist() == [60.0]


def test_a_log_that_a_killed_run_left_is_read_to_its_last_whole_line():
    columns, _, remarks = read('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n{"step": 3, "lo')

    assert columns["step"] == [1.0, 2.0]
    assert remarks[0].startswith("cut:")


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        ("", "a.csv", "the file is empty"),
        ("   \n", "a.csv", "the file is empty"),
        (b"\0\1\2" * 50, "a.csv", "no text"),
        ("just some words\nand others here\n", "notes.txt", "no log|no table|no numbers"),
        ("[" * 100_000, "a.json", "nested too deeply|no JSON|no log|no table"),
        ('{"a": ' * 50_000, "a.json", "nested too deeply|no JSON"),
        ("a,b\n" + "1" * 200_000 + ",2\n", "a.csv", "characters"),
        (gzip.compress(b"0" * (70 << 20), mtime=0), "a.csv.gz", "more than 64 MiB"),
        (pickle.dumps(open), "h.pkl", "would call"),
        (b"\x80\x04\x95", "h.pkl", "no whole pickle"),
        (pickle.dumps("text"), "h.pkl", "no numbers"),
        (b"PK\x03\x04" + b"\0" * 40, "a.npz", "no whole"),
        (b"\x93NUMPY\x01\x00\xff\xff", "a.npy", "no array"),
    ],
)
def test_what_cannot_be_read_is_said(content, name, told):
    with pytest.raises(UnreadableFile) as raised:
        read(content, name)

    assert any(part in str(raised.value) for part in told.split("|"))


def test_the_checksum_is_that_of_the_documents():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA


# A file that TensorFlow's own writer makes begins with these 40 bytes: version "brain.Event:2" at 1.0 s.
FIRST = event_bytes.start()


def test_newer_scalars_are_tensors():
    contents = [
        event_bytes.field(1, 0, event_bytes.varint(1)) + event_bytes.field(5, 2, struct.pack("<f", 2.5)),
        event_bytes.field(1, 0, event_bytes.varint(1)) + event_bytes.field(4, 2, struct.pack("<f", 2.5)),
        event_bytes.field(1, 0, event_bytes.varint(2)) + event_bytes.field(6, 2, struct.pack("<d", 2.5)),
        event_bytes.field(1, 0, event_bytes.varint(9)) + event_bytes.field(4, 2, struct.pack("<q", 2)),
        event_bytes.field(1, 0, event_bytes.varint(9)) + event_bytes.field(10, 0, event_bytes.varint(-2)),
    ]
    written = event_bytes.file(
        event_bytes.event(5, 1.5, event_bytes.tensor(f"tag {place}", one)) for place, one in enumerate(contents)
    )
    columns, facts, _ = read(written)

    assert [columns[f"tag {place}"] for place in range(5)] == [[2.5], [2.5], [2.5], [2.0], [-2.0]]
    assert facts == {"file_version": "brain.Event:2"}


def test_settings_are_read_from_texts_and_from_the_plugin_for_them():
    rows = "|param|value|\n|-|-|\n|lr|0.01|\n|seed|3|"
    words = event_bytes.field(1, 0, event_bytes.varint(7)) + event_bytes.text(8, rows)
    number = event_bytes.field(2, 1, struct.pack("<d", 0.99))
    entry = event_bytes.text(1, "gamma") + event_bytes.field(2, 2, number)
    plugin = event_bytes.text(1, "hparams") + event_bytes.field(
        2, 2, event_bytes.field(3, 2, event_bytes.field(1, 2, entry))
    )
    hparams = event_bytes.text(1, "_hparams_/session_start_info") + event_bytes.field(
        9, 2, event_bytes.field(1, 2, plugin)
    )
    _, facts, _ = read(event_bytes.file([event_bytes.event(0, 1.0, event_bytes.tensor("text", words), hparams)]))

    assert facts == {"file_version": "brain.Event:2", "lr": "0.01", "seed": "3", "gamma": 0.99}


def test_a_cut_file_is_read_so_far_and_a_changed_one_is_called_damaged():
    whole = event_bytes.curve("loss", [3.0, 2.0, 1.0])
    cut, changed = whole[:-7], bytearray(whole)
    changed[-20] ^= 1

    assert read(cut)[0]["loss"] == [3.0, 2.0]
    assert read(cut)[2][0].startswith("cut:")
    assert read(bytes(changed))[2][0].startswith("damaged:")


@pytest.mark.parametrize(
    "content",
    [
        FIRST[:5],
        struct.pack("<Q", 2**63) + FIRST[8:],
        event_bytes.record(b"\x0a\xff\xff\xff\xff\x7f"),
        event_bytes.record(b"\xff" * 40),
        event_bytes.record(b"\x0b" * 10),
        b"events" * 30,
    ],
)
def test_hostile_event_files_are_refused_in_words(content):
    with pytest.raises(UnreadableFile):
        read(content, "events.out.tfevents.1")
