"""Whole arrays in place of loops: right results, and how quick they are there."""

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import as_fast_as, normal, same_as_reference

from .hidden import solution

DISTANCES, CONVOLVE = "distances(x, y) -> d", "convolve(x, w) -> out"
ROWS = same_as_reference(
    DISTANCES,
    reference=solution,
    cases=[{"x": normal(n, d), "y": normal(m, d, shift=1)} for n, m, d in ((5, 7, 3), (1, 4, 6), (12, 12, 2))],
)
IMAGES = same_as_reference(
    CONVOLVE,
    reference=solution,
    cases=[
        {"x": normal(2, 3, 6, 9), "w": normal(4, 3, 3, 3)},
        {"x": normal(1, 1, 7, 5), "w": normal(2, 1, 5, 5)},
        {"x": normal(3, 2, 4, 4), "w": normal(5, 2, 2, 2)},
    ],
)
# What they are timed beside does as much work and is no answer. Measured with one thread: one loop or none takes 0.1 to
# 1.5 times as long, two loops 16 and more.
# The differences take 0.9 MB: with 3.7 MB, PyTorch asked for new pages in each call and took up to 7 times as long.
QUICK_ROWS = as_fast_as(
    DISTANCES,
    "plain.squares",
    shapes={"x": (120, 16), "y": (120, 16)},
    reference=solution,
    at_most=5,
    pairs=9,
    seconds=20,
)
# Loops over kernels and over the places in them take up to 6 times as long, those over images and places 16 and more.
QUICK_IMAGES = as_fast_as(
    CONVOLVE,
    "plain.products",
    shapes={"x": (8, 3, 16, 16), "w": (8, 3, 3, 3)},
    reference=solution,
    at_most=8,
    pairs=9,
    seconds=20,
)
ASSIGNMENT = Assignment(
    title="Whole arrays",
    course="Scientific Python",
    rubric=[
        Criterion("distances", "Distances of all pairs", 3, ROWS),
        Criterion("convolve", "A convolution", 4, IMAGES),
        Criterion("fast_distances", "Distances without two loops", 3, QUICK_ROWS),
        Criterion("fast_convolve", "A convolution without loops over images and places", 4, QUICK_IMAGES),
    ],
    code="definitions",
    limits=Limits(cpu_s=30),
    hand_in=[HandIn("arrays.py", ("arrays.py", "*.py", "*.ipynb"))],
)
