"""The network that a submission's scripts make, as data: how it was made, its parameters, operations and outputs.

A case holds what tells that network from others (`chosen/meant_network.py`), and the name of an array of `images`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import building, tracing
from ..arrays import as_array
from ..chosen.choose_network import choose, undefined
from ..chosen.meant_network import MeantNetwork
from ..chosen.ways_to_make import NetworkWay
from ..passes import beside_the_trace, set_mode
from ..raised import class_name, last_line
from ..served import Array
from ..standins import dlstudio
from ..training import buffers_of

Answer = tuple[dict[str, Any], dict[str, Array]]
MAX_LISTED = 20_000
_RANDOM = ("dropout", "bernoulli", "rand")


def answer(session: Any, case: Mapping[str, Any]) -> Answer:
    """`structure`: parameters and operations of the network with hidden weights. `forward`: outputs as it stands."""
    meant = MeantNetwork.of(case)
    found, looked_at = choose(session, meant)
    header: dict[str, Any] = {"looked_at": [[one.name, one.how, one.tensors] for one in looked_at[:30]]}
    if found is None or not meant.is_named(found.name):
        header["undefined"] = undefined(session, meant)
    if found is None or header.get("undefined"):
        return header | {"missing": True}, {}
    header |= {"name": found.name, "how": found.how, "unknown": found.unknown[:20]}
    header["also_made"] = _also_made(found, looked_at, meant)
    if found.error is not None:
        return header | {"build_error": found.error}, {}
    network = found.make(session.request["seed"], meant.shape)
    images = torch.from_numpy(session.arrays[case["images"]].copy())
    if case["id"] == "forward":
        return _outputs(header, network, images, session.request["seed"])
    return _structure(session, header | _contents(network), network, images)


def _also_made(found: NetworkWay, looked_at: list[NetworkWay], meant: MeantNetwork) -> list[list[Any]]:
    """How the scripts make the homework's network otherwise, in another depth, and its parameter tensors then."""
    made = [one for one in looked_at if one.called and one.error is None and one is not found]
    named = [one for one in made if one.name == found.name or (meant.is_named(one.name) and meant.is_named(found.name))]
    return [[one.how, one.tensors] for one in named[:20]]


def _contents(network: nn.Module) -> dict[str, Any]:
    parameters = list(nn.Module.named_parameters(network))
    owners = [
        [path, class_name(type(part)), own]
        for path, part in nn.Module.named_modules(network)
        if (own := _own_parameters(path, part))
    ]
    standins = (dlstudio.SkipBlock, dlstudio.BMEnet)
    return {
        "class": class_name(type(network)),
        "standins": any(issubclass(type(part), standins) for part in nn.Module.modules(network)),
        "parameters": [[name, list(value.shape), bool(value.requires_grad)] for name, value in parameters[:MAX_LISTED]],
        "owners": owners[:MAX_LISTED],
    }


def _train_without_dropout(network: nn.Module) -> None:
    for part in nn.Module.modules(network):
        name = class_name(type(part)).lower()
        part.training = "drop" not in name and "stochastic" not in name


def _own_parameters(path: str, part: nn.Module) -> list[str]:
    return [f"{path}.{name}".lstrip(".") for name, value in part._parameters.items() if value is not None]


def _structure(session: Any, header: dict[str, Any], network: nn.Module, images: Tensor) -> Answer:
    """Trace in training mode with dropout switched off; in evaluation mode if it is random all the same."""
    _train_without_dropout(network)
    building.fill(network, session.request["seed"])
    found, error = tracing.trace_as_far_as_it_goes(network, images[:2])
    arrays = dict(found.constants)
    if any(word in node["op"] for node in found.nodes for word in _RANDOM):
        set_mode(network, training=False)
        found, error = tracing.trace_as_far_as_it_goes(network, images[:2])
        arrays = dict(found.constants)
    arrays |= buffers_of(network)
    header["trace"] = found.header()
    if error is not None:
        return header | {"forward_error": last_line(error)}, arrays
    beside, plain = beside_the_trace(network, images[:2])
    return header | beside, arrays | plain


def _outputs(header: dict[str, Any], network: nn.Module, images: Tensor, seed: int) -> Answer:
    """Outputs in evaluation mode for a single image and for several.

    Without skip paths the first weights of a deep network may let no difference between images through: so for
    several also with hidden weights in training mode.
    """
    set_mode(network, training=False)
    arrays: dict[str, Array] = {}
    for name, batch in (("several", images), ("single", images[:1])):
        try:
            with torch.no_grad():
                result = network(batch.clone())
            array, header[f"{name}_kind"] = as_array(result)
            if array is not None and array.size <= 1_000_000:
                arrays[name] = array.astype(np.float32)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - the forward pass is student code
            header[f"{name}_error"] = last_line(error)
    if "several" in arrays:
        building.fill(network, seed)
        _train_without_dropout(network)
        with torch.no_grad(), contextlib.suppress(Exception):
            array, _ = as_array(network(images.clone()))
            if array is not None and array.shape == arrays["several"].shape:
                arrays["filled"] = array.astype(np.float32)
    return header, arrays
