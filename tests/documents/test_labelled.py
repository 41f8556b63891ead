"""Which captions have a figure, and which figures have none: some stand on another page than theirs."""

from __future__ import annotations

from pdf_files import Item, Picture, Text, paragraph, pdf
from reading_documents import read

from grader.documents import described_figures, labelled_tables, with_something
from grader.documents.described import about

TEXT = [f"This is line {number} of a paragraph that goes on and on without saying much." for number in range(9)]


def caption(number: int, y: float) -> Text:
    return Text(f"Figure {number}: Histogram of the weights", 72, y, 9, "I")


def shown(*pages: list[Item]) -> list[str]:
    return sorted(one.number for one in with_something(read(pdf(*pages))))


ABOVE = [caption(1, 110), Picture(72, 120, 200, 120)]
NEXT = [Picture(72, 80, 200, 120), *paragraph(*TEXT, y=300), caption(3, 470), Picture(72, 480, 200, 120)]


def test_a_caption_that_ends_a_page_has_the_figure_over_the_leaf():
    assert shown([*ABOVE, *paragraph(*TEXT, y=300), caption(2, 640)], NEXT) == ["1", "2", "3"]


def test_a_caption_in_the_midst_of_a_page_has_not():
    assert shown([*ABOVE, caption(2, 440), *paragraph(*TEXT, y=500)], NEXT) == ["1", "3"]


def test_a_figure_over_the_leaf_with_a_caption_of_its_own_is_no_others():
    first = [Picture(72, 120, 200, 120), caption(1, 255), *paragraph(*TEXT, y=300), caption(2, 640)]
    second = [Picture(72, 80, 200, 120), caption(3, 215), *paragraph(*TEXT, y=300)]

    assert shown(first, second) == ["1", "3"]


def test_a_heading_above_a_figure_without_a_caption_is_its_title():
    page = [
        Text("Structure of the ResNet", 72, 100, 14, "B"),
        Picture(72, 110, 200, 120),
        Text("Histogram of the FFNet, bottom layer", 72, 260, 14, "B"),
        Picture(72, 270, 200, 120),
        *paragraph(*TEXT, y=430),
    ]

    titles = [figure.title for figure in described_figures(read(pdf(page)))]

    assert titles == ["Structure of the ResNet", "Histogram of the FFNet, bottom layer"]


def test_pictures_one_below_the_other_are_told_by_the_lines_below_each():
    page = [
        *paragraph(*TEXT, y=100),
        Picture(72, 250, 300, 120),
        Text("Histogram of the bottom layer", 160, 384),
        Picture(72, 392, 300, 120),
        Text("Histogram of the upper layer", 160, 526),
        *paragraph(*TEXT, y=620),
    ]

    [figure] = described_figures(read(pdf(page)))

    assert "bottom layer" in figure.own
    assert "upper layer" in figure.own


def test_a_clause_is_about_its_own_figure_and_a_list_of_figures_shares_one():
    apart = "Figure 1 shows the weights of FFNet, and Figure 2 the structure of the ResNet."
    together = "Figure 1, Figure 2, Fig. 3 and 4 show the histograms of the weights."

    assert "structure" not in about(apart, "1")
    assert "weights" not in about(apart, "2")
    assert all("histograms" in about(together, number) for number in "1234")


MATRIX = ("[[269  33  29]", " [ 44 255  31]", " [ 37  32 252]]")


def printed(x: float, y: float) -> list[Text]:
    """A matrix as a program prints it."""
    return paragraph(*MATRIX, x=x, y=y, size=8, font="C")


def titled(number: int, x: float, y: float) -> Text:
    return Text(f"Table {number}: Confusion matrix of the network on the test set", x, y, 9, "I")


def numbers(*items: Item) -> list[str | None]:
    tables = labelled_tables(read(pdf([*paragraph(*TEXT, y=100), *items, *paragraph(*TEXT, y=600)])))
    return [table.caption.number if table.caption else None for table in tables]


def test_a_printed_matrix_at_the_margin_has_the_caption_that_is_centred_below():
    assert numbers(*printed(72, 260), titled(1, 200, 310), *printed(72, 340), titled(2, 200, 390)) == ["1", "2"]


def test_a_matrix_has_not_the_caption_of_the_figure_beside_it():
    beside = [Picture(240, 250, 150, 50), Text("Figure 1: Histogram of the weights", 240, 315, 9, "I")]

    assert numbers(*printed(72, 260), *beside) == [None]


SAID = "Figure 1 is what we looked at first of all when the training of the net had come to its end."
NEXT_SENTENCE = "Here the architecture of the ResNet and all that belongs to it is shown as a diagram of blocks."


def told_of_the_figure(*between: Item) -> str:
    pictured = [Picture(72, 120, 200, 120), caption(1, 255)]
    text = [*paragraph(*TEXT[:3], SAID, y=300), *between, *paragraph(NEXT_SENTENCE, *TEXT[3:6], y=420)]
    return described_figures(read(pdf([*pictured, *text])))[0].told


def test_the_next_sentence_tells_of_a_figure_within_its_section_and_not_beyond():
    within, beyond = told_of_the_figure(), told_of_the_figure(Text("Structure of the networks", 72, 395, 14, "B"))

    assert SAID in within
    assert SAID in beyond
    assert NEXT_SENTENCE in within
    assert NEXT_SENTENCE not in beyond
