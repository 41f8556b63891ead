"""Predictions for a test set whose labels stay with the course."""

from grader import Assignment, Criterion, HandIn
from grader.checks import Predictions, steps

from .hidden import guides, truth

IDS = [f"t{number:04d}" for number in range(400)]
SAID = Predictions("predictions.csv", IDS, truth.LABELS, classes=("red", "green", "blue"), public_share=0.3)
ACCURACY = SAID.accuracy(steps({0.5: 40, 0.7: 70, 0.85: 100}))
ASSIGNMENT = Assignment(
    title="Three spirals",
    course="Deep learning lab",
    rubric=[
        Criterion("form", "One prediction for each point", 2, SAID.form()),
        Criterion("accuracy", "Accuracy on the private part", 6, ACCURACY),
        Criterion("report", "What was tried", 2, guide=guides.REPORT),
    ],
    code="none",
    hand_in=[
        HandIn("predictions.csv", ("predictions.csv", "*.csv", "*.npy")),
        HandIn("report.pdf", ("*.pdf",), required=False),
        HandIn("report.md", ("report.md",), required=False),
    ],
)
