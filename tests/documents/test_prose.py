"""What counts as prose: no equations, no footers of a browser, no listing whatever lies under its lines."""

from __future__ import annotations

import re

import pytest
from pdf_files import Bar, Item, Text, paragraph, pdf
from reading_documents import read_here

from grader.documents import Role

LONG = (
    "The network with thirty layers does not learn at all, since the gradients that reach its",
    "first layers are so small that no weight there moves, whatever the learning rate may be in",
    "our runs. We looked at the weights of each layer after every tenth epoch to see when this",
    "begins, and found that it is so from the start.",
)
WORDS = sum(len(line.split()) for line in LONG)
PROGRAM = """\
import torch

def block(x, width=5):
    y = norm(x)
    y = dense(width)(y)
    return x + y

net = Net(depth=8)
for epoch in range(10):
    run(net, epoch)
    print(epoch, loss(net))

save(net)
""".splitlines()


def listing(font: str, size: float, shade: str) -> list[Item]:
    """A program, with what lies under its lines."""
    step, left, top = 1.3 * size, 80, 200
    indents = [len(line) - len(line.lstrip()) for line in PROGRAM]
    places = [(left + 4 + 0.6 * size * indent, top + step * (n + 0.8)) for n, indent in enumerate(indents)]
    lines = [Text(line.lstrip(), *place, size, font) for line, place in zip(PROGRAM, places, strict=True) if line]
    wide = {"every line": 430, "every line of a column": 220}.get(shade)
    if wide:
        return [*(Bar(left, top + step * n, wide, step, 0.93) for n in range(len(PROGRAM))), *lines]
    if shade == "its text":
        return [
            *(Bar(text.x - 1, text.y - size, 0.55 * size * len(text.text), 1.25 * size, 0.93) for text in lines),
            *lines,
        ]
    if shade == "numbers and lines":
        gutter = [Bar(left - 20, top + step * n, 18, step, 0.8) for n in range(len(PROGRAM))]
        numbers = [Text(str(n + 1), left - 16, top + step * (n + 0.8), size, font) for n in range(len(PROGRAM))]
        return [*gutter, *(Bar(left, top + step * n, 300, step, 0.93) for n in range(len(PROGRAM))), *numbers, *lines]
    return [Bar(left, top, 430, step * len(PROGRAM), 0.93), Bar(left, top, 430, 0.7), *lines]


@pytest.mark.parametrize("shade", ["every line", "every line of a column", "its text", "numbers and lines", "all"])
@pytest.mark.parametrize(("font", "size"), [("C", 9), ("C", 7), ("F", 9)])
def test_a_listing_with_shades_under_its_lines_is_code_and_no_figure(font: str, size: float, shade: str):
    document = read_here(pdf([*paragraph(*LONG), *listing(font, size, shade), *paragraph(*LONG, y=420)]))

    assert document.figures == ()
    assert document.prose_words == 2 * WORDS
    shown = [line for line in document.of_role(Role.CODE) if not line.text.isdigit()]  # a blank line's number
    assert len(shown) == sum(bool(line) for line in PROGRAM)


def test_a_listing_with_a_shade_under_every_word_is_code_and_no_figure():
    left, top, size, step = 80, 200, 9, 12
    items: list[Item] = []
    for place, line in enumerate(line for line in PROGRAM if line):
        y = top + step * place
        items += [
            Bar(left + 0.6 * size * word.start() - 0.3, y - size, 0.6 * size * len(word[0]) + 0.6, 1.3 * size, 0.93)
            for word in re.finditer(r"\S+", line)
        ]
        indent = len(line) - len(line.lstrip())
        items.append(Text(line.lstrip(), left + 0.6 * size * indent, y, size, "C"))

    document = read_here(pdf([*paragraph(*LONG), *items, *paragraph(*LONG, y=480)]))

    assert document.figures == ()
    assert document.prose_words == 2 * WORDS


def test_boxes_of_layers_with_their_names_in_the_middle_are_a_figure():
    names = ("Dense 64", "Norm", "ReLU", "Dense 64", "Add", "Sigmoid")
    boxes = [Bar(200, 200 + 22 * n, 120, 21, 0.85) for n in range(len(names))]
    texts = [Text(name, 260 - 2.35 * len(name), 214 + 22 * n, 9) for n, name in enumerate(names)]

    document = read_here(pdf([*paragraph(*LONG), *boxes, *texts, *paragraph(*LONG, y=420)]))

    assert len(document.figures) == 1
    assert document.prose_words == 2 * WORDS


@pytest.mark.parametrize(
    "equation", ["y = f(x) + x     (1)", "L(w) = - t log p - (1 - t) log(1 - p)", "a = b * c + d^2 / e (2.1)"]
)
def test_a_displayed_equation_is_no_prose(equation: str):
    document = read_here(pdf([*paragraph(*LONG), Text(equation, 220, 170), *paragraph(*LONG, y=200)]))

    assert document.prose_words == 2 * WORDS
    assert [line.text.split() for line in document.of_role(Role.EQUATION)] == [equation.split()]


def test_a_sentence_with_an_equation_in_it_is_prose():
    sentence = "where x = 3 is the input and y = 4 the output of the block (1)"

    assert read_here(pdf(paragraph(*LONG, sentence))).prose_words == WORDS + len(sentence.split()) - 2


def test_what_a_browser_prints_at_the_edges_is_no_prose():
    edges = [
        Text("29/11/2026, 01:36", 30, 25, 8),
        Text("hw5.html", 300, 25, 8),
        Text("file:///home/ada/hw5.html", 30, 825, 8),
        Text("1/1", 550, 825, 8),
    ]

    document = read_here(pdf([*edges, *paragraph(*LONG)]))

    assert document.prose_words == WORDS


def test_headers_in_wide_margins_are_no_prose():
    pages = [
        [
            Text("EIE4122, lab 3", 120, 105, 10),
            Text("A. Student", 400, 105, 10),
            *paragraph(*LONG, x=120, y=135),
            Text(str(n), 290, 760, 10),
        ]
        for n in (1, 2, 3)
    ]

    assert read_here(pdf(*pages)).prose_words == 3 * WORDS
