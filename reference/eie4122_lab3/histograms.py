"""Histograms of weights at the bottom and the upper layers of both networks, and what those are called."""

from __future__ import annotations

import re

from grader.checks import FigureKind, FiguresOfEach, FigureWords

HISTOGRAM = (r"histogram", r"distribut(?:ed|ions?)\b", r"\bhist\b", "直方图", "直方圖", "分布")
WEIGHTS = (r"weight", r"kernel", r"parameter", "权重", "权值")
OTHERS = {
    "gradients": r"(?:grad(?:ient)?s?|derivatives?|梯度)",
    "activations": r"(?:activations?|outputs?(?! layer)|激活值?)",
    "biases": r"(?:bias(?:es)?|偏置)",
    "the data": r"(?:data|inputs?(?! (?:side|layer))|points|spirals?|数据)",
    "losses": r"(?:loss(?:es)?|errors?|accurac(?:y|ies)|损失)",
}
_WEIGHTS = r"(?:weights?|kernels?|parameters?)"
_OF_WEIGHTS = re.compile(
    rf"gradients?\s+(?:of|for|w\.?\s?r\.?\s?t\.?|with respect to)\s+(?:the\s+)?(?:\w+\s+)?{_WEIGHTS}"
    rf"|{_WEIGHTS}['’]?s?\s+grad(?:ient)?s?\b"
    rf"|[\w/]*{_WEIGHTS}\w*_grad(?:ient)?s?\b"  # TensorBoard's tags: Input/kernel_0_grads
    r"|权重的?梯度",
    re.IGNORECASE,
)
_CURVES = (
    r"\b(?:train\w*|valid\w*|val|test\w*|learning)[\s/]+(?:(?:and|&|vs\.?)\s+\w+\s+)?(?:loss|accurac|error|curve)",
    r"\b(?:loss(?:es)?|accurac(?:y|ies)|errors?)\s+(?:curves?|plots?|of|for|during|over|against|vs|with|per|and)\b",
    r"\b(?:decision|classification)\s+bound",
    r"(?:损失|准确率)(?:曲线|变化)",
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
        r"\b(?:near|nearest|close|closer|closest|next)(?: to)? the (?:loss|end)\b",
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


def _missing(combination: tuple[str, ...]) -> str:
    network, layer = combination
    return f"{layer} layer of {network}"


HISTOGRAMS = FigureKind(
    called=HISTOGRAM,
    shape=_SHAPE,
    of=WEIGHTS,
    others=OTHERS,
    not_meant=_OF_WEIGHTS,
    instead="gradients",
    forms=("<what>的?(?:直方图|分布)",),
    not_these=_CURVES,
)
WANTED = FiguresOfEach(
    kind=HISTOGRAMS,
    groups={"network": NETWORKS, "layer": LAYERS},
    all_of=BOTH,
    words=FigureWords(
        figures="histograms",
        of="the weights",
        called="weight histograms",
        wanted="histograms of bottom and upper layers of both networks",
        missing=_missing,
        say_what="show them, and say in the caption what they show",
        not_of_others="show how the weights of the layers are spread",
        show_them="show the histograms of both networks' bottom and upper layers from TensorBoard",
    ),
)
