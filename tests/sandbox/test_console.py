from __future__ import annotations

from grader.sandbox.console import HEAD_BYTES, TAIL_BYTES, Console


def test_short_text_is_kept_whole():
    console = Console()
    console.write(b"one ")
    console.write(b"two")

    assert console.text() == "one two"


def test_of_long_text_the_middle_is_left_out_and_counted():
    console = Console()
    for _ in range(1000):
        console.write(b"a" * 1000)
    console.write(b"end")

    left_out = 1_000_003 - HEAD_BYTES - TAIL_BYTES
    assert console.total == 1_000_003
    assert f"[... {left_out} bytes left out ...]" in console.text()
    assert console.text().endswith("aend")


def test_one_piece_larger_than_both_parts_is_cut():
    console = Console()
    console.write(b"<" + b"a" * 10_000_000 + b">")

    assert len(console.text()) < HEAD_BYTES + TAIL_BYTES + 100
    assert console.text()[0] + console.text()[-1] == "<>"


def test_bytes_that_are_no_text_are_replaced():
    console = Console()
    console.write(b"\xff ok")

    assert console.text() == "\N{REPLACEMENT CHARACTER} ok"
