"""Captions as people set them: small below drawings, side by side, in brackets, as sentences, in lists, in Chinese."""

from __future__ import annotations

import pytest
from pdf_files import Bar, Item, Picture, Text, paragraph, pdf
from reading_documents import read_here

from grader.documents import Document, Role

LONG = (
    "The network with thirty layers does not learn at all, since the gradients that reach its",
    "first layers are so small that no weight there moves, whatever the learning rate may be in",
    "our runs. We looked at the weights of each layer after every tenth epoch to see when this",
    "begins, and found that it is so from the start.",
)


def drawing(x: float = 150, y: float = 200, width: float = 220) -> list[Item]:
    """Bars between two thin axes, with ticks in small type below."""
    bars: list[Item] = [Bar(x + 20 * n, y + 100 - 10 * n, 14, 10 * n + 5) for n in range(int(width / 20))]
    axes = [Bar(x - 4, y, 0.8, 106), Bar(x - 4, y + 106, width + 8, 0.8)]
    return [*bars, *axes, *(Text(str(n), x + 40 * n, y + 118, 7) for n in range(int(width / 40)))]


def captions(document: Document) -> list[tuple[str, str]]:
    return [(caption.kind, caption.number) for caption in document.captions]


@pytest.mark.parametrize("size", [6, 7.5, 8, 9, 10])
@pytest.mark.parametrize(
    "text", ["Figure 1. Loss", "Fig. 1: Weights of the first layer", "Figure 1 Loss of both networks"]
)
def test_a_short_caption_below_a_drawing_is_no_label_of_its_axes(size: float, text: str):
    document = read_here(pdf([*paragraph(*LONG), *drawing(), Text(text, 200, 334, size), *paragraph(*LONG, y=400)]))

    assert [caption.text for caption in document.captions] == [text]
    assert document.word_counts[Role.FIGURE_TEXT] == 5


def test_a_second_line_in_small_type_belongs_to_the_caption():
    below = [
        Text("Figure 1. The gradient of each of the layers of VGG08, on a", 150, 334, 7),
        Text("logarithmic scale", 150, 343, 7),
    ]

    document = read_here(pdf([*paragraph(*LONG), *drawing(), *below, *paragraph(*LONG, y=400)]))

    assert [caption.text for caption in document.captions] == [f"{below[0].text} {below[1].text}"]


@pytest.mark.parametrize(
    "rule",
    [Bar(50, 88, 500, 0.7), Bar(50, 86, 500, 2), Bar(40, 60, 515, 28, 0.9), Bar(297, 60, 0.5, 700)],
    ids=["thin", "thick", "band", "between columns"],
)
def test_a_rule_that_touches_a_figure_does_not_reach_into_the_other_column(rule: Bar):
    left = [
        *drawing(60, 92, 200),
        Text("Figure 1. Loss", 60, 226, 8),
        *(Text(f"Left line {n} fills its column well enough", 60, 250 + 12 * n, 9) for n in range(20)),
    ]
    right = [Text(f"Right line {n} fills its column well enough", 310, 100 + 12 * n, 9) for n in range(30)]

    document = read_here(pdf([rule, *left, *right]))

    assert captions(document) == [("figure", "1")]
    assert document.word_counts[Role.PROSE] == 50 * 8
    (figure,) = document.figures
    assert figure.box.right < 300


@pytest.mark.parametrize(
    "second", [[], [("of the plain network", 90), ("of the residual network", 330)]], ids=["one row", "two rows"]
)
def test_captions_beside_each_other_are_read_one_by_one(second: list[tuple[str, float]]):
    page = [
        Picture(80, 200, 200, 120),
        Picture(320, 200, 200, 120),
        Text("Figure 1: Weights of the bottom layer", 90, 335, 9),
        Text("Figure 2: Weights of the upper layer", 330, 335, 9),
        *(Text(text, x, 346, 9) for text, x in second),
    ]

    document = read_here(pdf([*paragraph(*LONG), *page, *paragraph(*LONG, y=420)]))

    ends = [f" {text}" for text, _ in second] or ["", ""]
    assert [caption.text for caption in document.captions] == [
        f"Figure 1: Weights of the bottom layer{ends[0]}",
        f"Figure 2: Weights of the upper layer{ends[1]}",
    ]
    assert document.word_counts[Role.PROSE] == 2 * sum(len(line.split()) for line in LONG)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Figure (1): Loss", "1"),
        ("Fig. (2) Loss", "2"),
        ("Figure [3]. Loss", "3"),
        ("FIGURE 4 – Loss", "4"),
        ("Figure 2.1 | Loss", "2.1"),
        ("Figure A.1: Loss", "A.1"),
        ("Fig 5: Loss", "5"),
        ("Table (6): Loss", "6"),
    ],
)
def test_captions_in_other_styles_are_found(text: str, number: str):
    document = read_here(pdf([*paragraph(*LONG), Picture(150, 200, 200, 120), Text(text, 170, 335, 9)]))

    assert [caption.number for caption in document.captions] == [number]
    assert document.captions[0].title == "Loss"


