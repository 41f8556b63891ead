"""A classifier for small grey pictures, with a budget of parameters and of steps."""

from pathlib import Path

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import Pictures, activated, batch_independent, layers, normal, parameters, same_shape, trains

from .hidden import guides

IMAGES = [{"x": normal(5, 1, 28, 28)}]
NET, CALL = "Net()", "(x) -> logits"
LEARNS = trains(
    NET,
    train="train(net, loader, epochs)",
    pictures=Pictures(),
    measured=Path(__file__).parent / "hidden" / "measured.json",
)
LOGITS = same_shape(NET, CALL, cases=IMAGES, shapes={"logits": (5, 10)}, logits=["logits"])
ASSIGNMENT = Assignment(
    title="A classifier with a budget",
    course="Deep learning lab",
    rubric=[
        Criterion("logits", "Logits for a batch", 2, LOGITS),
        Criterion("budget", "At most 60,000 parameters", 2, parameters(NET, at_most=60_000)),
        Criterion("convolutions", "Two convolutions", 2, layers(NET, CALL, "convolution", at_least=2, cases=IMAGES)),
        Criterion("activations", "Activations between layers", 1, activated(NET, CALL, cases=IMAGES)),
        Criterion("alone", "Each picture for itself", 1, batch_independent(NET, CALL, cases=IMAGES)),
        Criterion("learns", "It learns", 6, LEARNS),
        Criterion("discussion", "Which classes are confused, and why", 2, guide=guides.DISCUSSION),
    ],
    code="definitions",
    long_running=("main",),
    limits=Limits(cpu_s=90),
    hand_in=[
        HandIn("net.py", ("net.py", "*.ipynb")),
        HandIn("report.pdf", ("*.pdf",), required=False),
        HandIn("report.md", ("report.md",), required=False),
    ],
)
