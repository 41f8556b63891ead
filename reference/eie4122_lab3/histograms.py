"""The criterion `histograms`: weights at the bottom and the upper layers, of both networks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

from grader import Evidence, Finding, Table, counted
from grader.checks import Described, Document, any_of, described_figures

from .report import report

HISTOGRAM = (r"histogram", r"distribut(?:ed|ions?)\b", r"\bhist\b", "直方图", "直方圖", "分布")
WEIGHTS = (r"weight", r"kernel", r"parameter", "权重", "权值")
OTHERS = {
    "gradients": r"(?:gradients?|derivatives?|梯度)",
    "activations": r"(?:activations?|outputs?(?! layer)|激活值?)",
    "biases": r"(?:bias(?:es)?|偏置)",
    "the data": r"(?:data|inputs?(?! (?:side|layer))|points|spirals?|数据)",
    "losses": r"(?:loss(?:es)?|errors?|accurac(?:y|ies)|损失)",
}
_WEIGHTS = r"(?:weights?|kernels?|parameters?)"
_OF_WEIGHTS = re.compile(
    rf"gradients?\s+(?:of|for|w\.?\s?r\.?\s?t\.?|with respect to)\s+(?:the\s+)?(?:\w+\s+)?{_WEIGHTS}"
    rf"|{_WEIGHTS}['’]?s?\s+gradients?|权重的?梯度",
    re.IGNORECASE,
)
_SHAPE = r"(?:histograms?|distributions?)"
NETWORKS = {
    "FFNet": (
        r"\bff-?\s?net",
        r"feed-?\s?forward",
        r"\bff?nn\b",
        r"\bmlp\b",
        r"\bplain\b",
        r"fully[ -]connected net",
        r"without (?:residual|skip)",
        "前馈",
    ),
    "ResNet": (r"res-?\s?net", r"\bresidual", r"with skip", "残差"),
}
_NO_EPOCH = r"(?! (?:few )?(?:epoch|step|iteration|time|of all))"
LAYERS = {
    "bottom": (
        r"\bbottom",
        rf"\bfirst\b{_NO_EPOCH}",
        r"\binput\b",
        r"\blower",
        r"\blowest",
        r"\bearl(?:y|ier|iest)\b",
        r"\binitial layer",
        r"\bL[1-4]\b",
        r"layer[s ]*[1-4]\b",
        r"dense(?:_[1-4])?\b(?!_)",
        r"kernel_0",
        r"\bshallow",
        r"\bbeginning",
        "底层",
        "底部",
        "浅层",
        "第一层",
    ),
    "upper": (
        r"\bupper",
        r"\btop\b",
        r"\btopmost",
        rf"\blast\b{_NO_EPOCH}",
        r"\boutput\b",
        r"\bhigher",
        r"\bhighest",
        r"\blate(?:r|st)?\b",
        r"\bfinal\b",
        r"\bdeep(?:er|est)?\s+layers?",
        r"\bL(?:2[5-9]|[3-9]\d)\b",
        r"layer[s ]*(?:2[5-9]|[3-9]\d)\b",
        r"dense_(?:2[5-9]|[3-9]\d)\b",
        "顶层",
        "上层",
        "深层",
        "最后一层",
    ),
}
BOTH = {
    "network": (r"\bboth (?:the )?(?:networks?|models?|nets)\b", r"\b(?:the )?two (?:networks|models)\b", "两个网络"),
    "layer": (
        r"\bboth (?:the )?(?:layers|ends)\b",
        r"\b(?:all|each|every|different|various) (?:the |of the )?layers?\b",
    ),
}
WANTED = tuple(product(NETWORKS, LAYERS))


def check(evidence: Evidence) -> Finding:
    """A figure counts for what its caption, the text about it and the heading above it say that it shows."""
    document = report(evidence)
    drawn = [figure for figure in described_figures(document) if is_histogram(figure)]
    figures = [figure for figure in drawn if of_what(figure) is None]
    shown = {
        combination: names
        for combination in WANTED
        if (names := [figure.name for figure in figures if combination in combinations(figure)])
    }
    table = _table({combination: shown.get(combination, []) for combination in WANTED})
    if not figures:
        return _of_others(drawn) if drawn else _none(document)
    found = f"expected histograms of bottom and upper layers of both networks, found {len(shown)} of {len(WANTED)}"
    if len(shown) == len(WANTED):
        return Finding.passed(found, exhibits=(table,))
    missing = [f"{layer} layer of {network}" for network, layer in WANTED if (network, layer) not in shown]
    unclear = [figure.name for figure in figures if not combinations(figure)]
    if unclear and not _certain(figures, missing):
        return Finding.ungraded(
            f"{found}; {', '.join(unclear)} do not say which network or layer they show",
            "look at these figures",
            exhibits=(table,),
        )
    message, hint = f"{found}: not the {', the '.join(missing)}", "show them, and say in the caption what they show"
    if not shown:
        return Finding.failed(message, hint, exhibits=(table,))
    return Finding.partial(Fraction(len(shown), len(WANTED)), message, hint, exhibits=(table,))


def _of_others(drawn: Sequence[Described]) -> Finding:
    kinds = list(dict.fromkeys(what for figure in drawn if (what := of_what(figure))))
    named = ", ".join(figure.name for figure in drawn[:6])
    return Finding.failed(
        f"expected histograms of the weights, found histograms of {' and '.join(kinds)} ({named})",
        f"show how the weights of the layers are spread, not {' and '.join(kinds)}",
    )


def _none(document: Document) -> Finding:
    without = [caption for caption in document.captions if any_of(HISTOGRAM, caption.text)]
    if without:
        return Finding.failed(
            f"expected figures of weight histograms, found {counted(len(without), 'caption')} of such figures "
            "and no figure beside them",
            "put the figures in, and look at the PDF",
        )
    return Finding.failed(
        "expected figures of weight histograms, found none that is captioned or named so",
        "show the histograms of both networks' bottom and upper layers from TensorBoard",
    )


def _certain(figures: list[Described], missing: list[str]) -> bool:
    """Whether a network that is missing cannot be what an unclear figure shows: no such figure speaks of it."""
    networks = {name for figure in figures if not combinations(figure) for name in _named(NETWORKS, "network", figure)}
    return bool(networks) and not any(name in lacking for name in networks for lacking in missing)


def is_histogram(figure: Described) -> bool:
    """Whether it is said to be a histogram."""
    if any_of(HISTOGRAM, figure.own):
        return True
    return any_of(WEIGHTS, figure.words) and any_of(HISTOGRAM, f"{figure.told}\n{figure.headings}")


def of_what(figure: Described) -> str | None:
    """What a histogram is of, if not of weights: its own words tell, else the sentences about it."""
    for words in (figure.own, *figure.told.splitlines()):
        plain = _OF_WEIGHTS.sub("gradients", words)
        if any_of(WEIGHTS, plain):
            return None
        if named := [name for name, pattern in OTHERS.items() if _is_of(pattern, plain)]:
            return named[0]
    return None


def _is_of(what: str, text: str) -> bool:
    """Whether a text calls a histogram one of `what`: that vanishing gradients are spoken of is no such word."""
    forms = (
        rf"{_SHAPE}\s+(?:of|for)\s+(?:[\w'’-]+\s+){{0,4}}?{what}\b",
        rf"\b{what}\s+(?:\w+\s+)?{_SHAPE}",
        rf"^\w+\.?\s*[\d.]+[:.\s–-]*(?:the\s+)?{what}\b",
        rf"{what}的?(?:直方图|分布)",
    )
    return any_of(forms, text)


def combinations(figure: Described) -> set[tuple[str, str]]:
    """The (network, layer) pairs that a figure is said to show."""
    return set(product(_named(NETWORKS, "network", figure), _named(LAYERS, "layer", figure)))


def _named(names: Mapping[str, tuple[str, ...]], kind: str, figure: Described) -> list[str]:
    """What the caption names; if it names none, what the text about the figure does, then the heading."""
    for words in (figure.own, figure.told, figure.headings):
        if any_of(BOTH[kind], words):
            return list(names)
        if found := [name for name, patterns in names.items() if any_of(patterns, words)]:
            return found
    return []


def _table(shown: dict[tuple[str, str], list[str]]) -> Table:
    rows = tuple((network, layer, ", ".join(names) or "not found") for (network, layer), names in shown.items())
    caption = "By caption, by the text about a figure and by the heading above it."
    return Table("histograms", "Histograms of weights", caption, ("network", "layer", "shown in"), rows)
