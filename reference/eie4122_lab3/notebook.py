"""The models of a notebook that was handed in too: their structure and gradients, as evidence without points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from grader import Array, Ask, Evidence, Exhibit, LineFigure, Panel, Series, Table, answers
from grader.checks import mappings, sequence, text

MODELS = Ask("models", "models", ({"id": "all", "points": "hidden.points", "labels": "hidden.labels"},))
MOST_MODELS, MOST_LAYERS = 8, 500


@lru_cache(maxsize=2)
def served(seed: int) -> dict[str, Array]:
    """Points on two spirals and their classes, for the gradients."""
    random = np.random.default_rng([seed, 3])
    angle = np.sqrt(random.random(250)) * 780 * 2 * np.pi / 360
    arm = np.stack([-np.cos(angle) * angle, np.sin(angle) * angle], axis=1) + random.random((250, 2)) * 1.5
    points = np.concatenate([arm, -arm]) / np.abs(arm).max()
    return {"hidden.points": points.astype(np.float32), "hidden.labels": np.repeat([0.0, 1.0], 250).astype(np.float32)}


def details(evidence: Evidence) -> tuple[str, ...]:
    """Whether a notebook came along, and what went wrong with it."""
    entry = evidence.submission.entry
    if entry is None:
        return ()
    frame = answers(evidence, MODELS.id).found.get("all")
    error = frame.header.get("error") if frame else "its models did not come back"
    first = evidence.first_error()
    lines = [f"{entry}: {str(error)[:300]}"] if error else []
    if first and not error:
        lines.append(f"{entry}: its first error is {first['kind']}: {first['message'][:200]}")
    return tuple(lines)


def exhibits(evidence: Evidence) -> tuple[Exhibit, ...]:
    """A table of the models, and each one's gradients before training."""
    frame = answers(evidence, MODELS.id).found.get("all")
    listed = sequence(frame.header.get("models")) if frame else []
    if frame is None or not listed:
        return ()
    models = mappings(listed, MOST_MODELS)
    rows = tuple(_row(model) for model in models)
    columns = ("model", "dense layers", "units", "activations", "batch norm", "additions", "parameters")
    table = Table("models", "Models of the notebook", "As the notebook builds them; no points.", columns, rows)
    series = [
        curve
        for number, model in enumerate(models)
        if (curve := _series(model, frame.arrays.get(f"gradient.{number}")))
    ]
    return (table, _figure(series)) if series else (table,)


def _figure(series: list[Series]) -> LineFigure:
    return LineFigure(
        "model-gradients",
        "Gradients in the notebook's models",
        "L2 norm of the loss's gradient with respect to each dense layer's weights before training, input on the left.",
        "Gradient norm of each dense layer of the models in the notebook.",
        "dense layer",
        "gradient norm",
        tuple(Panel(curve.label, (curve,)) for curve in series[:4]),
        log_y=True,
    )


def _series(model: Mapping[str, Any], norms: Array | None) -> Series | None:
    if norms is None or norms.ndim != 1 or norms.dtype.kind != "f" or not 0 < len(norms) <= MOST_LAYERS:
        return None
    x = tuple(float(layer) for layer in range(1, len(norms) + 1))
    return Series(_text(model.get("name")), x, tuple(norms.tolist()))


def _row(model: Mapping[str, Any]) -> tuple[str, ...]:
    layers = mappings(model.get("layers"), MOST_LAYERS)
    kinds = Counter(_text(layer.get("kind")) for layer in layers)
    dense = [layer for layer in layers if layer.get("kind") == "Dense"]
    units = Counter(_text(str(layer.get("units"))) for layer in dense)
    activations = Counter(_text(layer.get("activation")) for layer in dense)
    parameters = sum(count for layer in layers if type(count := layer.get("parameters")) is int and count >= 0)
    return (
        _text(model.get("name")),
        str(kinds["Dense"]),
        _counted(units),
        _counted(activations),
        str(kinds["BatchNormalization"]),
        str(kinds["Add"]),
        str(parameters),
    )


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in counts.most_common(4))


def _text(value: Any) -> str:
    return text(value, 40) or ""
