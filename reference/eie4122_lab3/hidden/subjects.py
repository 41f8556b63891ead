"""What the report has to explain, and the words by which sentences on it are found."""

from __future__ import annotations

from grader.checks import quotes_on as quotes

from ..measured import answer
from ..report import report

RESNET = (
    r"res-?\s?net",
    r"\bresidual",
    r"skip connection",
    r"shortcut",
    r"identity (?:mapping|path|connection)",
    "残差",
    "跳跃",
)
RELU = (r"\brelu\b", r"rectif", r"dying", r"dead (?:unit|neuron)", "修正线性")
WHY = (
    r"because",
    r"since\b",
    r"due to",
    r"\btherefore",
    r"derivative",
    r"gradient",
    r"multipl",
    r"vanish",
    r"identity",
    r"satur",
    r"\bflow",
    r"chain rule",
    r"back-?\s?prop",
    "梯度",
)
_COUNT = r"(?:\d+|number of|more|fewer|deeper|ten|twelve|twenty|thirty|fifty|hundred) (?:\w+ )?(?:layers|blocks)"
DEPTH = (_COUNT, r"(?:layers|blocks)\b.*\b\d+", r"maximum (?:number|depth)", r"\bhow (?:deep|many layers)", r"\d+ ?层")


def relu_measured() -> str:
    """What was measured of ReLU: at width 5 and 30 layers it alone does not help."""
    ours = "; ".join(line for line in answer() if "ReLU" in line and line.startswith("FFNet"))
    return f"measured by us: {ours}; grade whether the report fits its own figures"


resnet = quotes("ResNet", RESNET, WHY, report=report)
relu = quotes("ReLU", RELU, WHY, relu_measured, report)
