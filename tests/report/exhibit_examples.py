"""One exhibit of each kind, and awkward ones."""

from __future__ import annotations

import math

import numpy as np

from grader.exhibit import (
    Band,
    BarFigure,
    Bars,
    Exhibit,
    Formula,
    Level,
    LineFigure,
    Listing,
    Matrix,
    MatrixPanel,
    Panel,
    Passage,
    Quote,
    Remark,
    Series,
    Table,
)

CLASSES = ("boat", "cake", "couch", "dog", "motorcycle")
CODE = '''def evaluate(net, loader, device):
    """Accuracy in per cent."""
    correct = total = 0
    for images, labels in loader:
        out = net(images)  # no softmax
        loss = criterion(out, labels)
        running += loss
        correct += (out.argmax(1) == labels).sum().item()
        total += len(labels)
    return 100 * correct / total
'''


def counts(classes: int, each: int, seed: int = 0) -> tuple[tuple[float, ...], ...]:
    """A confusion matrix with `each` samples a class, most of them right."""
    noise = np.random.default_rng(seed)
    rows = noise.multinomial(each // 4, np.ones(classes) / classes, size=classes)
    return tuple(
        tuple(float(v + (each - row.sum() if i == j else 0)) for j, v in enumerate(row)) for i, row in enumerate(rows)
    )


def matrix() -> Matrix:
    """What was claimed and what was recomputed, and one that could not be read."""
    return Matrix(
        "confusion",
        "Confusion matrices",
        "Claimed on page 3 of the report, and recomputed here from the network’s predictions.",
        CLASSES,
        (
            MatrixPanel("claimed", counts(5, 80)),
            MatrixPanel("recomputed", counts(5, 80, seed=1), marked=((0, 3),)),
            MatrixPanel("Net3", (), "The picture on page 4 holds no numbers that can be read."),
        ),
    )


def gradient_flow(layers: int = 38) -> BarFigure:
    """The gradient of each layer for three networks, zeros in the first layers of one."""
    depth = range(layers)
    return BarFigure(
        "gradient_flow",
        "Gradient flow",
        "Mean absolute gradient of each layer’s weights, from the input on.",
        "Dot plot of the mean absolute gradient by layer: yours and the reference’s near 0.001, the broken one’s 0.",
        "mean |gradient|",
        tuple(f"block_{i}.conv.weight" for i in depth),
        (
            Bars("yours", tuple(10 ** (-3 + 0.02 * i) for i in depth)),
            Bars("reference", tuple(10 ** (-3 + 0.021 * i) for i in depth), "reference"),
            Bars("broken", tuple(0.0 if i < 6 else 10 ** (-18 + 0.45 * i) for i in depth), "broken"),
        ),
        log_x=True,
    )


def accuracies() -> BarFigure:
    """Bars from zero, one value missing."""
    return BarFigure(
        "accuracy",
        "Accuracy",
        "As claimed and as recomputed.",
        "Bars of accuracy for three networks: claimed 61.2, 55 and none, recomputed 60.9, 48.7 and 50 per cent.",
        "accuracy (%)",
        ("lr 0.001", "lr 0.0001", "Net3"),
        (Bars("claimed", (61.2, 55.0, math.nan)), Bars("recomputed", (60.9, 48.7, 50.0), "reference")),
    )


def spread() -> LineFigure:
    """A curve, the reference's range behind it, and a limit."""
    x = tuple(float(epoch) for epoch in range(1, 31))
    curve = tuple(2.3 * math.exp(-0.1 * epoch) + 0.3 for epoch in x)
    low, high = tuple(0.85 * y for y in curve), tuple(1.15 * y for y in curve)
    return LineFigure(
        "spread",
        "Loss",
        "Shaded: the reference over 20 seeds.",
        "Loss against epoch: your curve falls from 2.4 to 0.4 inside the reference’s range.",
        "epoch",
        "cross-entropy",
        (
            Panel(
                "",
                (Series("yours", x, curve),),
                (Band("reference, 20 seeds", x, low, high),),
                (Level("limit", 0.5), Level("epoch 15", 15.0, "x")),
            ),
        ),
    )


def listing() -> Listing:
    return Listing(
        "evaluate",
        "Evaluation runs in training mode",
        "Batch normalisation then depends on the batch.",
        "hw5/evaluate.py",
        CODE,
        41,
        (Remark(44, "no torch.no_grad()"), Remark(47, "keeps the graph: use .item()"), Remark(50)),
    )


def quote() -> Quote:
    return Quote(
        "resnet",
        "What your report says of ResNet",
        "Sentences that speak of it.",
        "report.pdf",
        (
            Passage("A residual network adds the input of a block to its output.", 3),
            Passage("ReLU alone did not help at depth 30.", 5, "agrees with the measurement"),
        ),
    )


def formula() -> Formula:
    return Formula(
        "adam",
        "Adam’s update",
        "With bias correction.",
        r"\theta_{t+1} = \theta_t - \eta\,\frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}",
    )


def table() -> Table:
    return Table(
        "layers",
        "Layers",
        "The first difference is marked.",
        ("Layer", "Expected", "Found"),
        (("conv1", "1,792", "1,792"), ("conv2", "36,928", "36,864"), ("fc", "2,570", "2,570")),
        marked_rows=(1,),
        marked_cells=((1, 2),),
    )


def every() -> tuple[Exhibit, ...]:
    """One of each kind."""
    return matrix(), gradient_flow(), accuracies(), spread(), listing(), quote(), formula(), table()
