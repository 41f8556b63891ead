"""VGG_38 of the submission's blocks: its operations and weights as it was made, and after a small budget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from inside.arrays import named_numbers
from inside.budget import Budget
from inside.cause import their_objects, told
from inside.passes import passes_in
from inside.raised import mark
from inside.training import Training

from . import wiring
from .variants import quiet

Header = dict[str, Any]
_SAME: dict[Any, str] = {}


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Any]]:
    """Post the network at the handout's size, then answer with the trained one of the case's budget.

    A network that an earlier case has had already is only named.
    """
    header: Header = {"budget": case["budget"]}
    try:
        with quiet():
            choice = wiring.choose(session, case["wanted"])
    except wiring.NoBlocks as error:
        return header | {"error": str(error), "in_student_code": True}, {}
    header |= {"blocks": choice.names, "command": choice.command, "others": choice.others}
    if (earlier := _SAME.setdefault(choice.chosen, case["id"])) != case["id"]:
        return header | {"same_as": earlier}, {}
    try:
        with quiet():
            _post_as_made(session, case, choice)
            return _trained(session, case, choice, header)
    except (MemoryError, TimeoutError):
        raise
    except BaseException as error:  # noqa: BLE001 - networks are student code
        return header | told(error) | {"error": wiring.describe(error)}, {}


def _post_as_made(session: Any, case: dict[str, Any], choice: wiring.Choice) -> None:
    images = torch.from_numpy(session.arrays["full.images"].copy())
    with their_objects():
        network, origin = wiring.build(session, choice, case["full"] | {"input_shape": tuple(images.shape)})
    written, arrays = passes_in("training", network, images)
    header: Header = {
        "kind": "made",
        "case": case["id"],
        "network": origin,
        "training": written,
        "blocks": choice.names,
        "parameters": [name for name, _ in network.named_parameters()],
    }
    session.outbox.post(header, _state(network) | arrays)


def _trained(
    session: Any, case: dict[str, Any], choice: wiring.Choice, header: Header
) -> tuple[Header, dict[str, Any]]:
    """With few filters, or as many as the handout's network has if the blocks are written for no other number."""
    small = case["small"]
    try:
        return _after_training(session, case, choice, header, small)
    except (MemoryError, TimeoutError):
        raise
    except BaseException:  # noqa: BLE001 - networks are student code
        wide = small | {"num_filters": case["full"]["num_filters"]}
        return _trained_wide(session, case, choice, header, wide)


def _trained_wide(
    session: Any, case: dict[str, Any], choice: wiring.Choice, header: Header, wide: dict[str, Any]
) -> tuple[Header, dict[str, Any]]:
    """What fails here is the student's only if it fails on images of the handout's size as well."""
    try:
        return _after_training(session, case, choice, header, wide)
    except (MemoryError, TimeoutError):
        raise
    except BaseException as error:
        if not _trains_at_full_size(session, case, choice):
            raise
        words = f"{wiring.describe(error)}; this is so on the grader's smaller images alone"
        raise mark(OnSmallImages(words), "unknown") from None


class OnSmallImages(Exception):
    """A network that works at the handout's size cannot be run on the smaller images of the budget."""


def _trains_at_full_size(session: Any, case: dict[str, Any], choice: wiring.Choice) -> bool:
    """Whether a step of training works on images as the handout's."""
    images = torch.from_numpy(session.arrays["full.images"].copy())
    labels = torch.arange(len(images)) % case["small"]["num_output_classes"]
    budget = replace(Budget.of(case), steps=1, batch=len(images))
    try:
        with torch.enable_grad(), their_objects():
            network, _ = wiring.build(session, choice, case["small"] | {"input_shape": tuple(images.shape)})
            Training(network=network, images=images, labels=labels, budget=budget).run()
    except (MemoryError, TimeoutError):
        raise
    except BaseException:  # noqa: BLE001 - networks are student code
        return False
    return True


def _after_training(
    session: Any, case: dict[str, Any], choice: wiring.Choice, header: Header, settings: dict[str, Any]
) -> tuple[Header, dict[str, Any]]:
    images = torch.from_numpy(session.arrays["small.images"].copy())
    labels = torch.from_numpy(session.arrays["small.labels"].copy())
    shape = (case["batch"], *images.shape[1:])
    with their_objects():
        network, _ = wiring.build(session, choice, settings | {"input_shape": shape})
    header["filters"] = settings["num_filters"]
    arrays: dict[str, Any] = named_numbers("before.", network.named_parameters())
    run = Training(network=network, images=images, labels=labels, budget=Budget.of(case))
    with torch.enable_grad(), their_objects():
        run.run()
    arrays["losses"] = np.array(run.losses)
    header["frozen"] = [name for name, part in network.named_parameters() if not part.requires_grad]
    for mode in ("training", "evaluation"):
        header[mode], found = passes_in(mode, network, images)
        arrays |= found
    return header, arrays | _state(network)


def _state(network: nn.Module) -> dict[str, Any]:
    found: dict[str, Any] = named_numbers("state.", [*network.named_parameters(), *network.named_buffers()])
    return found
