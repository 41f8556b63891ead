"""What is made of pages: reading order, captions, mentions, prose and what is none, tables of numbers."""

from __future__ import annotations

import pytest
from pdf_files import Bar, Item, Picture, Text, paragraph, pdf
from reading_documents import read

from grader.documents import Document, Role, described_figures

LONG = (
    "The network with thirty layers does not learn at all, since the gradients that reach its",
    "first layers are so small that no weight there moves, whatever the learning rate may be in",
    "our runs. We looked at the weights of each layer after every tenth epoch to see when this",
    "begins, and found that it is so from the start.",
)


def figure(y: float, caption: str, *, above: bool = False, size: float = 9) -> list[Item]:
    """A picture with its caption below or above it."""
    return [Picture(150, y, 200, 120), Text(caption, 170, y - 8 if above else y + 135, size)]


@pytest.fixture(scope="module")
def report() -> Document:
    """Two pages with everything that a report has."""
    first: list[Item] = [
        Text("Lab 3, a student", 72, 40, 8),
        Text("Gradient vanishing", 180, 80, 18, "B"),
        Text("1. Introduction", 72, 110, 13, "B"),
        *paragraph(*LONG, y=130),
        *figure(190, "Figure 1: Histogram of the bottom layer."),
        *paragraph("Figure 1 shows that the weights of the bottom layer stay where they were, while", y=350),
        Text("those in Table 1 and Figs. 2-3 move, which the next sec-", 72, 362),
        Text("tion explains (see also Fig. 4a).", 72, 374),
        *figure(400, "Fig. 2. The top layer", above=True),
        *paragraph("import keras", "model = keras.Sequential()", "model.summary()", y=560, font="C"),
        Text("1", 300, 820, 8),
    ]
    second: list[Item] = [
        Text("Lab 3, a student", 72, 40, 8),
        Text("Table 1", 72, 80, 10, "B"),
        Text("Accuracy of both networks", 112, 80, 10),
        Text("Network", 72, 100),
        Text("tanh", 250, 100),
        Text("ReLU", 350, 100),
        Text("FFNet", 72, 114),
        Text("51.2", 250, 114),
        Text("50.0", 350, 114),
        Text("ResNet", 72, 128),
        Text("98.4", 250, 128),
        Text("97.9", 350, 128),
        *paragraph(*LONG, y=170),
        Text("References", 72, 250, 13, "B"),
        *paragraph("[1] K. He, X. Zhang, S. Ren, J. Sun. Deep residual learning. CVPR, 2016.", y=270),
        Text("2", 300, 820, 8),
    ]
    return read(pdf(first, second))


def test_captions_are_found_above_and_below_and_in_other_styles(report: Document):
    assert [(caption.kind, caption.number, caption.page) for caption in report.captions] == [
        ("figure", "1", 1),
        ("figure", "2", 1),
        ("table", "1", 2),
    ]
    assert report.captions[0].text == "Figure 1: Histogram of the bottom layer."
    assert report.captions[2].text == "Table 1 Accuracy of both networks"


def test_a_sentence_that_begins_a_line_with_a_figure_is_a_mention(report: Document):
    assert [(mention.kind, mention.number) for mention in report.mentions] == [
        ("figure", "1"),
        ("figure", "2"),
        ("figure", "3"),
        ("figure", "4"),
        ("table", "1"),
    ]


def test_a_full_stop_before_the_number_ends_no_sentence():
    text = [
        "Figure. 1 shows the weights, and Figure. 2 the gradients. The networks differ in the figure.",
        "They were trained.",
    ]

    document = read(pdf([*paragraph(*text), Picture(72, 200, 200, 100), Text("Figure. 1 The weights", 72, 315, 9)]))

    assert [mention.number for mention in document.mentions] == ["1", "2"]
    assert [caption.number for caption in document.captions] == ["1"]
    assert [sentence.text.split()[-1] for sentence in document.sentences] == ["gradients.", "figure.", "trained."]


def test_words_that_a_line_divides_are_whole_again(report: Document):
    assert any("the next section explains" in sentence.text for sentence in report.sentences)


def test_only_prose_counts_as_words(report: Document):
    prose = 2 * sum(len(line.split()) for line in LONG) + 15 + 12 + 5
    headings = 2 + 2 + 1

    assert report.word_counts[Role.PROSE] == prose
    assert report.prose_words == prose + headings
    assert report.word_counts[Role.CAPTION] == 7 + 5 + 6
    assert report.word_counts[Role.CODE] > 4
    assert report.word_counts[Role.TABLE] == 9
    assert report.word_counts[Role.MARGIN] == 10
    assert report.word_counts[Role.REFERENCE] > 10


