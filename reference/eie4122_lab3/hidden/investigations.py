"""Beside the criterion `investigations`: what the report says of depths, and our own measured answer."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from grader import Evidence, Exhibit, Finding, LineFigure, Panel, Series, Table
from grader.checks import quoted, sentences_on

from .. import notebook
from ..measured import Kind, Row, answer, kinds, measured
from ..report import report
from .subjects import DEPTH, WHY


def show(evidence: Evidence) -> Finding:
    """The sentences that tell depths, and our answer."""
    document = report(evidence)
    found = sentences_on(document, DEPTH, WHY)
    quotes = (quoted(document, found, "depth"),) if found else ()
    message = f"{len(found)} sentences speak of depths; our own answer stands beside them"
    return Finding.ungraded(
        message,
        details=(*answer(), *notebook.MODELS.details(evidence)),
        exhibits=(*quotes, *figures(), *notebook.MODELS.exhibits(evidence)),
    )


def exhibits() -> tuple[Exhibit, ...]:
    """Accuracy and the bottom layer's gradient against depth, the gradient of each layer, and the table."""
    return (*figures(), _by_layer(), _table())


def figures() -> tuple[Exhibit, ...]:
    """What a person who grades needs at hand; the class report has the rest."""
    return (_against_depth("accuracy"), _against_depth("gradient"))


def _against_depth(what: str) -> LineFigure:
    panels = tuple(
        Panel(network, tuple(_series(kind, what) for kind in kinds() if kind[0] == network))
        for network in ("FFNet", "ResNet")
    )
    if what == "accuracy":
        return LineFigure(
            "accuracy",
            "Accuracy against depth, measured by us",
            "Median over five seeds of the accuracy on the test points after 200 epochs; guessing gives 0.5. "
            "Beyond some twelve layers FFNet comes close to guessing; ResNet does not up to 23.",
            "Accuracy of FFNet and ResNet against hidden layers, by activation, with and without batch norm.",
            "hidden layers",
            "accuracy on test points",
            panels,
        )
    return LineFigure(
        "gradient",
        "Gradient at the bottom layer, measured by us",
        "Median over five seeds of the L2 norm of the loss's gradient with respect to the first layer's weight, before "
        "training.",
        "Norm of the first layer's gradient against the number of hidden layers, for both networks and activations.",
        "hidden layers",
        "gradient norm",
        panels,
        log_y=True,
    )


def _series(kind: Kind, what: str) -> Series:
    rows = [row for row in measured() if row.kind == kind]
    y = (statistics.median(row.test_accuracy) if what == "accuracy" else row.gradient[0] for row in rows)
    return Series(rows[0].label, tuple(float(row.depth) for row in rows), tuple(y), "reference")


def _by_layer() -> LineFigure:
    panels = tuple(Panel(network, tuple(_profile(row) for row in _deepest(network))) for network in ("FFNet", "ResNet"))
    return LineFigure(
        "layers",
        "Gradient of each layer in the deepest network, measured by us",
        "L2 norm of the gradient with respect to each dense layer's weight before training, input on the left; FFNet "
        "with 31 hidden layers, ResNet with 25 blocks.",
        "Gradient norm of each layer for the deepest FFNet and the deepest ResNet.",
        "layer",
        "gradient norm",
        panels,
        log_y=True,
    )


def _deepest(network: str) -> Iterable[Row]:
    deepest = max(row.depth for row in measured() if row.network == network)
    return (row for row in measured() if row.network == network and row.depth == deepest)


def _profile(row: Row) -> Series:
    return Series(row.label, tuple(float(layer) for layer in range(1, row.depth + 1)), row.gradient, "reference")


def _table() -> Table:
    return Table(
        "measured",
        "FFNet and ResNet over depths, measured by us",
        "Five seeds each, settings of the handout. Trained: seeds with more than 60 % of the training points right; a "
        "straight line has 55 %.",
        ("network", "hidden layers", "trained", "test accuracy", "gradient, bottom", "gradient, top"),
        tuple(_cells(row) for row in sorted(measured(), key=_order)),
    )


def _order(row: Row) -> tuple[str, bool, str, int]:
    return row.network, row.batch_norm, row.activation, row.depth


def _cells(row: Row) -> tuple[str, ...]:
    gradient = row.gradient
    return (
        f"{row.network}, {row.label}",
        str(row.depth),
        f"{row.trained} of {len(row.train_accuracy)}",
        f"{statistics.median(row.test_accuracy):.2f}",
        f"{gradient[0]:.0e}",
        f"{gradient[-1]:.0e}",
    )
