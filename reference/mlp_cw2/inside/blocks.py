"""Every block class of the submission alone, with hidden weights: what it runs in both modes, and its buffers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from inside import building
from inside.arrays import named_numbers
from inside.cause import their_objects, told
from inside.passes import passes_in, set_mode
from inside.raised import class_name

from .looks import look
from .variants import Variant, classes, quiet, variants

Header = dict[str, Any]


def answer(session: Any, _case: dict[str, Any]) -> tuple[Header, dict[str, Any]]:
    """Post a frame for each block; the answer says how many there were."""
    listed = variants(session.load_file)
    parts: set[str] = set()
    failed: list[Header] = []
    for index, variant in enumerate(listed):
        with quiet():
            seen = vars(look(variant, session.request["seed"]))
        header: Header = {
            "kind": "block",
            "index": index,
            "file": variant.file,
            "class": variant.name,
            "flags": dict(variant.flags),
            "look": seen,
        }
        arrays: dict[str, Any] = {}
        try:
            with quiet():
                made, arrays = observed(session, variant)
            header |= made
            parts |= set(made["parts"])
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
            failed.append(header | told(error, 500))
            continue
        session.outbox.post(header, arrays)
    for header in failed:
        if header["class"] not in parts:  # one that others are made of is no block of its own
            session.outbox.post(header, {})
    return {"count": len(listed), "problems": classes(session.load_file)[1][:6]}, {}


def observed(session: Any, variant: Variant) -> tuple[Header, dict[str, Any]]:
    """One block: parameters, operations in training and in evaluation mode, buffers before and after a pass."""
    x = torch.from_numpy(session.arrays["block.images"].copy())
    with their_objects():
        block = variant.make(x.shape[1], x.shape[2], session.request["seed"])
        block.float()
        header: Header = {"parameters": building.fill(block, session.request["seed"])}
    arrays = named_numbers("before.", block.named_buffers())
    for mode in ("training", "evaluation"):
        header[mode], found = passes_in(mode, block, x)
        arrays |= found
    _one_pass(set_mode(block, training=True), x)
    header["parts"] = sorted({class_name(type(part)) for part in list(block.modules())[1:]})
    return header, arrays | named_numbers("after.", block.named_buffers())


def _one_pass(block: nn.Module, x: torch.Tensor) -> None:
    with torch.no_grad(), their_objects():
        block(x)