def test_headings_are_found(report: Document):
    assert [line.text for line in report.headings] == ["Gradient vanishing", "1. Introduction", "References"]


def test_a_table_of_numbers_has_its_labels(report: Document):
    (table,) = report.number_tables

    assert table.rows == ((51.2, 50.0), (98.4, 97.9))
    assert table.row_labels == ("FFNet", "ResNet")
    assert table.column_labels == ("tanh", "ReLU")


def test_images_are_counted_on_their_pages(report: Document):
    assert [(image.page, image.pixels) for image in report.images] == [(1, (8, 8)), (1, (8, 8))]
    assert [figure.page for figure in report.figures] == [1, 1]


def column(words: str, x: float, y: float, count: int) -> list[Item]:
    return [
        Text(f"{words} line number {number} fills its column well", x, y + 12 * number, 9) for number in range(count)
    ]


@pytest.mark.parametrize("interleaved", [False, True])
def test_two_columns_are_read_one_after_the_other(interleaved: bool):
    left, right = column("Left", 60, 140, 20), column("Right", 310, 140, 20)
    text = [line for pair in zip(left, right, strict=True) for line in pair] if interleaved else left + right
    title = Text("A title that spans both of the columns of this page", 120, 90, 16, "B")

    lines = [line.text.split()[0] for line in read(pdf([title, *text])).lines]

    assert lines == ["A", *["Left"] * 20, *["Right"] * 20]


def test_a_column_may_be_filled_by_a_figure_where_the_other_has_text():
    figure, caption = Picture(310, 140, 200, 228), Text("Figure 1. What fills most of the column", 310, 381, 9)
    right = [figure, caption, *column("Right", 310, 410, 12)]

    document = read(pdf([*column("Left", 60, 140, 21), *right]))

    assert [line.text.split()[0] for line in document.lines] == [*["Left"] * 21, "Figure", *["Right"] * 12]
    assert [one.text for one in document.captions] == [caption.text]


def listing(x: float, y: float, count: int) -> list[Item]:
    return [Text(f"value = read {number}", x, y + 10 * number, 8) for number in range(count)]


def test_a_column_of_tables_and_short_lines_of_code_is_one():
    titles = [Text("TABLE I", 400, 140, 8), Text("CONFUSION MATRIX OF THE NETWORK, LEARNING RATE", 320, 149, 6.4)]
    rate = Text("1E-2.", 410, 158, 8)
    cells = [Text(str(10 * i + j), 380 + 30 * j, 180 + 9 * i, 8) for i in range(3) for j in range(3)]
    figure, caption = Picture(60, 230, 200, 120), Text("Fig. 1. What fills most of this column.", 60, 362, 8)

    document = read(
        pdf([*column("Left of it all", 60, 110, 9), figure, caption, *titles, rate, *cells, *listing(312, 230, 12)])
    )

    assert [one.text for one in document.captions] == [
        caption.text,
        "TABLE I CONFUSION MATRIX OF THE NETWORK, LEARNING RATE 1E-2.",
    ]
    (table,) = document.number_tables
    assert table.rows == ((0, 1, 2), (10, 11, 12), (20, 21, 22))


def test_remarks_beside_a_listing_make_no_column():
    code = [
        Text(f"value = read the next number {number} of them all", 72, 140 + 12 * number, 9) for number in range(10)
    ]
    remarks = [Text(f"# the {number} th of them", 330, 140 + 12 * number, 9) for number in range(10)]

    document = read(
        pdf([*[part for pair in zip(code, remarks, strict=True) for part in pair], *paragraph(*LONG, y=400)])
    )

    assert [line.text.split()[0] for line in document.lines[:10]] == ["value"] * 10


def test_the_heading_of_a_figure_stands_in_its_own_column():
    left = [*column("Left", 60, 140, 8), Text("1. The plain network", 60, 260, 12, "B"), *column("Left", 60, 290, 8)]
    figure, caption = Picture(310, 140, 200, 80), Text("Figure 1. What the plain network learns", 310, 234, 9)
    second = Text("2. The other network", 310, 270, 12, "B")
    document = read(pdf([*left, figure, caption, second, *column("Right", 310, 300, 8)]))

    (shown,) = described_figures(document)

    assert [line.text for line in document.headings] == ["1. The plain network", second.text]
    assert shown.headings == "1. The plain network"


