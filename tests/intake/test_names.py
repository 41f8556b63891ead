"""Untrusted names become safe ones, the same way on every run."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

import pytest

from grader.intake.names import safe_folders, shown_path, split_name
from grader.words import digest, printable


@pytest.mark.parametrize("name", ["ada", "Ada-Lovelace_1.2", "zoë", "李雷", "user.name", "x" * 80])
def test_plain_names_stay_as_they_are(name):
    assert safe_folders([name]) == {name: name}


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "...",
        ".git",
        "a/b",
        "../../etc",
        "a\nb",
        "\x1b[31m",
        "<script>",
        "a b",
        "-\u202e",
        "a\0b",
        "CON",
        "con.txt",
        "Lpt1",
        "nul",
        "grades.csv",
        "Gradebook.SQLite",
        "class.pdf",
        "class.html",
        "batch.json",
        "x" * 81,
        "ab\udcff",
        "e\u0301",
        "trailing.",
        "李" * 200,
    ],
)
def test_other_names_are_made_safe_and_get_a_digest(name):
    folder = safe_folders([name])[name]

    assert re.fullmatch(r"[\w.-]+-[0-9a-f]{6}", folder)
    assert not folder.startswith(".")
    assert not folder.endswith(".")
    assert len(folder) <= 80
    assert len(folder.encode()) <= 255
    assert folder == unicodedata.normalize("NFC", folder)
    assert folder.split(".")[0].lower() not in {"con", "nul", "lpt1"}
    assert safe_folders([name])[name] == folder


def test_folders_differ_even_without_regard_to_case():
    names = ["ada", "Ada", "ADA", "a/b", "a?b", "a_b", "e\u0301", "\u00e9", "\u00c9", "strasse", "straße"]

    folders = safe_folders(names)

    assert len({folder.casefold() for folder in folders.values()}) == len(names)


def test_a_name_that_imitates_anothers_folder_gets_no_hold_of_it():
    taken = safe_folders(["b ob"])["b ob"]

    folders = safe_folders(["b ob", taken])

    assert folders[taken] == taken
    assert folders["b ob"] != taken


def test_shown_text_is_printable_and_different_names_stay_different():
    names = ["a\nb", "a\\nb", "a\x1bb", "a\udce9b", "aéb", "a" * 300 + "1.py", "a" * 300 + "2.py"]

    texts = [printable(name) for name in names]

    assert len(set(texts)) == len(names)
    assert all(text.isprintable() and len(text) <= 200 for text in texts)
    assert [text for text in texts if text.endswith(".py")] == texts[-2:]


def test_every_part_of_a_shown_path_fits_a_file_system():
    parts = shown_path(["李" * 150, "雷" * 150 + ".py"]).split("/")

    assert max(len(part.encode()) for part in parts) <= 255
    assert parts[-1].endswith(".py")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("./a//b/", ("a", "b")),
        ("/a", ("/", "a")),
        ("a/../b", ("a", "..", "b")),
        ("./", ()),
        ("a\\b", ("a\\b",)),
        ("C:a", ("C:a",)),
    ],
)
def test_a_name_splits_into_parts(name, parts):
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("name", "parts"), [("a\\b", ("a", "b")), ("C:a", ("/", "C:a")), ("\\\\host\\x", ("/", "host", "x"))]
)
def test_a_windows_name_splits_at_backslashes(name, parts):
    assert split_name(name, windows=True) == parts


def test_names_whose_short_digests_agree_still_get_folders_of_their_own():
    names = ["".join(letters) for letters in product("!#$%&()*+,:;<=>?@[]^{|}~ ", repeat=3)]
    assert len({digest(name) for name in names}) < len(names)

    folders = safe_folders(names)

    assert len({folder.casefold() for folder in folders.values()}) == len(names)
