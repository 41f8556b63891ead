"""The usual mistakes in both modules are named, in work that is written otherwise than the reference."""

from __future__ import annotations

import importlib

import pytest
from asking import found
from sample_classes import assignment_of, submissions_of

from grader.finding import Outcome

pytestmark = pytest.mark.whole_sample
HEADS, BLOCK = "heads", "block"


@pytest.fixture(scope="module")
def blocks():
    assignment_of("attention")
    loaded = importlib.import_module("reference_attention.assignment")
    return {HEADS: loaded.MANY, BLOCK: loaded.WHOLE}


@pytest.mark.parametrize(
    ("student", "criterion", "words"),
    [
        ("marek", HEADS, "splits into heads without swapping axes"),
        ("nadia", HEADS, "puts heads together without swapping axes back"),
        ("lotte", HEADS, "has one head for all"),
        ("zeno", HEADS, "divides by the root of d_model and not of a head's size"),
        ("viktor", HEADS, "looks back only, whether there is a mask or not"),
        ("omar", BLOCK, "normalises behind the additions"),
        ("petra", BLOCK, "has ReLU in place of GELU"),
        ("quirin", BLOCK, "does not add x to what the feed-forward part gives"),
        ("ulla", BLOCK, "does not hand on the mask"),
    ],
)
def test_the_mistake_of_a_sample_is_named(blocks, student, criterion, words):
    finding = found(blocks[criterion], **defined_by(student))

    assert finding.outcome in (Outcome.FAILED, Outcome.PARTIAL)
    assert f"these are the results of a version that {words}" in finding.message


@pytest.mark.parametrize("criterion", [HEADS, BLOCK])
@pytest.mark.parametrize("student", ["anouk", "fatou"])
def test_right_work_has_no_mistake(blocks, student, criterion):
    assert found(blocks[criterion], **defined_by(student)).outcome is Outcome.PASSED


def test_another_mistake_is_none_of_these(blocks):
    assert "a version that" not in found(blocks[HEADS], **defined_by("wanda")).message


def defined_by(student):
    namespace = {"__name__": "attention"}
    [source] = [file.content for file in submissions_of("attention")[student].files if file.path == "attention.py"]
    exec(source, namespace)  # noqa: S102 - a sample
    return namespace