@pytest.mark.parametrize(
    "sentence",
    [
        "Figure 1 below shows that no weight of the first layer moves.",
        "Figure 1 (below) shows that no weight of the first layer moves.",
        "Figure 1 clearly shows that no weight of the first layer moves.",
        "Figure 1’s slices all look the same in each of the epochs.",
        "Figure 1, on the left, is what one expects of such a network.",
        "Figures 1 and 2 show the weights of the two networks.",
        "Figure 1 consists of as many slices as there are epochs.",
    ],
)
def test_a_sentence_above_a_figure_is_no_caption(sentence: str):
    below = [Picture(150, 330, 200, 120), Text("Figure 1: Weights of the bottom layer.", 170, 465, 9)]

    document = read_here(pdf([*paragraph(*LONG), *paragraph(sentence, *LONG, y=200), *below]))

    assert captions(document) == [("figure", "1")]
    assert "1" in {mention.number for mention in document.mentions}


def test_a_short_sentence_of_its_own_below_a_figure_is_its_caption():
    page = [Picture(72, 200, 200, 120), Text("Figure 1 shows the weights of the bottom layer.", 72, 335)]

    document = read_here(pdf([*paragraph(*LONG), *page, *paragraph(*LONG, y=380)]))

    assert captions(document) == [("figure", "1")]


@pytest.mark.parametrize(("size", "below"), [(9.5, LONG), (9.5, ("Weights of the first layer", *LONG))])
def test_the_text_below_a_number_alone_is_no_caption(size: float, below: tuple[str, ...]):
    page = [Picture(72, 200, 200, 120), Text("Figure 1", 280, 335, size)]

    document = read_here(pdf([*paragraph(*LONG), *page, *paragraph(*below, y=352)]))

    assert [caption.text for caption in document.captions] == ["Figure 1"]


def test_a_number_alone_has_its_title_on_the_next_line():
    page = [Picture(72, 200, 200, 120), Text("Figure 1", 280, 335, 9.5), Text("Weights of both layers", 245, 347, 9.5)]

    document = read_here(pdf([*paragraph(*LONG), *page, *paragraph(*LONG, y=390)]))

    assert [caption.text for caption in document.captions] == ["Figure 1 Weights of both layers"]


def test_a_list_of_figures_without_leaders_holds_no_captions():
    listed = [
        Text("List of figures", 72, 80, 14, "B"),
        Text("Figure 1: Weights of the bottom layer", 72, 110),
        Text("Figure 2: Weights of the upper layer", 72, 124),
    ]
    shown = [
        Picture(150, 80, 200, 120),
        Text("Figure 1: Weights of the bottom layer", 170, 215, 9),
        Picture(150, 300, 200, 120),
        Text("Figure 2: Weights of the upper layer", 170, 435, 9),
    ]

    document = read_here(pdf([*listed, *paragraph(*LONG, y=400)], shown))

    assert [(caption.number, caption.page) for caption in document.captions] == [("1", 2), ("2", 2)]
    assert document.word_counts[Role.CONTENTS] == 14


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("图 1：损失曲线", "figure", "1"),
        ("图2 损失曲线", "figure", "2"),
        ("图三：损失曲线", "figure", "3"),
        ("表 1 准确率", "table", "1"),
        ("圖 1.2 損失曲線", "figure", "1.2"),
        ("图十二 损失曲线", "figure", "12"),
    ],
)
def test_chinese_captions_are_found(text: str, kind: str, number: str):
    line = Text("我们训练了两个网络，它们的损失在训练中下降得很不一样。", 72, 100, 11, "S")

    document = read_here(pdf([line, Picture(150, 200, 200, 120), Text(text, 200, 338, 11, "S")]))

    assert captions(document) == [(kind, number)]


@pytest.mark.parametrize("text", ["图1给出了两个网络的权重", "图 1 为底层的权重分布，", "如图1所示，权重没有变化"])
def test_a_chinese_sentence_about_a_figure_is_no_caption(text: str):
    document = read_here(
        pdf([Text(text, 72, 100, 11, "S"), Text("权重在训练中没有变化，梯度太小。", 72, 116, 11, "S")])
    )

    assert document.captions == ()
    assert [mention.number for mention in document.mentions] == ["1"]


@pytest.mark.parametrize(
    "end",
    [
        "which can be seen for every one of the networks in Figure",
        "and the numbers of all networks are in Table",
        "for every one of the networks in the epochs (see also Fig.",
    ],
)
def test_a_number_that_a_lines_end_parts_from_its_figure_is_no_list(end: str):
    document = read_here(pdf(paragraph(LONG[0], end, "4. The weights of the bottom layer stay where they were.")))

    assert [mention.number for mention in document.mentions] == ["4"]
