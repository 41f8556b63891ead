"""Reports set with one and a half or two lines' space, as word processors do: captions of several lines are whole."""

from __future__ import annotations

import pytest
from pdf_files import Item, Picture, Text, pdf
from reading_documents import read_here

from grader.documents import Document

SIZE = 11
PROSE = (
    "The network with thirty layers does not learn at all, since the gradients that reach its",
    "first layers are so small that no weight there moves, whatever the learning rate may be in",
    "our runs. We looked at the weights of each layer after every tenth epoch to see when this",
    "begins, and found that it is so from the start.",
)
CAPTION = (
    "Figure 1: Histogram of the weights after sixty epochs of training with a learning rate of",
    "0.01 and the function tanh, in the bottom layer of FFNet",
)
SPACINGS = [1.0, 1.15, 1.5, 2.0]


def lines(*texts: str, y: float, spacing: float, x: float = 72) -> list[Item]:
    """A paragraph that begins at `y`; a line is 1.2 times its size high."""
    return [Text(text, x, y + 1.2 * SIZE * spacing * number, SIZE) for number, text in enumerate(texts)]


def page(spacing: float, *below: Item, after: tuple[str, ...] = PROSE) -> Document:
    """Prose, a picture, what stands below it from 300 points on, and prose again after a paragraph's space."""
    last = max(item.y for item in below)
    above = lines(*PROSE, y=80, spacing=spacing)
    return read_here(
        pdf(
            [
                *above,
                Picture(150, 190, 250, 90),
                *below,
                *lines(*after, y=last + 1.2 * SIZE * spacing + 8, spacing=spacing),
            ]
        )
    )


def captions(document: Document) -> list[str]:
    return [caption.text for caption in document.captions]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_lines_of_a_caption_stand_as_far_apart_as_all_lines(spacing: float):
    document = page(spacing, *lines(*CAPTION, y=300, spacing=spacing))

    assert captions(document) == [" ".join(CAPTION)]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_text_after_a_caption_of_one_line_is_none_of_it(spacing: float):
    document = page(
        spacing, *lines("Figure 1: Histogram of the weights in the bottom layer of FFNet", y=300, spacing=spacing)
    )

    assert captions(document) == ["Figure 1: Histogram of the weights in the bottom layer of FFNet"]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_captions_beside_each_other_are_each_whole(spacing: float):
    left = lines("Figure 1: Histogram of the", "weights, upper layer of", "FFNet", y=300, spacing=spacing)
    right = lines("Figure 2: Histogram of the", "weights, upper layer of", "ResNet", y=300, spacing=spacing, x=306)

    document = page(spacing, *left, *right)

    assert captions(document) == [
        "Figure 1: Histogram of the weights, upper layer of FFNet",
        "Figure 2: Histogram of the weights, upper layer of ResNet",
    ]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_line_of_a_paragraph_that_begins_with_a_figure_is_no_caption(spacing: float):
    going_on = (
        "Whoever looks at the histogram of the upper layer after the last of all epochs, in our",
        "Figure 1. The weights of this layer have moved a lot, and those of the bottom layer have",
        "not, as was to be expected from the gradients.",
    )

    document = page(spacing, *lines("Figure 1: Weights", y=300, spacing=spacing), after=going_on)

    assert captions(document) == ["Figure 1: Weights"]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_sentences_and_paragraphs_are_as_long_as_they_are(spacing: float):
    document = page(spacing, *lines("Figure 1: Weights", y=300, spacing=spacing), after=("Another paragraph ends it.",))

    assert [len(paragraph) for paragraph in document.paragraphs] == [4, 1]
    assert document.sentences[0].text == f"{' '.join(PROSE[:2])} our runs."
    assert len(document.sentences) == 3
