"""$title in NumPy."""

from grader import Assignment, Criterion, HandIn
from grader.checks import normal, same_as_reference

from .hidden import solution

SOFTMAX = same_as_reference(
    "softmax(x) -> p",
    reference=solution,
    cases=[{"x": normal(4, 3)}, {"x": normal(2, 5, scale=3000)}, {"x": normal(1, 7, shift=2)}],
)
ASSIGNMENT = Assignment(
    title="$title",
    course="Deep learning 101",
    rubric=[Criterion("softmax", "Softmax of each row", 4, SOFTMAX)],
    code="definitions",
    hand_in=[HandIn("$id.py", ("*.py", "*.ipynb"))],
)
