from __future__ import annotations

import re

import pytest

from grader.report.page import fonts, text


@pytest.fixture
def bundled_only(monkeypatch):
    """A machine without fonts for other scripts."""
    monkeypatch.setattr(fonts, "other_glyphs", frozenset)


def test_invisible_and_reordering_characters_go():
    assert text.line("a\u202eb\u2066c\x00d\ud800e\u200df\x1b") == "abcdef"


def test_characters_without_a_glyph_become_a_box(bundled_only):
    assert text.line("ok 🎉 漢") == "ok □ □"
    assert text.line("private \ue000") == "private □"


def test_letters_of_europe_and_vietnam_stay():
    assert text.name("Nguye\u0302\u0303n Łukasz Çağla") == "Nguyễn Łukasz Çağla"


def test_a_name_is_one_line_and_never_empty():
    assert text.name("Ada\nLovelace\t") == "Ada Lovelace"
    assert text.name("\n\u202e") == "(no name)"


def test_names_without_glyphs_stay_apart(bundled_only):
    assert text.name("张伟") == "[U+5F20 U+4F1F]"
    assert text.name("张伟") != text.name("王芳")


@pytest.mark.parametrize(
    "name", ["山田 太郎", "김철수", "محمد أحمد", "יוסי כהן", "अमित श्रीवास्तव", "क्\u200dष", "Zoë 🎉"]
)
def test_names_keep_their_letters_where_a_font_has_them(name, monkeypatch):
    monkeypatch.setattr(fonts, "other_glyphs", lambda: frozenset(map(ord, name)))
    assert text.name(name) == name
    assert text.label(name) == name


def test_marks_and_joiners_out_of_place_go():
    assert text.line("a\u200db \u200c") == "ab"
    assert len(text.line("a" + "\u0301" * 50)) <= 1 + text.MARKS


def test_the_fonts_for_other_scripts_are_the_ones_that_pages_are_set_in():
    conf = (fonts.FONTS / "fonts.conf").read_text(encoding="utf-8")
    accepted = re.findall(r"<acceptfont><glob>(.+?)</glob>", conf)
    assert {path for path in accepted if "-Bold" not in path} == {str(fonts.SYSTEM / name) for name in fonts.OTHERS}


def test_long_runs_can_break():
    broken = text.line("x" * 200, 200)
    assert max(map(len, broken.split(text.BREAK))) == text.RUN
    assert broken.replace(text.BREAK, "") == "x" * 200


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("ConvolutionalProcessingBlockBatchNormResidual", ["ConvolutionalProcessing", "BlockBatchNormResidual"]),
        ("DLStudioSkipConnectionsHTTPServer", ["DLStudioSkipConnections", "HTTPServer"]),
        ("skip_connections.skip64_arr.convo1", ["skip_connections.skip64_", "arr.convo1"]),
        ("mlp_framework/model_architectures.py", ["mlp_framework/model_", "architectures.py"]),
        ("a name of SkipBlocks in a sentence", ["a name of SkipBlocks in a sentence"]),
        ("ResNetBlockOf24Characters", ["ResNetBlockOf24", "Characters"]),
        ("ResidualBlockOfCharacters"[:24], ["ResidualBlockOfCharacter"]),
        ("NetOfaverylongnamewithoutfurtherhumps", ["NetOfaverylongnamewithou", "tfurtherhumps"]),
    ],
)
def test_a_name_breaks_where_its_words_meet(name, pieces):
    assert text.line(name, 200, 24).split(text.BREAK) == pieces


def test_any_run_is_broken_into_pieces_that_fit():
    for run in ("_" * 300, "aB" * 150, "Ab" * 150, "net.conv1_" * 30, "É" * 300, "a" * 23 + "B" * 50):
        broken = text.line(run, 1000, 24)
        assert max(map(len, broken.split(text.BREAK))) <= 24
        assert broken.replace(text.BREAK, "") == run


def test_a_cut_text_says_how_much_is_missing():
    assert text.lines("y" * 3_000, 10).replace(text.BREAK, "") == "yyyyyyyyyy … (2,990 more characters)"
    assert text.lines("one two three " * 9, 12) == "one two … (119 more characters)"


def test_a_text_that_is_hardly_too_long_is_not_cut():
    assert text.lines("expected 30 × 100, found 100 × 30", 20) == "expected 30 × 100, found 100 × 30"


def test_a_figures_label_is_short():
    assert text.label("word " * 100, 20) == "word word word word…"


def test_a_progress_bar_shows_its_last_state():
    assert text.console("10 %\r50 %\r100 %\ndone\r\n") == ("100 %\ndone", 0)


def test_colour_codes_go():
    assert text.console("\x1b[1;31mred\x1b[0m \x1b]0;title\x07end") == ("red end", 0)


def test_the_console_keeps_its_end_and_counts_the_rest():
    shown, left_out = text.console("\n".join(f"line {i}" for i in range(1_000)), rows=3)
    assert shown == "line 997\nline 998\nline 999"
    assert left_out == 997


def test_an_empty_console_is_empty():
    assert text.console("") == ("", 0)
    assert text.console("\n\n") == ("", 0)
