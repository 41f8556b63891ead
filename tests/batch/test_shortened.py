"""Untrusted words cut to what a line holds."""

from __future__ import annotations

from grader.words import shortened


def test_a_message_that_is_too_long_ends_after_a_word_with_an_ellipsis():
    assert shortened("found 0.54, expected 0.59; b differs too", 30) == "found 0.54, expected 0.59; …"


def test_a_message_that_fits_is_left_as_it_is():
    assert shortened("found 1", 7) == "found 1"


def test_a_word_without_an_end_is_cut_and_what_does_not_print_is_escaped():
    assert shortened("a" * 50, 10) == "a" * 8 + " …"
    assert shortened("a\nb", 10) == r"a\nb"
