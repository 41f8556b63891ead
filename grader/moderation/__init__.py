"""Marks by a person, looked at twice: is everybody as strict as everybody else, and is there practice beforehand.

A sample of marks is drawn with a seed, a second person marks it without seeing the first mark, and `agreement` says how
far they agree and who is stricter or milder. No second mark changes a grade.
"""

from grader.moderation.agreement import Agreement, MarkerDifference, agreement
from grader.moderation.alpha import Interval, interval_alpha
from grader.moderation.practice import add_example, examples, practise
from grader.moderation.sample import draw, proposed
from grader.moderation.second import DoubleMark, ModerationError, double_marks, give_second, waiting

__all__ = [
    "Agreement",
    "DoubleMark",
    "Interval",
    "MarkerDifference",
    "ModerationError",
    "add_example",
    "agreement",
    "double_marks",
    "draw",
    "examples",
    "give_second",
    "interval_alpha",
    "practise",
    "proposed",
    "waiting",
]
