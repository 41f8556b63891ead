"""What is read out of a report: learning rates, accuracies, numbers of layers, matrices, loss curves."""

from __future__ import annotations

import numpy as np
import pytest
from homework_5 import about, read
from hw5_samples import paper

from grader.checks.reported.claimed_accuracies import accuracies_in_text
from grader.checks.reported.confusion_matrices import confusion_matrices
from grader.checks.reported.layer_counts import layer_counts
from grader.checks.reported.learning_rates import learning_rates
from grader.checks.reported.loss_curves import caption_words, loss_curves
from grader.checks.reported.matrix_numbers import images_per_class, matrix_fault
from grader.documents import Caption
from grader.documents.raw import PageBox

CLASSES = 5


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report's document, each written once."""
    known = {}
    folder = tmp_path_factory.mktemp("reports")

    def document(**changes):
        made = paper.Paper(**{"layers": "It has 92 learnable layers in all.", **changes})
        if repr(made) not in known:
            known[repr(made)] = read(paper.pdf(made), folder)
        return known[repr(made)]

    return document


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("a learning rate of 1e-3", [1e-3]),
        ("learning rates 0.001 and 0.0001", [1e-3, 1e-4]),
        ("lr = 1E-04", [1e-4]),
        ("learning rate 10^-3", [1e-3]),
        ("learning rate 10−3", [1e-3]),
        ("learning rate 5 × 10^{-4}", [5e-4]),
        ("lr=5e-5, lr=5e-5", [5e-5]),
        ("learning rate 0.01 gives 62.5% accuracy", [0.01]),
        ("learning rate is small, momentum 0.9", []),
        ("an accuracy of 0.05", []),
    ],
)
def test_learning_rates_are_read_as_people_write_them(text, rates):
    assert learning_rates(text) == pytest.approx(rates)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("With learning rate 1e-3 the test accuracy is 62.45%.", [(0.6245, 1e-3, False)]),
        ("Accuracy: 0.6245", [(0.6245, None, False)]),
        (
            "For learning rates 1e-3 and 1e-4 the accuracies are 62.5 % and 58 %, respectively.",
            [(0.625, 1e-3, False), (0.58, 1e-4, False)],
        ),
        ("Net3 reached an accuracy of 51.2%.", [(0.512, None, True)]),
        ("The accuracy is 0.6245 and the mean IoU is 0.4312.", [(0.6245, None, False)]),
        ("With an IoU of 43.1% its accuracy is 62.45%.", [(0.6245, None, False)]),
        ("We got an accuracy of 62.45% (F1 score 61.9%, precision: 63.0%).", [(0.6245, None, False)]),
        ("The final accuracy and loss are 62.45% and 0.91.", [(0.6245, None, False)]),
        ("The loss goes down, and 62.45% accuracy is reached.", [(0.6245, None, False)]),
        ("The accuracy of HW5Net is 62.5% while Net3 had 51.2%.", [(0.625, None, False), (0.512, None, True)]),
        ("DeepNet has an accuracy of 62.5% while Net3 reached 51.2%.", [(0.625, None, False), (0.512, None, True)]),
        ("Its accuracy is 62.5% and that of Net3 51.2%.", [(0.625, None, False), (0.512, None, True)]),
        ("On the data set of HW4 its accuracy is 62.5%.", [(0.625, None, False)]),
        ("With the HW4 test images the accuracy is 62.5%.", [(0.625, None, False)]),
        ("The accuracy went from 51.2% (Net3) to 62.5% (HW5Net).", [(0.512, None, True), (0.625, None, False)]),
        ("lr=0.001 has an accuracy of 0.6245, lr=0.01 of 0.58.", [(0.6245, 1e-3, False), (0.58, 1e-2, False)]),
        ("In homework 4 the accuracy was 51.2%.", [(0.512, None, True)]),
        ("The accuracy is 5 percentage points better, 62.5%.", [(0.625, None, False)]),
        ("The accuracy on the training set is 99.1%.", []),
        ("The accuracy improved by 5%.", []),
        ("The training accuracy is 99.1%.", []),
        ("The loss is 0.62.", []),
    ],
)
def test_accuracies_are_read_with_their_learning_rate_and_network(text, claims):
    found = [(one.value, one.rate, one.earlier) for one in accuracies_in_text(text, 1, about())]

    assert found == [
        (pytest.approx(value), rate if rate is None else pytest.approx(rate), earlier)
        for value, rate, earlier in claims
    ]


