"""Prediction files: every usual form is read, every mistake in it is named, and scores rest on the private part."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from asking import answered

from grader.assess import assess_one
from grader.checks import Predictions, steps
from grader.errors import AssignmentError
from grader.evidence import FileRecord
from grader.finding import Outcome
from grader.rubric import Criterion

IDS = [f"img_{number:03d}.png" for number in range(120)]
TRUTH = np.random.default_rng(2).integers(0, 3, 120)
NAMES = ("cat", "dog", "owl")
CUT_OFFS = steps({0.5: 50, 0.9: 100})
SAID = Predictions("predictions.csv", IDS, TRUTH, classes=NAMES, public_share=0.4)
FORM, ACCURACY = SAID.form(), SAID.accuracy(CUT_OFFS)


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """Grade a file by a block."""
    monkeypatch.chdir(tmp_path)

    def grade(content, block=FORM, name="predictions.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, np.ndarray):
            np.save(path, content)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        evidence = answered(block, {})
        record = FileRecord(name, path.stat().st_size, hashlib.sha256().hexdigest(), "")
        changed = replace(evidence, submission=replace(evidence.submission, files=(record,)))
        return assess_one(Criterion("it", "It", 1, block), changed)

    return grade


def table(values, head="id,label\n", mark=",", ids=IDS):
    return head + "".join(f"{name}{mark}{value}\n" for name, value in zip(ids, values, strict=True))


WORDS = [NAMES[k] for k in TRUTH]
EVEN = np.where(np.eye(3)[TRUTH] > 0, 0.8, 0.1)
STYLES = {
    "names": table(WORDS),
    "numbers": table(TRUTH),
    "fractions": table([float(k) for k in TRUTH]),
    "no head": table(WORDS, head=""),
    "semicolons": table(WORDS, head="name;class\n", mark=";"),
    "tabs, bytes in front": "\ufeff" + table(WORDS, head="id\tlabel\n", mark="\t"),
    "another order": table(WORDS[::-1], ids=IDS[::-1]),
    "quoted, Windows": table([f'"{word}"' for word in WORDS]).replace("\n", "\r\n"),
    "the index of pandas": "".join(
        f"{row},{line}\n" if row else f",{line}\n" for row, line in enumerate(table(WORDS).splitlines())
    ),
    "probabilities": table([",".join(map(str, row)) for row in EVEN], head="id,cat,dog,owl\n"),
    "a column more": table([f"{word},0.93" for word in WORDS], head="id,label,confidence\n"),
    "UTF-16": table(WORDS).encode("utf-16"),
    "a spreadsheet's first line": "sep=;\n" + table(WORDS, head="id;label\n", mark=";"),
    "decimal commas": table([";".join(f"{one:.1f}".replace(".", ",") for one in row) for row in EVEN], "", ";"),
    "blanks, as NumPy writes arrays": table(TRUTH, head="", mark=" "),
    "an array": TRUTH,
    "an array of names": np.array(WORDS),
    "an array of ids and names, as bytes": np.array([IDS, WORDS], dtype="S").T,
    "columns in another order": table(
        [",".join(map(str, row)) for row in EVEN[:, [2, 0, 1]]], head="id,p_owl,p_cat,p_dog\n"
    ),
    "words above": "# from the best of three networks\n" + table(WORDS),
    "beside coordinates": table([f"{k / 7:.3f},{k / 9 + 0.05:.3f},{k}" for k in TRUTH], head="id,x,y,animal\n"),
    "an array of probabilities": EVEN,
}


@pytest.mark.parametrize("style", STYLES)
def test_right_predictions_pass_in_every_form(handed_in, style):
    name = "predictions.npy" if isinstance(STYLES[style], np.ndarray) else "predictions.csv"

    assert handed_in(STYLES[style], FORM, name).outcome is Outcome.PASSED
    scored = handed_in(STYLES[style], ACCURACY, name)
    assert scored.outcome is Outcome.PASSED, scored
    assert f"{(~SAID.public).sum()} of {(~SAID.public).sum()} (100.0%)" in scored.message


MISTAKES = {
    "1 id is missing: img_119.png": "".join(table(WORDS).splitlines(keepends=True)[:-1]),
    "2 ids come twice: img_000.png, img_001.png": table(WORDS) + "img_000.png,cat\nimg_001.png,cat\n",
    "1 id was not asked for: img_999.png": table(WORDS) + "img_999.png,cat\n",
    "40 predictions are no numbers and no classes": table(
        ["newt" if not place % 3 else word for place, word in enumerate(WORDS)]
    ),
    "classes seem to be counted from 1": table(TRUTH + 1),
    "classes are out of range (0 to 2): 7": table(np.where(TRUTH == 1, 7, TRUTH)),
    "do not add up to 1": table([",".join(map(str, row * 0.7)) for row in EVEN], head="id,cat,dog,owl\n"),
    "rows hold probabilities out of range": table([",".join(map(str, row * 5)) for row in EVEN], head="id,a,b,c\n"),
    "2 columns beside the ids, where 1 or 3": table([f"{k},{k}" for k in TRUTH], head="id,a,b\n"),
    "cells in row 4, and 2 in most others": table([f"{w},x" if at == 2 else w for at, w in enumerate(WORDS)]),
    "holds no rows": "",
    "holds a head and no rows": "id,label\n",
    "is no text": b"\0\1\2" * 50,
    "predictions are infinite": table([f"{'inf' if k else 0}" for k in TRUTH]),
}


@pytest.mark.parametrize("words", MISTAKES)
def test_every_mistake_of_form_is_named(handed_in, words):
    found = handed_in(MISTAKES[words])

    assert found.outcome is Outcome.FAILED
    assert words in found.message


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (table(["Katze"] * 120), "the name of a class"),
        (table(WORDS[:60], ids=IDS[:60]), "what is missing counts as wrong"),
        (table(TRUTH + 1), "count the classes from 0"),
        (table([f"{k + 0.3}" for k in TRUTH]), "write the class itself"),
        (table(WORDS[1:] + WORDS[:1]), "no better than guessing"),
    ],
)
def test_the_hint_on_a_low_score_is_of_what_lowers_it(handed_in, content, hint):
    found = handed_in(content, ACCURACY)

    assert found.outcome is not Outcome.PASSED
    assert hint in found.hint


def test_all_mistakes_are_told_at_once(handed_in):
    text = table(["newt", *WORDS[1:]]).replace(IDS[5], "other")
    found = handed_in(text)

    assert len([found.message, *found.details]) == 3


def test_what_is_missing_counts_as_wrong_and_what_contradicts_itself_as_missing(handed_in):
    half = handed_in(table(WORDS[:60], ids=IDS[:60]), ACCURACY)
    twice = handed_in(
        table(WORDS) + table(["owl" if k != 2 else "cat" for k in TRUTH[:60]], head="", ids=IDS[:60]), ACCURACY
    )

    assert half.message.partition("right of")[2] == twice.message.partition("right of")[2]
    assert half.outcome is not Outcome.PASSED


@pytest.mark.parametrize("content", [TRUTH[:50], np.zeros((120, 2, 2)), np.float64(3)])
def test_an_array_of_another_shape_is_named(handed_in, content):
    found = handed_in(np.asarray(content), FORM, "predictions.npy")

    assert found.outcome is Outcome.FAILED


def test_without_a_file_the_file_is_named(handed_in):
    found = handed_in("words", FORM, "report.md")

    assert found.outcome is Outcome.FAILED
    assert "expected predictions in predictions.csv, found report.md" in found.message


def test_several_files_are_a_persons(handed_in, tmp_path):
    (tmp_path / "b.csv").write_text(table(WORDS))
    evidence = answered(FORM, {})
    files = tuple(FileRecord(name, 1, "0" * 64, "") for name in ("a.csv", "b.csv"))
    changed = replace(evidence, submission=replace(evidence.submission, files=files))

    assert assess_one(Criterion("it", "It", 1, FORM), changed).outcome is Outcome.UNGRADED


def test_predictions_chosen_by_the_public_score_are_told(handed_in):
    chosen = [NAMES[k] if public else NAMES[(k + 1) % 3] for k, public in zip(TRUTH, SAID.public, strict=True)]
    found = handed_in(table(chosen), ACCURACY)

    assert found.outcome is Outcome.FAILED
    assert any("chosen by the public score" in line for line in found.details)


def test_the_public_part_does_not_follow_from_the_ids_alone():
    other = Predictions("predictions.csv", IDS, (TRUTH + 1) % 3, classes=3, public_share=0.4)

    assert 30 < SAID.public.sum() < 66
    assert not np.array_equal(SAID.public, other.public)


def test_numbers_are_scored_by_their_squared_error(handed_in):
    values = np.linspace(0, 1, 120)
    said = Predictions("predictions.csv", IDS, values)
    block = said.squared_error(steps({0.001: 100, 0.1: 50}))

    assert handed_in(table(values + 0.01, head="id,y\n"), block).outcome is Outcome.PASSED
    assert handed_in(table(values + 0.2, head="id,y\n"), block).outcome is Outcome.PARTIAL
    assert handed_in(table([f"{v:.3f}".replace(".", ",") for v in values], head="id;y\n", mark=";"), block).credit == 1
    assert "found none for 1" in handed_in(table(["", *values[1:]], head="id,y\n"), block).message


def test_probabilities_are_scored_by_their_cross_entropy(handed_in):
    block = SAID.loss(steps({0.3: 100, 0.8: 50}), part="all")
    rows = [",".join(map(str, row)) for row in EVEN]

    assert handed_in(table(rows, head="id,a,b,c\n"), block).outcome is Outcome.PASSED
    assert "expected 3 probabilities for each id, found 1 number" in handed_in(table(WORDS), block).message


@pytest.mark.parametrize(
    "made", [{"ids": ["a", "a"]}, {"ids": ["a"], "truth": np.zeros(3)}, {"public_share": 1.5}], ids=str
)
def test_an_assignments_mistakes_are_told_when_it_is_made(made):
    with pytest.raises(AssignmentError, match="Predictions"):
        Predictions(**{"file": "p.csv", "ids": IDS, "truth": TRUTH, **made})
