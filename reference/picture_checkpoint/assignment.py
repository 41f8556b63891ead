"""A classifier for small coloured pictures, handed in trained."""

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import Checkpoint, linear

from .hidden import guides
from .provided import pictures

NET = Checkpoint("model.pt", "Net()", test=lambda seed: pictures.made(600, seed), public=lambda: pictures.made(1200, 0))
CUT_OFFS = linear({0.4: 30, 0.6: 50, 0.75: 70, 0.9: 100})
ASSIGNMENT = Assignment(
    title="A trained classifier",
    course="Deep learning lab",
    rubric=[
        Criterion("loads", "The checkpoint loads and fits the class", 2, NET.loads()),
        Criterion("budget", "At most 20,000 parameters", 1, NET.parameters(at_most=20_000)),
        Criterion("file", "A file of at most 0.25 MiB", 1, NET.file_size(at_most_mib=0.25)),
        Criterion("weights", "Weights, and no data set", 1, NET.no_data_set()),
        Criterion("accuracy", "Accuracy on hidden pictures", 6, NET.accuracy(CUT_OFFS, classes=pictures.NAMES)),
        Criterion("report", "What was tried", 2, guide=guides.REPORT),
    ],
    code="definitions",
    long_running=("main", "train"),
    limits=Limits(cpu_s=90),
    hand_in=[
        HandIn("", ("*.pt", "*.pth", "*.pth.tar", "*.safetensors")),
        HandIn("net.py", ("net.py", "*.ipynb")),
        HandIn("report.pdf", ("*.pdf",), required=False),
        HandIn("report.md", ("report.md",), required=False),
    ],
)