def test_an_accuracy_agrees_with_a_matrix_up_to_its_last_digit():
    (claim,) = accuracies_in_text("an accuracy of 62.5%", 1, about())

    assert claim.agrees(0.6245)
    assert claim.agrees(0.6259)
    assert not claim.agrees(0.627)


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("The network has 92 learnable layers.", [92]),
        ("The total number of learnable layers is 92.", [92]),
        ("The number of layers of the network that has depth 20 and 64 channels at its entry is 92.", [92]),
        ("num_layers = 92", [92]),
        ("len(list(net.parameters())) gives 92.", [92]),
        ("It has at least 40 learnable layers.", []),
        ("We trained the layers for 15 epochs on 1600 images.", []),
        ("Net3 has 12 layers.", []),
    ],
)
def test_the_number_of_layers_is_read(sentence, numbers, written):
    assert [one.number for one in layer_counts(written(layers=sentence, code="x = 1"), about())] == numbers


@pytest.mark.parametrize("style", ["tables", "drawings", "shares", "percentages"])
def test_matrices_are_read_from_tables_drawings_and_shares(style, written):
    found = confusion_matrices(written(style=style), CLASSES, about())

    assert [(one.rate, one.earlier) for one in found] == [(1e-3, False), (1e-4, False), (None, True)]
    assert [one.accuracy for one in found] == pytest.approx(
        [paper.accuracy(one) for one in (paper.HIGH, paper.LOW, paper.NET3)], abs=6e-4
    )


def test_a_picture_of_a_matrix_is_known_to_be_one(written):
    found = confusion_matrices(written(style="pictures"), CLASSES, about())

    assert [(one.rate, one.earlier, one.counts) for one in found] == [
        (1e-3, False, None),
        (1e-4, False, None),
        (None, True, None),
    ]


GOOD = np.diag([300.0] * 5) + 25 * (1 - np.eye(5))
SKEWED = np.diag([400.0] * 5) + 7 * (np.roll(np.eye(5), 1, axis=1) - np.eye(5)) + 60 * (np.eye(5)[[0] * 5] - np.eye(5))


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        (GOOD, None),
        (GOOD.T, None),
        (GOOD / 400, None),
        (SKEWED, None),
        (SKEWED / 400, None),
        (SKEWED.T, "transposed: each column adds up to 400"),
        (SKEWED.T / 400, "transposed: each column adds up to 1"),
        (GOOD * 2, "add up to the 400"),
        (GOOD + np.eye(5)[0], "add up to the 400"),
        (-GOOD, "negative"),
        (GOOD + 0.5, "whole numbers"),
        (GOOD[:4], "expected 5 × 5"),
    ],
)
def test_a_matrix_that_cannot_be_right_is_told_with_the_reason(counts, fault):
    found = matrix_fault(counts, CLASSES, {400})

    assert found is None if fault is None else fault in found


def test_a_report_may_have_another_number_of_test_images(written):
    document = written()  # which speaks of 1600 images of each class for training too

    assert images_per_class(document, 500) == {400, 500}


@pytest.mark.parametrize(("loss", "enough"), [("one figure", True), ("two figures", True), ("none", False)])
def test_loss_curves_are_looked_for(loss, enough, written):
    assert loss_curves(written(loss=loss), about()).enough is enough


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("", "Figure 2 Figure 2 shows the loss for both learning rates."),
        ("Accuracy by epoch", "Figure 2: Accuracy by epoch"),
    ],
)
def test_what_the_text_says_of_a_figure_stands_for_a_caption_of_a_number_alone(title, words):
    text = f"Figure 2: {title}" if title else "Figure 2"
    caption = Caption("figure", "2", text, 1, PageBox(0, 0, 1, 1), title=title)
    told = {"Figure 1": "Figure 1 shows images.", "Figure 2": "Figure 2 shows the loss for both learning rates."}

    assert caption_words(caption, told) == words
