"""The criterion `histograms`: weights at the bottom and the upper layers, of both networks."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from grader.documents import Described, Document, any_of, described_figures, the_report
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding

HISTOGRAM = (r"histogram", r"distributions?\b", r"\bhist\b", "直方图", "直方圖", "分布")
NETWORKS = {
    "FFNet": (r"\bff-?\s?net", r"feed-?\s?forward", r"\bff?nn\b", r"\bmlp\b", r"\bplain\b", r"fully[ -]connected net",
              r"without (?:residual|skip)", "前馈"),
    "ResNet": (r"res-?\s?net", r"\bresidual", r"with skip", "残差"),
}  # fmt: skip
_NO_EPOCH = r"(?! (?:few )?(?:epoch|step|iteration|time|of all))"
LAYERS = {
    "bottom": (r"\bbottom", rf"\bfirst\b{_NO_EPOCH}", r"\binput\b", r"\blower", r"\blowest", r"\bearl(?:y|ier|iest)\b",
               r"\binitial layer", r"\bL[1-4]\b", r"layer[s ]*[1-4]\b", r"dense(?:_[1-4])?\b(?!_)", r"kernel_0",
               r"\bshallow", r"\bbeginning", "底层", "底部", "浅层", "第一层"),
    "upper": (r"\bupper", r"\btop\b", r"\btopmost", rf"\blast\b{_NO_EPOCH}", r"\boutput\b", r"\bhigher", r"\bhighest",
              r"\blate(?:r|st)?\b", r"\bfinal\b", r"\bdeep(?:er|est)?\s+layers?", r"\bL(?:2[5-9]|[3-9]\d)\b",
              r"layer[s ]*(?:2[5-9]|[3-9]\d)\b", r"dense_(?:2[5-9]|[3-9]\d)\b", "顶层", "上层", "深层", "最后一层"),
}  # fmt: skip
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
    document = the_report(evidence)
    figures = [figure for figure in described_figures(document) if is_histogram(figure)]
    shown = {combination: names for combination in WANTED
             if (names := [figure.name for figure in figures if combination in combinations(figure)])}  # fmt: skip
    table = _table({combination: shown.get(combination, []) for combination in WANTED})
    if not figures:
        return _none(document)
    found = f"expected histograms of bottom and upper layers of both networks, found {len(shown)} of {len(WANTED)}"
    if len(shown) == len(WANTED):
        return Finding.passed(found, exhibits=(table,))
    missing = [f"{layer} layer of {network}" for network, layer in WANTED if (network, layer) not in shown]
    unclear = [figure.name for figure in figures if not combinations(figure)]
    if unclear and not _certain(figures, missing):
        return Finding.ungraded(f"{found}; {', '.join(unclear)} do not say which network or layer they show",
                                "look at these figures", exhibits=(table,))  # fmt: skip
    message, hint = f"{found}: not the {', the '.join(missing)}", "show them, and say in the caption what they show"
    if not shown:
        return Finding.failed(message, hint, exhibits=(table,))
    return Finding.partial(Fraction(len(shown), len(WANTED)), message, hint, exhibits=(table,))


def _none(document: Document) -> Finding:
    without = [caption for caption in document.captions if any_of(HISTOGRAM, caption.text)]
    if without:
        return Finding.failed(f"expected figures of weight histograms, found {len(without)} captions of such figures "
                              "and no figure beside them", "put the figures in, and look at the PDF")  # fmt: skip
    return Finding.failed("expected figures of weight histograms, found none that is captioned or named so",
                          "show the histograms of both networks' bottom and upper layers from TensorBoard")  # fmt: skip


def _certain(figures: list[Described], missing: list[str]) -> bool:
    """Whether a network that is missing cannot be what an unclear figure shows: no such figure speaks of it."""
    networks = {name for figure in figures if not combinations(figure) for name in _named(NETWORKS, "network", figure)}
    return bool(networks) and not any(name in lacking for name in networks for lacking in missing)


def is_histogram(figure: Described) -> bool:
    """Whether it is said to be a histogram, and not of the data."""
    if any_of(HISTOGRAM, figure.own):
        return True
    about_weights = any_of((r"weight", r"kernel", r"权重"), figure.words)
    return about_weights and any_of(HISTOGRAM, f"{figure.told}\n{figure.headings}")


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
