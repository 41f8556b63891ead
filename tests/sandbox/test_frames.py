from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from grader.inside.channel import PREFIX
from grader.sandbox.frames import MAX_FRAMES, BadFrame, FrameReader, TooMuchResult, parse_arrays
from grader.sandbox.protocol import Frame

MIB = 1 << 20


def wire(header: Any, blob: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return PREFIX.pack(len(blob), len(text)) + text + blob


def read(data: bytes, limit: int = MIB) -> list[Frame]:
    return list(FrameReader(limit).feed(data))


def blob(table: Any, data: bytes = b"") -> bytes:
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: Any = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_frames_are_found_wherever_the_stream_is_cut():
    data = wire({"n": 1}) + wire({"n": 2}, save({"x": np.arange(3)})) + wire({"n": 3})
    reader = FrameReader(MIB)

    frames = [frame for n in range(len(data)) for frame in reader.feed(data[n : n + 1])]

    assert [frame.header["n"] for frame in frames] == [1, 2, 3]
    assert frames[1].arrays["x"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"[]", b"null", b"1", b"\xff\xfe", b'{"a": 1} x', b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_a_header_that_is_not_a_json_object_is_refused(header: bytes):
    with pytest.raises(BadFrame):
        read(wire(header))


@pytest.mark.parametrize(("depth", "fits"), [(31, True), (32, False), (900, False), (200_000, False)])
def test_a_header_may_nest_32_deep(depth: int, fits: bool):
    data = wire(b'{"a":' + b"[" * depth + b"]" * depth + b"}")

    if fits:
        assert len(read(data)) == 1
    else:
        with pytest.raises(BadFrame):
            read(data)


def test_lengths_are_refused_before_anything_is_stored():
    with pytest.raises(TooMuchResult, match="more than 1 MiB of results"):
        read(PREFIX.pack(1 << 60, 2))
    with pytest.raises(BadFrame, match="header claims"):
        read(PREFIX.pack(0, (1 << 32) - 1))


def test_the_limit_holds_for_all_frames_together():
    reader = FrameReader(1000)
    frame = wire({"a": "x" * 400})

    assert len([*reader.feed(frame), *reader.feed(frame)]) == 2
    with pytest.raises(TooMuchResult):
        list(reader.feed(frame))


def test_the_number_of_frames_is_limited():
    with pytest.raises(TooMuchResult, match=f"more than {MAX_FRAMES} results"):
        read(wire({}) * (MAX_FRAMES + 1))


def test_all_json_together_is_limited():
    frame = wire({"a": "x" * 1_000_000})
    reader = FrameReader(100 * MIB)
    assert len(list(reader.feed(frame * 8))) == 8

    with pytest.raises(TooMuchResult, match="MiB of JSON"):
        list(reader.feed(frame))


def test_the_number_of_arrays_is_limited():
    many = {f"{n}": np.zeros(0, np.uint8) for n in range(10_001)}
    reader = FrameReader(100 * MIB)
    assert len(list(reader.feed(wire({}, save(many))))) == 1

    with pytest.raises(TooMuchResult, match="arrays"):
        list(reader.feed(wire({}, save(many))))


def test_halves_of_characters_are_replaced():
    (frame,) = read(wire(b'{"\\ud800": ["a\\udfff", "\\ud83d\\ude00", "\\u00e4", null, 1.5]}'))

    replaced = "\N{REPLACEMENT CHARACTER}"
    assert frame.header == {replaced: [f"a{replaced}", "\N{GRINNING FACE}", "ä", None, 1.5]}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"", "cut off"),
        (struct.pack("<Q", 1 << 62), "array table claims"),
        (struct.pack("<Q", 100) + b"{}", "array table claims"),
        (blob(b"[]"), "expected an object"),
        (blob({"x": 1}), "unknown dtype"),
        (blob({"x": entry("F16")}, b"abcd"), "unknown dtype"),
        (blob({"x": entry(["F32"])}, b"abcd"), "unknown dtype"),
        (blob({"x": entry(shape="1")}, b"abcd"), "malformed"),
        (blob({"x": entry(shape=[True])}, b"abcd"), "malformed"),
        (blob({"x": entry(shape=[-1])}, b"abcd"), "malformed"),
        (blob({"x": entry(shape=[1.0])}, b"abcd"), "malformed"),
        (blob({"x": entry(offsets=[0])}, b"abcd"), "malformed"),
        (blob({"x": entry(offsets=[0, 8])}, b"abcd"), "8 bytes, 4 were sent"),
        (blob({"x": entry(offsets=[4, 0])}, b"abcd"), "overlap or leave gaps"),
        (blob({"x": entry(), "y": entry()}, b"abcd"), "overlap or leave gaps"),
        (blob({"x": entry()}, b"abcdef"), "4 bytes, 6 were sent"),
        (blob({"x": entry(shape=[2])}, b"abcd"), "is given 4 bytes"),
        (blob({"x": entry(shape=[1 << 40, 1 << 40])}, b"abcd"), "is given 4 bytes"),
        (blob({"x": entry(shape=[0, 1 << 47, 1 << 47], offsets=[0, 0])}), "holds nothing in endless rows"),
        (blob({"x": entry(shape=[8_388_608, 0], offsets=[0, 0])}), "holds nothing in endless rows"),
        (blob({"x": entry(shape=[1] * 100)}, b"abcd"), "holds nothing in endless rows"),
    ],
)
def test_malformed_arrays_are_refused(bad: bytes, says: str):
    with pytest.raises(BadFrame, match=says):
        parse_arrays(bad)


def test_a_bool_is_true_or_false_whatever_its_byte():
    array = parse_arrays(blob({"x": entry("BOOL", [4], [0, 4])}, bytes([0, 1, 2, 255])))["x"]

    assert array.dtype == np.bool_
    assert array.view(np.uint8).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
def test_arrays_of_a_real_writer_are_read(dtype: str):
    sent = {"a": np.array([[0, 1], [2, 3]]).astype(dtype), "scalar": np.asarray(1).astype(dtype)}

    read_back = parse_arrays(save(sent))

    for name, array in sent.items():
        np.testing.assert_array_equal(read_back[name], array, strict=True)


@pytest.mark.parametrize("part", [b"[],", b"{},"])
@pytest.mark.parametrize("where", ["header", "table"])
def test_what_would_cost_too_much_to_parse_is_refused_before_it_is_parsed(part: bytes, where: str):
    listed = b'{"__metadata__":[' + part * 300_000 + b"0]}"
    frame = wire(listed) if where == "header" else wire({}, blob(listed))

    assert len(read(frame, 64 * MIB)) == 1
    with pytest.raises(TooMuchResult, match="lists and objects"):
        read(frame * 2, 64 * MIB)


def test_tables_of_arrays_count_as_json():
    padded = b'{"__metadata__":"' + b"x" * (MIB - 40) + b'"}'
    frame = wire({}, blob(padded))

    assert len(read(frame * 8, 64 * MIB)) == 8
    with pytest.raises(TooMuchResult, match="8 MiB of JSON"):
        read(frame * 9, 64 * MIB)
