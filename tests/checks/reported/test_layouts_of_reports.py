"""Reports of homework 5 in layouts that students use: captions below, pages' ends, numbered classes, CIFAR beside."""

from __future__ import annotations

import pytest
from homework_5 import about, part, read
from hw5_samples import paper
from printed import printed

from grader.checks.reported.claimed_accuracies import claimed_accuracies
from grader.checks.reported.confusion_matrices import confusion_matrices
from grader.checks.reported.layer_counts import layer_counts
from grader.checks.reported.learning_rates import learning_rates
from grader.checks.reported.loss_curves import loss_curves
from grader.checks.reported.report_parts import missing_captions, numbering_problems

CLASSES = 5
BELOW = "<style>caption { caption-side: bottom }</style>"
DIVIDED = "<style>table { break-inside: auto }</style>"
LEGEND = "Confusion matrix of the network, learning rate"


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    """The document of a report whose HTML was changed."""
    folder = tmp_path_factory.mktemp("layouts")

    def document(*changes: tuple[str, str], **of_paper):
        made = paper.Paper(**{"layers": "It has 92 learnable layers in all.", "network": "the network", **of_paper})
        text = paper.written(made)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return read(printed(text), folder)

    return document


def matrices_wanted():
    return part("tasks").matrices(part("tasks").trained(part("settings").BUDGET))


def matrices(document):
    found = confusion_matrices(document, CLASSES, about())
    return [(one.title, one.rate, one.earlier, one.counts is not None and round(one.accuracy, 4)) for one in found]


EXPECTED = [
    ("Table 1", 1e-3, False, round(paper.accuracy(paper.HIGH), 4)),
    ("Table 2", 1e-4, False, round(paper.accuracy(paper.LOW), 4)),
    ("Table 3", None, True, round(paper.accuracy(paper.NET3), 4)),
]


def before_first_table(height: int) -> tuple[str, str]:
    """A gap that moves the first table to a page's end."""
    return (
        "<table><caption>Table 1",
        f"<div style='break-before: page; height: {height}mm'></div><table><caption>Table 1",
    )


@pytest.mark.parametrize("style", ["", BELOW], ids=["above", "below"])
@pytest.mark.parametrize("height", [0, 205, 215, 222, 228, 234, 240, 246])
def test_matrices_are_read_across_a_pages_end(height, style, layout):
    document = layout(("</head>", f"{style}{DIVIDED}</head>"), before_first_table(height))

    assert matrices(document) == EXPECTED
    assert list(missing_captions(document, CLASSES)) == []


def test_a_table_takes_the_caption_of_its_own_kind(layout):
    prose = "<p>The matrices of both learning rates are shown in the tables that follow, one below the other.</p>"

    document = layout(("</head>", f"{BELOW}</head>"), ("<table><caption>Table 1", f"{prose}<table><caption>Table 1"))

    assert matrices(document) == EXPECTED


def test_numbers_of_classes_are_no_images(layout):
    names = [
        (f"<th>{name}</th>", f"<th>{place}</th>")
        for _ in range(3)
        for _ in range(2)
        for place, name in enumerate(paper.CLASSES)
    ]

    assert matrices(layout(*names)) == EXPECTED


def optional(network: str) -> str:
    names = "".join(f"<th>{place}</th>" for place in range(10))
    cells = ["".join(f"<td>{900 if row == column else 11}</td>" for column in range(10)) for row in range(10)]
    rows = "".join(f"<tr><th>{row}</th>{part}</tr>" for row, part in enumerate(cells))
    caption = f"Table 4: Confusion matrix of {network} for CIFAR-10, learning rate 1e-2. Accuracy: 90.00%"
    return f"<table><caption>{caption}</caption><tr><th></th>{names}</tr>{rows}</table>"


def test_the_optional_matrix_of_cifar_is_none_of_those_that_are_asked_for(layout):
    document = layout(("<h2>4.", f"{optional('the network')}<h2>4."))

    assert matrices(document) == EXPECTED
    assert {claim.rate for claim in claimed_accuracies(document, about())} == {None, 1e-3, 1e-4}


def test_two_matrices_at_one_learning_rate_are_one_too_few(layout):
    document = layout((f"{LEGEND} 1e-4", f"{LEGEND} 1e-3"))
    found = matrices_wanted().claimed(document)

    assert next(matrices_wanted().problems(found, document)) == "2 of at least 2, none for learning rate 0.0001"


def test_captions_of_matrices_that_could_not_be_read_are_left_to_a_person(layout):
    document = layout(
        ("<table><caption>Table 1", "<table hidden></table><p>Table 1"),
        ("</caption>", "</p><table>"),
        ("<table><caption>Table 2", "<p>Table 2"),
        ("</caption>", "</p><table>"),
        ("</head>", "<style>td { color: transparent; font-size: 1pt }</style></head>"),
    )
    wanted = matrices_wanted()
    found = wanted.claimed(document)

    assert found.matrices == ()
    assert list(wanted.problems(found, document)) == []
    assert wanted.unread(found, document).startswith("2 confusion matrices have a caption")


