"""Typed readings of evidence: what each kind of frame says, and whose fault it is where it says nothing."""

from grader.readings.fields import MAX_PARAMETERS, MAX_WEIGHTS
from grader.readings.remember import remembered
from grader.readings.typed_frames import (
    MAX_CURVES,
    MAX_NETWORKS,
    MAX_SAMPLES,
    PLAIN_MODES,
    Build,
    Curve,
    PlainRuns,
    RecordedCall,
    RecordedNetwork,
    answers,
    builds,
    curves,
    plain_runs,
    recorded,
    trace_in,
)

__all__ = [
    "MAX_CURVES",
    "MAX_NETWORKS",
    "MAX_PARAMETERS",
    "MAX_SAMPLES",
    "MAX_WEIGHTS",
    "PLAIN_MODES",
    "Build",
    "Curve",
    "PlainRuns",
    "RecordedCall",
    "RecordedNetwork",
    "answers",
    "builds",
    "curves",
    "plain_runs",
    "recorded",
    "remembered",
    "trace_in",
]
