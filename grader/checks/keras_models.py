"""The Keras models of a notebook: their structure and gradients, as evidence without points.

`inside/asked/keras_models.py` asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.evidence import Evidence
from grader.exhibit import Exhibit, LineFigure, Panel, Series, Table
from grader.probes import Ask
from grader.readings.fields import mappings, sequence, text
from grader.readings.typed_frames import answers
from grader.sandbox.protocol import Array, Frame

MOST_MODELS, MOST_LAYERS = 8, 500


@dataclass(frozen=True)
class KerasModels:
    """Every model that a notebook has a name for: a table of layers, and its dense layers' gradients at the start.

    `points` and `labels` (0 and 1) name served arrays; the gradients are those of the binary cross-entropy on them.
    """

    points: str
    labels: str

    @property
    def probe(self) -> Ask:
        """What is asked."""
        cases = ({"id": "all", "points": self.points, "labels": self.labels},)
        return Ask("models", "keras_models", cases, library=True)

    def details(self, evidence: Evidence) -> tuple[str, ...]:
        """Whether a notebook came along, and what went wrong with it."""
        entry = evidence.submission.entry
        if entry is None:
            return ()
        frame = self._answer(evidence)
        error = frame.header.get("error") if frame else "its models did not come back"
        first = evidence.first_error()
        lines = [f"{entry}: {str(error)[:300]}"] if error else []
        if first and not error:
            lines.append(f"{entry}: its first error is {first['kind']}: {first['message'][:200]}")
        return tuple(lines)

    def exhibits(self, evidence: Evidence) -> tuple[Exhibit, ...]:
        """A table of the models, and each one's gradients before training."""
        frame = self._answer(evidence)
        listed = sequence(frame.header.get("models")) if frame else []
        if frame is None or not listed:
            return ()
        models = mappings(listed, MOST_MODELS)
        rows = tuple(_row(model) for model in models)
        columns = ("model", "dense layers", "units", "activations", "batch norm", "additions", "parameters")
        table = Table("models", "Models of the notebook", "As the notebook builds them; no points.", columns, rows)
        norms = [frame.arrays.get(f"gradient.{number}") for number in range(len(models))]
        series = [curve for model, one in zip(models, norms, strict=True) if (curve := _series(model, one))]
        return (table, _figure(series)) if series else (table,)

    def _answer(self, evidence: Evidence) -> Frame | None:
        return answers(evidence, self.probe.id).found.get("all")


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
