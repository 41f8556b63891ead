"""Reports as students write them, for the samples: text of our own, set by WeasyPrint."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

CLASSES = ("boat", "cake", "couch", "dog", "motorcycle")
CSS = """
@page { size: A4; margin: 20mm } body { font: 10pt Inter, sans-serif } pre { font: 7.5pt "JetBrains Mono", monospace }
h1 { font-size: 16pt } h2 { font-size: 12.5pt } figcaption, caption { font-size: 9pt; caption-side: top }
figure { margin: 8pt 0; text-align: center } img { width: 88mm } td, th { padding: 2pt 9pt; text-align: right }
table { margin: 8pt auto; border-collapse: collapse; break-inside: avoid } th { font-weight: normal }
"""
Counts = tuple[tuple[float, ...], ...]


def counts(seed: int, right: float, images: int = 400) -> Counts:
    """A confusion matrix of five classes with about a share of `right` answers."""
    random = np.random.default_rng(seed)
    rows = []
    for place in range(len(CLASSES)):
        shares = np.full(len(CLASSES), (1 - right) / (len(CLASSES) - 1))
        shares[place] = right
        rows.append(tuple(float(count) for count in random.multinomial(images, shares)))
    return tuple(rows)


def accuracy(found: Counts) -> float:
    """Trace over total."""
    array = np.array(found)
    return float(np.trace(array) / array.sum())


HIGH, LOW, NET3 = counts(1, 0.63), counts(2, 0.57), counts(3, 0.52)


@dataclass(frozen=True)
class Paper:
    """What a report holds. `rates` and `matrices` belong together; `said` are the claimed accuracies."""

    layers: str = ""
    code: str = ""
    rates: Sequence[str] = ("1e-3", "1e-4")
    matrices: Sequence[Counts] = (HIGH, LOW)
    said: Sequence[str] | None = None
    net3: Counts | None = NET3
    style: str = "tables"  # tables, pictures, drawings, shares, percentages
    loss: str = "one figure"  # one figure, two figures, none
    numbered: bool = True
    numbers: Sequence[int] = field(default=())  # of figures, where they are out of order
    pages: int = 1
    title: str = "ECE 60146 Homework 5"
    network: str = "HW5Net"

    def claims(self) -> list[str]:
        """The accuracies as the report gives them."""
        return list(self.said) if self.said is not None else [f"{100 * accuracy(one):.2f}%" for one in self.matrices]


class _Writer:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.figures = self.tables = 0

    def caption(self, kind: str, text: str) -> str:
        if not self.paper.numbered:
            return ""
        if kind == "Table":
            self.tables += 1
            return f"Table {self.tables}: {html.escape(text)}"
        self.figures += 1
        number = self.paper.numbers[self.figures - 1] if self.paper.numbers else self.figures
        return f"Figure {number}: {html.escape(text)}"

    def figure(self, image: bytes, text: str, kind: str = "png") -> str:
        media = "image/svg+xml" if kind == "svg" else "image/png"
        packed = base64.b64encode(image).decode()
        caption = self.caption("Figure", text)
        below = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure><img src="data:{media};base64,{packed}"/>{below}</figure>'

    def matrix(self, found: Counts, text: str) -> str:
        if self.paper.style in ("pictures", "drawings"):
            kind = "svg" if self.paper.style == "drawings" else "png"
            return self.figure(heat_map(found, kind), text, kind)
        head = "".join(f"<th>{name}</th>" for name in CLASSES[: len(found)])
        rows = "".join(
            f"<tr><th>{name}</th>{''.join(f'<td>{self.cell(value, row)}</td>' for value in row)}</tr>"
            for name, row in zip(CLASSES, found, strict=False)
        )
        caption = self.caption("Table", text)
        above = f"<caption>{caption}</caption>" if caption else ""
        return f"<table>{above}<tr><th></th>{head}</tr>{rows}</table>"

    def cell(self, value: float, row: Sequence[float]) -> str:
        if self.paper.style == "percentages":
            return f"{100 * value / sum(row):.2f}"
        return f"{value / sum(row):.3f}" if self.paper.style == "shares" else f"{value:g}"


@cache
def heat_map(found: Counts, kind: str) -> bytes:
    """A confusion matrix as a picture, or as a drawing whose numbers are text."""
    axes, figure = _axes(3.2, 2.6)
    array = np.array(found)
    axes.imshow(array, cmap="Blues") if kind == "png" else axes.pcolormesh(array[::-1], cmap="Blues", edgecolors="w")
    for row in range(len(array)):
        for column in range(len(array)):
            at = (column, row) if kind == "png" else (column + 0.5, len(array) - row - 0.5)
            axes.text(*at, f"{array[row, column]:g}", ha="center", va="center", fontsize=7)
    axes.set_xlabel("predicted", fontsize=7)
    axes.set_ylabel("actual", fontsize=7)
    ticks = np.arange(len(array)) + (0 if kind == "png" else 0.5)
    axes.set_xticks(ticks, CLASSES, fontsize=6)
    axes.set_yticks(ticks, CLASSES if kind == "png" else CLASSES[::-1], fontsize=6)
    return _saved(figure, kind)


@cache
def loss_curves(rates: tuple[str, ...], kind: str = "png") -> bytes:
    """Falling curves, one for each learning rate."""
    axes, figure = _axes(3.4, 2.0)
    for place, rate in enumerate(rates):
        steps = np.arange(60)
        noise = np.random.default_rng(place).normal(0, 0.02, 60)
        axes.plot(steps, 1.6 * np.exp(-steps / (25 + 20 * place)) + 0.4 + noise, label=rate, lw=1)
    axes.legend(fontsize=6)
    axes.set_xlabel("iteration / 100", fontsize=6)
    axes.set_ylabel("training loss", fontsize=6)
    return _saved(figure, kind)


def _axes(width: float, height: float):
    from matplotlib.figure import Figure

    figure = Figure((width, height), layout="tight")
    return figure.subplots(), figure


def _saved(figure, kind: str) -> bytes:
    import matplotlib as mpl

    stream = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hw5"}):
        figure.savefig(stream, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return stream.getvalue()


def written(paper: Paper) -> str:
    """The report as HTML."""
    pen, rates = _Writer(paper), tuple(paper.rates)
    claims = paper.claims()
    network = (
        f"<h1>{paper.title}</h1><h2>1. The network</h2><p>{paper.network} is a larger version of BMEnet: it starts "
        "with one convolution, all that follows is made of SkipBlocks, so that gradients reach the first layers. "
        f"{paper.layers}</p>"
    )
    training = (
        "<h2>2. Training</h2><p>We trained with Adam and cross-entropy on the COCO subset of homework 4, "
        "with 1600 images of each class, for 15 epochs. The loss falls faster with the larger learning rate.</p>"
    )
    parts = [network, training]
    if paper.loss == "one figure":
        parts.append(pen.figure(loss_curves(rates), f"Training loss for the learning rates {' and '.join(rates)}."))
    elif paper.loss == "two figures":
        parts += [pen.figure(loss_curves((rate,)), f"Training loss with learning rate {rate}.") for rate in rates]
    parts.append(
        "<h2>3. Results</h2><p>The test set has 400 images of each class. "
        + " ".join(
            f"With a learning rate of {rate} the accuracy on the test set is {said}."
            for rate, said in zip(rates, claims, strict=False)
        )
        + "</p>"
    )
    parts += [
        pen.matrix(found, f"Confusion matrix of {paper.network}, learning rate {rate}.")
        for rate, found in zip(rates, paper.matrices, strict=False)
    ]
    if paper.net3 is not None:
        parts.append(pen.matrix(paper.net3, "Confusion matrix of Net3 from homework 4."))
    parts.append(
        f"<h2>4. Observations</h2><p>Net3 reached an accuracy of {100 * accuracy(NET3):.2f}% in homework "
        "4. The new "
        "network is better although it is much deeper, because the skip connections carry the gradient "
        "past the "
        "convolutions. Dogs and couches are mixed up most often.</p>"
    )
    if paper.code:
        parts.append(f"<h2>5. Source code</h2><pre>{html.escape(paper.code)}</pre>")
    parts += ["<div style='break-before: page'>This page is left blank.</div>"] * (paper.pages - 1)
    return f"<!DOCTYPE html><html><head><style>{CSS}</style></head><body>{''.join(parts)}</body></html>"


def pdf(paper: Paper) -> bytes:
    """The report as PDF."""
    from printed import printed

    return printed(written(paper))