def test_a_drawn_matrix_is_a_table_of_numbers_and_its_text_no_prose():
    cells: list[Item] = [Bar(200 + 40 * j, 200 + 40 * i, 40, 40, 0.8) for i in range(3) for j in range(3)]
    cells += [Text(str(10 * i + j), 214 + 40 * j, 224 + 40 * i, 9) for i in range(3) for j in range(3)]
    cells += [Text(name, 160, 224 + 40 * i, 9) for i, name in enumerate(("boat", "cake", "dog"))]

    document = read(pdf([*cells, *paragraph(*LONG, y=400)]))

    (table,) = document.number_tables
    assert table.rows == ((0, 1, 2), (10, 11, 12), (20, 21, 22))
    assert table.row_labels == ("boat", "cake", "dog")
    assert document.word_counts[Role.PROSE] == sum(len(line.split()) for line in LONG)


def test_a_page_that_is_turned_is_read_upright():
    turned = [Text(line, 0, 842, 10, extra=f"0 1 -1 0 {100 + 12 * number} 60 cm") for number, line in enumerate(LONG)]

    document = read(pdf(turned, page_extra="/Rotate 90"))

    assert [line.text for line in document.lines] == list(LONG)
    assert (document.pages[0].width, document.pages[0].height) == (842, 595)


def test_text_that_nobody_sees_is_no_prose():
    hidden = [Text(LONG[0], 72, 300, 10, extra="1 g"), Text(LONG[1], 72, 320, 1), Text(LONG[2], 72, 340, extra="3 Tr")]

    document = read(pdf([*paragraph(*LONG), *hidden]))

    assert document.prose_words == sum(len(line.split()) for line in LONG)
    assert document.word_counts[Role.HIDDEN] == sum(len(line.split()) for line in LONG[:3])


def test_a_list_of_figures_is_no_place_of_captions():
    listed = [
        Text("List of figures", 72, 80, 14, "B"),
        Text("Figure 1: Histogram .......... 2", 72, 100),
        Text("Figure 2: Structure", 72, 114),
        Text("3", 400, 114),
    ]
    shown = [*paragraph(*LONG, y=200), *figure(300, "Figure 1: Histogram")]

    document = read(pdf([*listed, *shown]))

    assert [caption.number for caption in document.captions] == ["1"]
    assert document.word_counts[Role.CONTENTS] == 8


def test_a_frame_is_a_figure_and_a_shaded_text_is_none():
    frame, shade = Bar(150, 150, 200, 120, 0.9), Bar(70, 390, 450, 60, 0.9)
    document = read(pdf([frame, shade, *paragraph(*LONG, y=400)]))

    assert [(round(one.box.left), round(one.box.top)) for one in document.figures] == [(150, 150)]
    assert document.word_counts[Role.PROSE] == sum(len(line.split()) for line in LONG)


def test_captions_and_mentions_in_chinese_are_found():
    text = [Text("图1显示了权重的分布，如图2所示，表1列出了结果。", 72, 100, 11, "S")]
    first = [Picture(150, 130, 200, 120), Text("图1：FFNet底层权重直方图", 180, 265, 9, "S")]
    second = [Picture(150, 300, 200, 120), Text("图 2 ResNet顶层权重直方图", 180, 435, 9, "S")]

    document = read(pdf([*text, *first, *second]))

    assert [(one.kind, one.number) for one in document.captions] == [("figure", "1"), ("figure", "2")]
    assert [(one.kind, one.number) for one in document.mentions] == [("figure", "1"), ("figure", "2"), ("table", "1")]
    assert document.word_counts[Role.PROSE] == 22


def test_a_sentence_set_as_a_caption_is_one_and_set_as_text_it_is_none():
    image = Picture(150, 200, 200, 120)
    apart, running = "Figure 1 shows the bottom layer", "Figure 1 shows the bottom layer of the network, whose weights"

    as_caption = read(pdf([*paragraph(*LONG), image, Text(apart, 180, 335, 9)]))
    as_text = read(pdf([*paragraph(*LONG), image, Text(running, 72, 335), Text("stay where they were.", 72, 347)]))

    assert [one.number for one in as_caption.captions] == ["1"]
    assert as_text.captions == ()
    assert [one.number for one in as_text.mentions] == ["1"]
