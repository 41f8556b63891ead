"""Pictures and texts that a small generator made up: samples are handed in, and no program runs."""

from grader import Assignment, Criterion, HandIn
from grader.checks import Samples, generated_text, not_copied, recognised, varied, well_formed

from . import scoring
from .hidden import guides

PICTURES = Samples(files=("samples.npz", "samples.npy", "samples/*.png"), shape=(1, 8, 8), training=scoring.training)
FORM = well_formed(PICTURES, 64)
TEXTS = generated_text(
    ("reports.txt", "reports.jsonl"),
    scoring.corpus,
    count=12,
    characters=(80, 400),
    alphabet=scoring.LETTERS,
    longest_copy=110,
    score=scoring.usual,
    at_least=-1.6,
)
ASSIGNMENT = Assignment(
    title="A small generator",
    course="Generative models",
    rubric=[
        Criterion("form", "64 pictures of 8 × 8", 1, FORM),
        Criterion("varied", "As varied as real ones", 2, varied(PICTURES)),
        Criterion("own", "No copies of the training set", 3, not_copied(PICTURES)),
        Criterion("recognised", "All five digits can be told", 4, recognised(PICTURES, scoring.classifier)),
        Criterion("texts", "Reports about the weather", 4, TEXTS),
        Criterion("looks", "How they look", 2, guide=guides.LOOKS, shows=FORM),
        Criterion("report", "How they were made", 2, guide=guides.REPORT),
    ],
    code="none",
    hand_in=[
        HandIn("samples.npz", ("samples.npz", "samples.npy", "samples/*.png")),
        HandIn("reports.txt", ("reports.txt", "reports.jsonl")),
        HandIn("train.py", ("*.py", "*.ipynb"), required=False),
        HandIn("report.pdf", ("*.pdf",), required=False),
        HandIn("report.md", ("report.md",), required=False),
    ],
)
