"""Practical 6: the gradient norm at different depths of a residual network (EE-559, EPFL)."""

from grader import Assignment, Criterion, HandIn, Limits

from . import data, flags, graph, stats
from .cases import PROBES
from .hidden import values

ASSIGNMENT = Assignment(
    title="Gradient norms in a residual network",
    course="Deep Learning, practical 6",
    rubric=[
        Criterion("flags", "Both flags do what they say", 2, flags.check),
        Criterion("stats_shape", "get_stats returns 30 × 100", 2, stats.check_shape),
        Criterion("stats_values", "The gradient norms are right", 4, values.check),
        Criterion("graph", "Average norm against depth", 2, graph.check),
    ],
    probes=PROBES,
    entry={
        r"def\s+get_?stats": 4,
        r"class\s+Res\w*Block": 2,
        r"class\s+ResNet\b": 2,
        r"get_?stats\s*\(": 1,
        r"\bplt\b|matplotlib|\.plot\(": 1,
    },
    data=data.served,
    full_sizes=data.FULL_SIZES,
    usual_cpu_s=8,
    limits=Limits(cpu_s=120, wall_s=600, memory_mib=3072),
    hand_in=[HandIn("", ("*.py", "*.ipynb"))],
)
