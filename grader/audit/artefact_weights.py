"""Versions of weights: a checkpoint's, and arrays that the course's own code tries out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.audit.artefacts import Misses, Version, always
from grader.checks.blocks.demands import Demand
from grader.evidence import Evidence, MissingEvidence
from grader.sandbox.protocol import Array

if TYPE_CHECKING:
    import torch

    State = dict[str, torch.Tensor]

BIG, SMALL = 1.5, 0.01  # noise, in deviations of a tensor's numbers


def of_network(demand: Demand, path: str, content: bytes, rng: np.random.Generator) -> Iterator[Version]:
    """Of a state_dict that `torch.save` wrote; nothing of other files."""
    import torch

    try:
        state = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except Exception:  # noqa: BLE001 - whatever a file that is none of torch's makes of it
        return
    if not isinstance(state, dict) or not all(isinstance(part, torch.Tensor) for part in state.values()):
        return
    stem = path.rpartition(".")[0]
    for kind, files in _same_weights(path, stem, state, content):
        yield Version(kind, path, files)
    measured = partial(_falls_short, demand)
    for kind, other in _other_weights(state, rng):
        yield Version(kind, path, {path: _saved(other)}, measured)
    for kind, broken in (("the file broke off", content[: len(content) // 2]), ("an empty file", b"")):
        yield Version(kind, path, {path: broken}, always("it cannot be loaded"))
    yield Version("no file", path, {path: None}, always("there are no weights"))


def _same_weights(
    path: str, stem: str, state: State, content: bytes
) -> Iterator[tuple[str, Mapping[str, bytes | None]]]:
    from safetensors.torch import save

    floats = {name for name, part in state.items() if part.is_floating_point()}
    arrays = {name: part.numpy() for name, part in state.items()}
    yield "names with module.", {path: _saved({f"module.{name}": part for name, part in state.items()})}
    yield "names with _orig_mod.", {path: _saved({f"_orig_mod.{name}": part for name, part in state.items()})}
    yield "names with model.", {path: _saved({f"model.{name}": part for name, part in state.items()})}
    for kind in ("half", "double", "bfloat16"):
        yield (
            f"{kind} precision",
            {path: _saved({name: getattr(part, kind)() if name in floats else part for name, part in state.items()})},
        )
    yield "another order", {path: _saved(dict(reversed(state.items())))}
    yield "in a dictionary", {path: _saved({"epoch": 9, "model_state_dict": state, "best": 0.9})}
    yield "the old format", {path: _saved(state, _use_new_zipfile_serialization=False)}
    yield "another name of the file", {path: None, f"{stem}_best.pth": content}
    yield "safetensors", {path: None, f"{stem}.safetensors": save({n: p.contiguous() for n, p in state.items()})}
    yield "arrays of NumPy", {path: None, f"{stem}.npz": _arrays(arrays)}


def _other_weights(state: State, rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    import torch

    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    weights = [name for name, part in state.items() if part.is_floating_point() and part.ndim >= 2]

    def drawn(part: torch.Tensor) -> torch.Tensor:
        return torch.randn(part.shape, generator=generator) * part.std()

    for name in weights:
        part = state[name]
        order = torch.randperm(len(part), generator=generator)
        mixed = part.flatten()[torch.randperm(part.numel(), generator=generator)].reshape(part.shape)
        yield f"{name} zeroed", state | {name: torch.zeros_like(part)}
        yield f"{name} drawn anew", state | {name: drawn(part)}
        yield f"{name} shuffled", state | {name: mixed}
        yield f"rows of {name} in another order", state | {name: part[order]}
        yield f"{name} with its sign changed", state | {name: -part}
        yield f"{name} under much noise", state | {name: part + BIG * drawn(part)}
        yield f"{name} under little noise", state | {name: part + SMALL * drawn(part)}
        yield f"{name} transposed", state | {name: part.transpose(0, 1).contiguous()}
        yield f"{name} read in another order", state | {name: part.transpose(0, 1).reshape(part.shape)}
        yield f"{name} missing", {key: one for key, one in state.items() if key != name}
        yield f"{name} as whole numbers", state | {name: part.round().to(torch.int8)}
        yield f"NaN in {name}", state | {name: torch.where(part == part.max(), float("nan"), part)}
    last = weights[-1].rpartition(".")[0]
    rolled = {name: part.roll(1, 0) for name, part in state.items() if name.rpartition(".")[0] == last}
    yield "classes counted from another on", state | rolled
    yield "all weights drawn anew", {n: drawn(p) if n in weights else p for n, p in state.items()}
    yield "all weights zeroed", {name: torch.zeros_like(part) for name, part in state.items()}
    yield "names of another network", {f"layers.{number}": part for number, part in enumerate(state.values())}
    yield "the numbers alone", [part.sum() for part in state.values()]


def _falls_short(demand: Demand, evidence: Evidence) -> str | None:
    """The accuracy of what came back, worked out here, is lower than what gets full points; or nothing came back."""
    assert demand.cut_offs is not None  # noqa: S101 - a checkpoint that is measured has them
    try:
        outputs = demand.of.evaluated(evidence).outputs
    except MissingEvidence as missing:
        return str(missing)[:200]
    truth = np.asarray(demand.of.test(evidence.seed)[1])
    if not np.isfinite(outputs).all():
        return "scores that are no numbers"
    right = float((outputs.reshape(len(truth), -1).argmax(1) == truth).mean())
    wanted = demand.cut_offs.points[-1][0]
    return f"{right:.1%} right, for {wanted:.0%}" if right < wanted else None


def of_arrays(demand: Demand, path: str, content: bytes, rng: np.random.Generator) -> Iterator[Version]:
    """Of an `.npz` that the demand's function measures."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except (ValueError, OSError, AttributeError):
        return
    name = max(arrays, key=lambda one: arrays[one].size)
    part = arrays[name].astype(np.float64)
    for kind, other in (("half precision", part.astype(np.float16)), ("double precision", part), ("a row", part[None])):
        yield Version(kind, path, {path: _arrays(arrays | {name: other})})
    yield Version("packed", path, {path: _arrays(arrays, packed=True)})
    yield Version("another array beside it", path, {path: _arrays(arrays | {"seed": np.array(3)})})
    noise = rng.standard_normal(part.shape) * (part.std() or 1)
    wrong = {
        "zeroed": part * 0,
        "sign changed": -part,
        "the other way round": part[::-1],
        "much noise": part + BIG * noise,
        "little noise": part + SMALL * noise,
        "drawn anew": noise,
        "one number missing": part.ravel()[1:],
        "NaN": np.where(part == part.max(), np.nan, part),
        "each number twice": np.repeat(part, 2),
    }
    for kind, other in wrong.items():
        changed = arrays | {name: other}
        yield Version(kind, path, {path: _arrays(changed)}, partial(_measures_low, demand, changed))
    for number in range(part.size):
        changed = arrays | {name: np.where(np.arange(part.size).reshape(part.shape) == number, -part, part)}
        misses: Misses = partial(_measures_low, demand, changed)
        yield Version(f"number {number + 1} with its sign changed", path, {path: _arrays(changed)}, misses)
    yield Version("another name", path, {path: _arrays({"weights_of_mine": part})}, always("no such array"))
    yield Version("no file", path, {path: None}, always("there is no file"))


def _measures_low(demand: Demand, arrays: Mapping[str, Array], evidence: Evidence) -> str | None:
    try:
        values = np.asarray(demand.of(arrays, evidence.seed), np.float64)
    except ValueError as error:
        return str(error)[:200]
    wanted = (demand.options or {})["at_least"]
    found = float(values.mean() + values.std(ddof=1) / np.sqrt(len(values)))
    return None if found >= wanted else f"{values.mean():.4g}, for {wanted:g}"


def _saved(value: Any, **options: Any) -> bytes:
    import torch

    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def _arrays(arrays: Mapping[str, Array], *, packed: bool = False) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()
