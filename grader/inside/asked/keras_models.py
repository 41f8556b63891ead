"""The Keras models of a submission, as lists of layers, with the gradients of their dense layers before training."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST_MODELS, MOST_LAYERS = 8, 500


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every model that the submission has a name for; `points` and `labels` (0 and 1) name arrays."""
    import keras

    found: dict[int, tuple[str, Any]] = {}
    for name, value in session.namespace.items():
        if isinstance(value, keras.Model) and id(value) not in found:
            found[id(value)] = (str(name), value)
    models, arrays = [], {}
    for number, (name, model) in enumerate(list(found.values())[:MOST_MODELS]):
        layers = list(model.layers)[:MOST_LAYERS]
        models.append({"name": name, "layers": [_layer(layer) for layer in layers]})
        try:
            norms = _gradients(model, session.arrays[case["points"]], session.arrays[case["labels"]])
            arrays[f"gradient.{number}"] = np.array(norms, np.float64)
        except Exception as error:  # noqa: BLE001 - a model may be anything
            models[-1]["error"] = f"{type(error).__name__}: {error}"[:300]
    return {"models": models}, arrays


def _layer(layer: Any) -> dict[str, Any]:
    activation = getattr(layer, "activation", None)
    return {
        "name": str(layer.name)[:80],
        "kind": type(layer).__name__[:40],
        "units": int(getattr(layer, "units", 0) or 0),
        "activation": str(getattr(activation, "__name__", "") if activation else "")[:40],
        "parameters": int(layer.count_params()) if layer.built else 0,
    }


def _gradients(model: Any, points: Any, labels: Any) -> list[float]:
    """The L2 norm of the cross-entropy's gradient for each dense layer's kernel, from the input on."""
    import torch

    output = model(torch.from_numpy(points), training=True)
    target = torch.from_numpy(labels).reshape(output.shape).to(output.dtype)
    loss = torch.nn.functional.binary_cross_entropy(output.clamp(1e-7, 1 - 1e-7), target)
    kernels = [layer.kernel.value for layer in model.layers if type(layer).__name__ == "Dense"]
    gradients = torch.autograd.grad(loss, kernels, allow_unused=True)
    return [0.0 if gradient is None else float(gradient.norm()) for gradient in gradients]
