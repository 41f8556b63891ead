"""Generated pictures and texts: right ones in several layouts pass, and each way to cheat or to fail is told."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
from core_examples import evidence, execution
from PIL import Image

from grader.assess import assess_one
from grader.checks import Pictures, Samples, generated_text, not_copied, recognised, varied, well_formed
from grader.finding import Outcome
from grader.inside.handed_in import read as read_file
from grader.inside.readers import images, texts
from grader.report.exhibits import drawn
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame

KIND = Pictures(classes=4, train=160, held_out=80)


@lru_cache
def made():
    pictures, labels = KIND.made(3)
    return np.clip(pictures, 0, 1), labels


def training():
    return made()[0][:160]


def classifier(given):
    """By the nearest mean picture of each class."""
    real, labels = made()
    means = np.stack([real[:160][labels[:160] == one].mean(0) for one in range(4)])
    scores = -40 * ((given[:, None] - means[None]) ** 2).mean(axis=(2, 3, 4))
    p = np.exp(scores * 28 - (scores * 28).max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


SAMPLES = Samples(files=("*.npz", "*.npy", "*.png"), shape=(1, 28, 28), training=training)
BLOCKS = {
    "well_formed": well_formed(SAMPLES, 40),
    "varied": varied(SAMPLES),
    "not_copied": not_copied(SAMPLES),
    "recognised": recognised(SAMPLES, classifier),
}


def handed_in(block, files, tmp_path):
    """The finding on files, as their reader gives them."""
    reading = block.reads[0]
    frames = []
    for name, content in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        header, arrays = read_file((images if reading.reader == "images" else texts).read, path)
        sent = json.loads(json.dumps(header))
        frames += [Frame({"kind": "begun", "path": name}), Frame({"kind": "file", "path": name, **sent}, arrays)]
    run = execution(mode="files", about=reading.id, frames=len(frames))
    found = replace(evidence(), executions=(run,), frames=tuple(frames))
    return assess_one(Criterion("it", "It", 1, block), found)


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def pngs(array, mode="L"):
    def one(picture):
        out = io.BytesIO()
        Image.fromarray((picture[0] * 255).astype(np.uint8)).convert(mode).save(out, "PNG")
        return out.getvalue()

    return {f"sample_{place:03}.png": one(picture) for place, picture in enumerate(array)}


def real():
    """New pictures of the same kind, as a good generator draws them."""
    return made()[0][160:220]


LAYOUTS = {
    "N × 1 × 28 × 28": lambda: {"samples.npy": npy(real())},
    "N × 28 × 28": lambda: {"samples.npy": npy(real()[:, 0])},
    "N × 28 × 28 × 1": lambda: {"samples.npy": npy(real().transpose(0, 2, 3, 1))},
    "bytes": lambda: {"samples.npy": npy((real() * 255).astype(np.uint8))},
    "float64": lambda: {"samples.npy": npy(real().astype(np.float64))},
    "files": lambda: pngs(real()),
    "files with colours": lambda: pngs(real(), "RGB"),
    "files as matplotlib saves them": lambda: pngs(real(), "RGBA"),
}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_new_pictures_pass_however_they_are_stored(block, layout, tmp_path):
    found = handed_in(BLOCKS[block], LAYOUTS[layout](), tmp_path)

    assert found.outcome is Outcome.PASSED, found.message


def noisy(strength):
    return np.clip(training()[:60] + strength * np.random.default_rng(1).standard_normal((60, 1, 28, 28)), 0, 1)


def loud():
    return np.random.default_rng(2).choice((-0.7, 0.7), (60, 1, 28, 28))


@pytest.mark.parametrize("block", ["varied", "not_copied", "recognised"])
@pytest.mark.parametrize("changed", [lambda x: x * 2 - 1, lambda x: x * 255, lambda x: 0.9 * x + 0.05])
def test_another_range_costs_the_points_for_form_alone(block, changed, tmp_path):
    found = handed_in(BLOCKS[block], {"samples.npy": npy(changed(real()))}, tmp_path)

    assert found.outcome is Outcome.PASSED, found.message


WRONG = {
    "too few": ("well_formed", lambda: real()[:10]),
    "another range": ("well_formed", lambda: real() * 2 - 1),
    "not numbers": ("well_formed", lambda: np.where(real() > 0.9, np.nan, real())),
    "blank": ("well_formed", lambda: np.concatenate([real(), np.zeros((5, 1, 28, 28))])),
    "one many times": ("varied", lambda: np.repeat(real()[:1], 60, 0)),
    "a few many times": ("varied", lambda: np.repeat(real()[:3], 20, 0)),
    "collapsed": ("varied", lambda: real().mean(0, keepdims=True) + 0.3 * (real() - real().mean(0, keepdims=True))),
    "training pictures": ("not_copied", lambda: training()[:60]),
    "training pictures with noise": ("not_copied", lambda: noisy(0.02)),
    "training pictures with much noise": ("not_copied", lambda: noisy(0.1)),
    "training pictures in another range": ("not_copied", lambda: training()[:60] * 2 - 1),
    "training pictures as bytes without their type": ("not_copied", lambda: training()[:60] * 255),
    "negatives of training pictures": ("not_copied", lambda: 1 - training()[:60]),
    "a third with noise": ("not_copied", lambda: np.concatenate([real()[:40], noisy(0.05)[:20]])),
    "training pictures mirrored": ("not_copied", lambda: training()[:60][..., ::-1]),
    "training pictures upside down": ("not_copied", lambda: training()[:60][..., ::-1, :]),
    "training pictures turned": ("not_copied", lambda: np.rot90(training()[:60], axes=(2, 3))),
    "training pictures turned back": ("not_copied", lambda: np.rot90(training()[:60], -1, axes=(2, 3))),
    "training pictures moved": ("not_copied", lambda: np.roll(training()[:60], 1, -1)),
    "training pictures made darker": ("not_copied", lambda: training()[:60] * 0.7),
    "training pictures of less contrast": ("not_copied", lambda: 0.2 + 0.6 * training()[:60]),
    "some training pictures": ("not_copied", lambda: np.concatenate([real()[:50], training()[:10]])),
    "noise": ("recognised", lambda: np.random.default_rng(0).random((60, 1, 28, 28))),
    "noise of a classifier's liking": ("recognised", lambda: np.clip(training()[:60] + loud(), 0, 1)),
    "negatives": ("recognised", lambda: 1 - real()),
    "a class left out": ("recognised", lambda: made()[0][160:][classifier(made()[0][160:]).argmax(1) != 2]),
    "one class": ("recognised", lambda: made()[0][160:][made()[1][160:] == 0]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(name, tmp_path):
    block, array = WRONG[name]
    found = handed_in(BLOCKS[block], {"samples.npy": npy(array().astype(np.float32))}, tmp_path)

    assert found.outcome is Outcome.FAILED, found.message
    assert not found.exhibits or drawn(found.exhibits[0], "fig-it", 1).svg.startswith(b"<svg")


@pytest.mark.parametrize(
    "content", [npy(np.zeros((5, 3, 9))), npy(np.array([object()])), b"\x89PNG\r\n broken", b"text", b""]
)
def test_what_are_no_pictures_is_told(content, tmp_path):
    found = handed_in(BLOCKS["well_formed"], {"samples.png": content}, tmp_path)

    assert found.outcome is Outcome.FAILED
    assert "samples.png" in found.message


WORDS = [
    "the",
    "a",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "lazy",
    "dog",
    "while",
    "some",
    "birds",
    "sing",
    "of",
    "rain",
    "and",
    "light",
    "in",
    "old",
    "towns",
]


def prose(seed, size):
    rng = np.random.default_rng(seed)
    return " ".join(rng.choice(WORDS, size))


TRAINING = prose(0, 4000)
TEXT = generated_text(
    ("*.txt", "*.jsonl"),
    lambda: TRAINING,
    count=5,
    alphabet=" abcdefghijklmnopqrstuvwxyz",
    score=lambda one: sum(word in WORDS for word in one.split()) / len(one.split()),
    at_least=0.8,
)


def test_new_texts_pass_in_both_layouts(tmp_path):
    new = [prose(seed, 40) for seed in range(1, 9)]
    for files in (
        {"t.txt": "\n\n".join(new).encode()},
        {"t.jsonl": "\n".join(json.dumps({"text": t}) for t in new).encode()},
    ):
        found = handed_in(TEXT, files, tmp_path)
        assert found.outcome is Outcome.PASSED, found.message
        assert found.exhibits


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "not attempted"),
        ("short\n\nones", "expected texts of 20 to 5,000 characters"),
        ("\n\n".join([prose(1, 40)] * 8), "are different"),
        ("\n\n".join([prose(1, 40)] * 2 + [prose(seed, 40) for seed in range(2, 9)]), "another one again"),
        ("\n\n".join([f"{prose(1, 4)} " * 9, *(prose(seed, 40) for seed in range(2, 8))]), "over and over"),
        ("\n\n".join(prose(seed, 40) for seed in range(1, 7)) + "\n\n" + TRAINING[500:900].upper(), "training text"),
        ("\n\n".join(f"{prose(seed, 40)} №" for seed in range(1, 7)), "found also '№'"),
        (
            "\n\n".join("zq xv " * 3 + prose(seed, 4) + " xq" * 30 for seed in range(1, 7)),
            "expected a mean score|different",
        ),
    ],
)
def test_texts_that_are_wrong_are_told(content, told, tmp_path):
    found = handed_in(TEXT, {"t.txt": content.encode()}, tmp_path)

    assert found.outcome in (Outcome.FAILED, Outcome.PARTIAL)
    assert any(part in " ".join((found.message, *found.details)).lower() for part in told.lower().split("|"))


@pytest.mark.parametrize("block", BLOCKS)
def test_pictures_in_rows_of_numbers_cost_the_points_for_form_alone(block, tmp_path):
    found = handed_in(BLOCKS[block], {"samples.npy": npy(real().reshape(-1, 784))}, tmp_path)

    assert found.outcome is (Outcome.FAILED if block == "well_formed" else Outcome.PASSED), found.message
    assert block != "well_formed" or "each picture is one row of numbers" in found.message


def test_colours_are_told(tmp_path):
    picture = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)).save(picture, "PNG")
    found = handed_in(BLOCKS["well_formed"], {"samples.png": picture.getvalue()}, tmp_path)

    assert "found 28 × 28 × 3, coloured ones" in found.message


NEW = [prose(seed, 40) for seed in range(1, 9)]


@pytest.mark.parametrize(
    "files",
    [
        {"t.txt": "\n\n".join(one.replace(" ", "\n", 3) for one in NEW)},
        {"t.jsonl": "\n".join(json.dumps({"id": f"number {n}", "text": one}) for n, one in enumerate(NEW))},
        {"t.jsonl": "\n".join(json.dumps({"id": f"number {n}", "report": one}) for n, one in enumerate(NEW))},
    ],
    ids=["lines of their own", "text beside an id", "another name beside an id"],
)
def test_new_texts_pass_in_lines_and_beside_other_words(files, tmp_path):
    found = handed_in(TEXT, {name: content.encode() for name, content in files.items()}, tmp_path)

    assert found.outcome is Outcome.PASSED, found.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\n".join(NEW), "expected an empty line between texts, found 8 of them one a line"),
        ("\n\n".join(NEW[:4]), "found 4 of 4"),
        ("\n\n".join(NEW[:4]).replace(" ", "\n", 2), "found 4 of 4"),
        ("\n\n".join(NEW).upper(), "letters of the training text alone"),
    ],
    ids=["one a line", "one too few", "one too few in lines", "capitals"],
)
def test_a_slip_of_form_costs_the_points_for_form_alone(content, told, tmp_path):
    found = handed_in(TEXT, {"t.txt": content.encode()}, tmp_path)

    assert found.outcome is Outcome.PARTIAL
    assert found.credit == Fraction(3, 4)
    assert told in found.message


def test_of_far_too_few_texts_nothing_else_is_judged(tmp_path):
    assert handed_in(TEXT, {"t.txt": NEW[0].encode()}, tmp_path).outcome is Outcome.FAILED


def shades(count):
    """Pictures that are all over one grey, or nearly: they differ in their brightness alone."""
    rng = np.random.default_rng(8)
    ramp = np.linspace(0.9, 1, 28)[None, None, None, :]
    return (rng.uniform(0.1, 0.9, (count, 1, 1, 1)) * ramp * np.ones((1, 1, 28, 1))).astype(np.float32)


def test_where_real_pictures_differ_in_brightness_alone_new_ones_are_no_copies(tmp_path):
    kind = Samples(files=("*.npy",), shape=(1, 28, 28), training=lambda: shades(100)[:60])

    found = handed_in(not_copied(kind), {"samples.npy": npy(shades(100)[60:])}, tmp_path)

    assert "40 of 40 samples are copies" not in found.message
