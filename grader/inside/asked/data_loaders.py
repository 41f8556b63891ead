"""What a student's data loaders deliver: every batch of each."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from .. import building
from ..arrays import as_array
from ..building import Role
from ..cause import their_objects
from ..naming import NotThere, named
from ..raised import class_name
from ..seeding import seed_torch

MAX_BATCHES = 200
WORKERS = ("num_workers", "prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout")


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Call `function` with the case's `roles`, iterate over what it returns, in the order of `loaders`.

    `dataset` is the name of a class of torchvision's, `argument` the name and the patterns of what takes it, if any.
    """
    try:
        name, function = named(session.namespace, case["function"], case["patterns"])
    except NotThere as missing:
        return {"missing": str(missing)}, {}
    _load_here()
    roles = [*_data_set(case), *building.roles(case["roles"])]
    arguments, remarks = building.bind(function, roles, session.namespace)
    args, kwargs = building.positional_only(function, arguments)
    seed_torch(session.request["seed"] % 2**63)
    with their_objects():
        result = function(*args, **kwargs)
    header: dict[str, Any] = {"name": name, "remarks": remarks, "result": class_name(type(result))}
    if not isinstance(result, tuple | list) or len(result) < len(case["loaders"]):
        return header, {}
    arrays: dict[str, Any] = {}
    for which, loader in zip(case["loaders"], result, strict=False):
        with their_objects():
            header[which], found = _batches(loader)
        arrays |= {f"{which}.{part}": array for part, array in found.items()}
    return header, arrays


def _data_set(case: dict[str, Any]) -> list[Role]:
    if case["argument"] is None:
        return []
    from torchvision import datasets

    name, patterns = case["argument"]
    return [Role(name, getattr(datasets, case["dataset"]), tuple(patterns))]


def _load_here() -> None:
    """Worker processes give the same batches, and cost a process each: the main process loads instead."""
    original = DataLoader.__init__
    if hasattr(original, "_loads_here"):
        return

    @functools.wraps(original)
    def made(loader: Any, *args: Any, **kwargs: Any) -> None:
        kept = {name: value for name, value in kwargs.items() if name not in WORKERS}
        positional = [*args[:5], 0, *args[6:]] if len(args) > 5 else list(args)
        original(loader, *positional, **kept)

    made._loads_here = True  # type: ignore[attr-defined]
    DataLoader.__init__ = made  # type: ignore[method-assign, assignment]


def _batches(loader: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sizes and kinds of the batches, and their images and labels one after the other."""
    images, labels = [], []
    kinds: set[str] = set()
    sizes: list[int] = []
    for number, batch in enumerate(loader):
        if number >= MAX_BATCHES:
            return {"too_many": True, "sizes": sizes[:20], "kinds": sorted(kinds)}, {}
        data, target = batch[0], batch[1]
        kinds |= {class_name(type(data)), class_name(type(target))}
        image, label = as_array(data)[0], as_array(target)[0]
        if image is None or label is None:
            return {"odd": True, "sizes": sizes, "kinds": sorted(kinds)}, {}
        sizes.append(len(data))
        images.append(image)
        labels.append(np.atleast_1d(label))
    header = {"class": class_name(type(loader)), "sizes": sizes, "kinds": sorted(kinds)}
    if not images or len({array.shape[1:] for array in images}) > 1:
        return header | {"odd": True}, {}
    return header, {"images": np.concatenate(images).astype(np.float32), "labels": np.concatenate(labels)}
