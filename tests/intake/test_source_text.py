"""Python source as text, whatever editor saved it."""

from __future__ import annotations

import pytest

from grader.intake.source_text import source_text


@pytest.mark.parametrize(
    "content", ["x = 'é'".encode(), b"\xef\xbb\xbf" + "x = 'é'".encode(), "x = 'é'".encode("latin-1")]
)
def test_utf8_with_and_without_a_mark_and_windows_text_are_read(content):
    assert source_text(content)[0] == "x = 'é'"


def test_only_a_guess_has_a_note():
    assert source_text("é".encode())[1] is None
    assert source_text(b"\xef\xbb\xbfx")[1] is None
    assert source_text(b"\x93quoted\x94") == (
        "“quoted”",
        "the text is not UTF-8: read as Windows-1252",
    )


def test_a_coding_line_is_honoured_in_the_first_two_lines():
    assert source_text("# -*- coding: koi8-r -*-\nx = 'да'".encode("koi8-r"))[0].endswith("'да'")
    assert source_text("#!/usr/bin/python\n# vim: fileencoding=cp1251\n'да'".encode("cp1251"))[0].endswith("'да'")


def test_a_coding_line_after_code_or_in_the_third_line_is_a_comment():
    assert source_text("x = 1\n# coding: latin-1\n'é'".encode())[0].endswith("'é'")
    assert source_text("\n\n# coding: latin-1\n'é'".encode())[0].endswith("'é'")


@pytest.mark.parametrize("name", ["no-such-codec", "rot13", "hex", "idna", "punycode", "unicode_escape", "utf_16"])
def test_an_encoding_that_is_unknown_or_unfit_falls_back_to_utf8_with_a_note(name):
    text, note = source_text(f"# coding: {name}\nx = 'é\\x41'".encode())

    assert text.endswith("x = 'é\\x41'")
    assert note == f"the coding line names `{name}`, an encoding not known here: read as UTF-8"


def test_a_coding_line_that_does_not_hold_falls_back_with_a_note():
    text, note = source_text(b"# coding: ascii\nx = '\xe9'")

    assert text.endswith("x = 'é'")
    assert note == "the text is not ascii, which the coding line names: read as Windows-1252"


def test_nul_bytes_and_utf16_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="found NUL bytes"):
        source_text(b"x = 1\0")
    with pytest.raises(ValueError, match="found UTF-16"):
        source_text("x = 1".encode("utf-16"))
