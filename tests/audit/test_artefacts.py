"""Versions of what is handed in trained, logged or generated: which are right, and which miss what is demanded."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from core_examples import evidence
from sample_classes import sample_folder

from grader.audit.artefacts import Version, hands_in_weights, versions
from grader.audit.rewrites import RENAMING, STYLES
from grader.catalog import load_assignment

REFERENCE = Path(__file__).parents[2] / "reference"
IDS = ("picture_checkpoint", "spiral_predictions", "tiny_pole", "small_generator")


def solution(assignment_id: str) -> dict[str, bytes]:
    folder = sample_folder(assignment_id, "ada")
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@cache
def made(assignment_id: str) -> list[Version]:
    return versions(load_assignment(assignment_id, REFERENCE), solution(assignment_id), 0)


def of_kind(assignment_id: str, kind: str) -> Version:
    return next(one for one in made(assignment_id) if one.kind == kind)


def missed(assignment_id: str, kind: str) -> str | None:
    version = of_kind(assignment_id, kind)
    assert version.misses is not None
    return version.misses(evidence())


@pytest.mark.parametrize("assignment_id", IDS)
def test_each_artefact_has_right_and_wrong_versions_which_differ_from_it(assignment_id):
    files = solution(assignment_id)
    right = [one for one in made(assignment_id) if one.misses is None]
    wrong = [one for one in made(assignment_id) if one.misses is not None]

    assert len(right) >= 8
    assert len(wrong) >= 20
    assert all(one.within(files) != files for one in made(assignment_id))


@pytest.mark.parametrize("assignment_id", IDS)
def test_the_same_seed_makes_the_same_versions(assignment_id):
    again = versions(load_assignment(assignment_id, REFERENCE), solution(assignment_id), 0)

    assert [(one.kind, dict(one.files)) for one in again if one.path.endswith((".csv", ".npz"))] == [
        (one.kind, dict(one.files)) for one in made(assignment_id) if one.path.endswith((".csv", ".npz"))
    ]


@pytest.mark.parametrize(
    ("assignment_id", "kind", "words"),
    [
        ("spiral_predictions", "labels of the next class", "right, for 85%"),
        ("spiral_predictions", "50% of the labels changed", "right, for 85%"),
        ("spiral_predictions", "1 rows missing", "1 ids without one class"),
        ("spiral_predictions", "a row twice, with another label", "1 ids without one class"),
        ("spiral_predictions", "an id that was not asked for", "1 others"),
        ("spiral_predictions", "no file", "400 ids without one class"),
        ("tiny_pole", "zeroed", "for 70"),
        ("tiny_pole", "one number missing", "expected w with 4 numbers"),
        ("small_generator", "copies", "copies"),
        ("small_generator", "one too few", "63 pictures, for 64"),
    ],
)
def test_what_misses_the_demand_is_known_without_the_check(assignment_id, kind, words):
    assert words in (missed(assignment_id, kind) or "")


@pytest.mark.parametrize(
    ("assignment_id", "kind"), [("spiral_predictions", "2% of the labels changed"), ("tiny_pole", "little noise")]
)
def test_a_change_after_which_all_is_good_enough_counts_as_right(assignment_id, kind):
    assert missed(assignment_id, kind) is None


def test_right_tables_say_the_same():
    rows = list(csv.reader(io.StringIO(solution("spiral_predictions")["predictions.csv"].decode())))
    other = of_kind("spiral_predictions", "another order").files["predictions.csv"]
    assert other is not None
    assert sorted(csv.reader(io.StringIO(other.decode()))) == sorted(rows)


def test_right_weights_are_the_same_numbers():
    own = np.load(io.BytesIO(solution("tiny_pole")["policy.npz"]))["w"]
    other = of_kind("tiny_pole", "a row").files["policy.npz"]
    assert other is not None
    assert np.array_equal(np.load(io.BytesIO(other))["w"].ravel(), own.ravel())


def test_programs_whose_weights_are_handed_in_keep_the_names_of_their_parameters():
    known = {one: hands_in_weights(load_assignment(one, REFERENCE)) for one in IDS}

    assert known == dict.fromkeys(IDS, False) | {"picture_checkpoint": True}
    assert set(RENAMING) <= set(STYLES)