def test_without_matrices_and_captions_nothing_is_left_to_a_person(layout):
    document = layout(matrices=(), said=(), net3=None)
    found = matrices_wanted().claimed(document)

    assert matrices_wanted().unread(found, document) is None
    assert next(matrices_wanted().problems(found, document)).startswith("0 of at least 2")


@pytest.mark.parametrize("style", ["pictures", "drawings"])
def test_matrices_as_pictures_without_captions_are_left_to_a_person(style, layout):
    document = layout(style=style, numbered=False)
    wanted = matrices_wanted()
    found = wanted.claimed(document)

    if style == "drawings":  # whose numbers are text
        assert [one.counts is not None for one in found.matrices][:2] == [True, True]
    else:
        assert wanted.unread(found, document) == (
            "0 confusion matrices could be read; 4 pictures on page 1, 2 may be others: nothing says what they show"
        )
        assert list(wanted.problems(found, document)) == []


def test_a_picture_that_has_a_name_is_no_matrix(layout):
    document = layout(matrices=(), said=(), net3=None, numbered=False)
    changed = layout(
        ("<h2>2. Training</h2>", "<h2>2. Training loss</h2>"), matrices=(), said=(), net3=None, numbered=False
    )
    wanted = matrices_wanted()

    assert "1 picture on page 1 may be" in wanted.unread(wanted.claimed(document), document)
    assert wanted.unread(wanted.claimed(changed), changed) is None


def test_a_figures_number_may_not_come_twice(layout):
    document = layout(loss="two figures", style="pictures", numbers=(1, 2, 1, 3, 4))

    assert list(numbering_problems(document)) == [
        "the figures are not numbered in order: the number 1 is given to 2 figures"
    ]


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("learning rates 10⁻³ and 5×10⁻⁴", [1e-3, 5e-4]),
        ("learning rate 1e-3, weight decay 5e-4", [1e-3]),
        ("learning rate 1e-3 and momentum = 0.09", [1e-3]),
    ],
)
def test_learning_rates_among_other_numbers_are_told_apart(text, rates):
    assert learning_rates(text) == pytest.approx(rates)


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("The total number of learnable layers in HW5Net is 92.", [92]),
        ("HW5Net has 92 learnable layers, compared to 28 in Net3.", [92]),
        ("While Net3 has 28 layers, HW5Net (depth = 8) has 92 learnable layers.", [92]),
        ("Net3 of HW4 has 12 layers; in all 28 layers learn there.", []),
    ],
)
def test_the_layers_of_one_network_are_told_from_those_of_the_other(sentence, numbers, layout):
    assert [one.number for one in layer_counts(layout(layers=sentence, code="x = 1"), about())] == numbers


def test_one_curve_at_the_only_learning_rate_is_too_little(layout):
    assert loss_curves(layout(rates=("1e-3",), matrices=(paper.HIGH,)), about()).enough is False


def test_a_matrix_about_which_nothing_is_written_has_no_learning_rate(layout):
    gap = ("<table>", "<div style='height: 130mm'></div><table>")

    for document in (layout(numbered=False), layout(gap, numbered=False)):
        assert matrices(document)[-1][1:3] == (None, False)


def test_a_heading_says_whose_matrix_it_is_if_the_caption_does_not(layout):
    def bare(number, text, heading):
        title = f"<table><caption>Table {number}: "
        return f"{title}{text}.", f"<h3>{heading}</h3>{title}Confusion matrix."

    document = layout(
        bare(1, f"{LEGEND} 1e-3", "3.1 Learning rate 1e-3"),
        bare(2, f"{LEGEND} 1e-4", "3.2 Learning rate 1e-4"),
        bare(3, "Confusion matrix of Net3 from homework 4", "3.3 Net3 of homework 4"),
    )

    assert matrices(document) == EXPECTED


def test_what_a_program_printed_may_stand_between_a_caption_and_its_matrix(layout):
    words = "Overall accuracy of the network on the 2000 images of the test set: 61 percent"
    printed = f"<pre style='font-size: 8pt'>{words}\n\nthe matrix:</pre>"
    changes = [
        (f"<caption>Table {number}: {text}</caption>", f"<caption>{printed}</caption>")
        for number, text in (
            (1, f"{LEGEND} 1e-3."),
            (2, f"{LEGEND} 1e-4."),
            (3, "Confusion matrix of Net3 from homework 4."),
        )
    ]
    changes = [(f"<table>{old}", f"<p>{old[9:-10]}</p><table>{new}") for old, new in changes]

    changes.append(("<p>Table 1", "<p style='break-before: page'>Table 1"))

    assert matrices(layout(*changes)) == EXPECTED


@pytest.mark.parametrize(
    ("caption", "enough"),
    [
        ("Training loss vs. iterations", None),
        ("Loss, learning rate 1e-3 vs. 1e-4", True),
        ("Loss for both rates", True),
    ],
)
def test_a_curve_against_the_iterations_is_one(caption, enough, layout):
    old = "Training loss for the learning rates 1e-3 and 1e-4."

    assert loss_curves(layout((old, f"{caption}.")), about()).enough is enough
