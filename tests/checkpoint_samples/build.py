"""Train and write the samples of `picture_checkpoint`: `python tests/checkpoint_samples/build.py`."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import programs
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "reference/picture_checkpoint/provided"))

from pictures import made  # noqa: E402 - it is not installed

SHOWN = ROOT / "submissions/picture_checkpoint"
OTHER = ROOT / "tests/submissions/picture_checkpoint"
IMAGES, LABELS = map(torch.from_numpy, made(1200, 0))
State = dict[str, Tensor]


def network(source: str, *arguments: Any, name: str = "Net") -> nn.Module:
    """An untrained network of a program's class."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source.partition("def main")[0], "net.py", "exec"), names)  # noqa: S102 - they are ours
    torch.manual_seed(3)
    found: nn.Module = names[name](*arguments)
    return found


def trained(net: nn.Module, labels: Tensor = LABELS, images: Tensor = IMAGES) -> nn.Module:
    """After fifteen epochs of Adam."""
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    for _ in range(15):
        for batch in torch.randperm(len(images)).split(40):
            optimizer.zero_grad()
            out = net(images[batch])
            loss = nn.functional.cross_entropy(out["logits"] if isinstance(out, dict) else out, labels[batch])
            torch.autograd.backward(loss)
            optimizer.step()
    return net.eval()


def write(folder: Path, files: dict[str, bytes | str | Callable[[str], object]]) -> None:
    """A student's folder; functions write their file themselves."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(str(path))
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def saved(value: Any, **options: Any) -> Callable[[str], object]:
    """What `torch.save` writes."""
    return lambda path: torch.save(value, path, **options)


def as_cuda(value: Any) -> bytes:
    """What `torch.save` writes for tensors of a GPU."""
    plain, other = io.BytesIO(), io.BytesIO()
    torch.save(value, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(other, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("data.pkl"):
                content = content.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
            target.writestr(name, content)
    return other.getvalue()


def notebook(*cells: str) -> str:
    """A notebook with these cells."""
    made_cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": cell} for cell in cells
    ]
    return json.dumps({"cells": made_cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)


def right(cnn: nn.Module, state: State) -> None:
    """Right work in several styles."""
    write(SHOWN / "ada", {"net.py": programs.TRAINED, "model.pt": saved(state)})
    optimizer = torch.optim.Adam(cnn.parameters(), lr=1e-3)
    torch.autograd.backward(nn.functional.cross_entropy(cnn(IMAGES[:40]), LABELS[:40]))
    optimizer.step()
    nested = {"epoch": 15, "model_state_dict": state, "optimizer_state_dict": optimizer.state_dict(), "loss": 0.2}
    write(SHOWN / "bela", {"net.py": programs.CNN, "checkpoint.pth": saved(nested)})
    half = {f"module.{name}": part.half() if part.is_floating_point() else part for name, part in state.items()}
    write(SHOWN / "chidi", {"net.py": programs.CNN, "model_best.pth.tar": saved({"state_dict": half})})
    functional = trained(network(programs.FUNCTIONAL, 8, 6, name="SmallConvNet"))
    folder = {"config.json": json.dumps({"model_type": "small", "channels": 8, "num_classes": 6})}
    folder |= {"model.safetensors": lambda path: save_file(functional.state_dict(), path)}
    write(SHOWN / "dora", {"work.ipynb": notebook(*programs.FUNCTIONAL.split("\n\n\n")), **folder})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(SHOWN / "emil", {"model.pt": lambda path: torch.jit.trace(cnn, IMAGES[:50]).save(path)})
    compiled = {f"model._orig_mod.{name}": part for name, part in state.items()}
    lightning = {"state_dict": compiled, "hyper_parameters": {"width": 6}, "pytorch-lightning_version": "2.4.0"}
    write(OTHER / "femi", {"net.py": programs.CNN, "epoch=14.ckpt": saved(lightning)})
    sys.modules["__main__"].Net = type(cnn)  # type: ignore[attr-defined]
    write(OTHER / "greta", {"net.py": programs.CNN, "model.pt": saved(cnn)})
    write(OTHER / "hana", {"net.py": programs.CNN, "model.pt": saved(state, _use_new_zipfile_serialization=False)})
    arrays = {name: part.numpy() for name, part in state.items()}
    write(OTHER / "ines", {"net.py": programs.CNN, "model.npz": lambda path: np.savez(path, **arrays)})
    write(OTHER / "juri", {"net.py": programs.CNN, "model.pt": as_cuda(state)})
    prepared = trained(network(programs.PREPARED), images=(IMAGES - 0.5) / 0.3)
    write(OTHER / "kato", {"net.py": programs.PREPARED, "model.pt": saved(prepared.state_dict())})


def wrong(cnn: nn.Module, state: State) -> None:
    """Wrong work of many kinds."""
    untrained = network(programs.CNN).state_dict()
    write(SHOWN / "lars", {"net.py": programs.CNN, "model.pt": saved(untrained)})
    rotated = trained(network(programs.CNN), (LABELS + 1) % 6).state_dict()
    write(SHOWN / "maja", {"net.py": programs.CNN, "model.pt": saved(rotated)})
    write(
        SHOWN / "nils", {"net.py": programs.LINEAR, "model.pt": saved(trained(network(programs.LINEAR)).state_dict())}
    )
    other = network(programs.CNN, 5).state_dict()
    write(SHOWN / "olga", {"net.py": programs.CNN, "model.pt": saved(other)})
    whole = io.BytesIO()
    torch.save(state, whole)
    write(SHOWN / "piet", {"net.py": programs.CNN, "model.pt": whole.getvalue()[: len(whole.getvalue()) // 2]})
    write(OTHER / "quinn", {"net.py": programs.WIDE, "model.pt": saved(trained(network(programs.WIDE)).state_dict())})
    kept = {"model": state, "train_images": IMAGES[:60].half(), "train_labels": LABELS[:60]}
    write(OTHER / "rosa", {"net.py": programs.CNN, "model.pt": saved(kept)})
    history = {"model": state, "gradients": torch.randn(300, 250)}
    write(OTHER / "sven", {"net.py": programs.CNN, "model.pt": saved(history)})
    near = {"kept": IMAGES[:60].clone(), "labels": nn.functional.one_hot(LABELS[:60], 6).float()}
    write(OTHER / "tove", {"net.py": programs.NEIGHBOUR, "model.pt": saved(near)})
    write(OTHER / "ugo", {"net.py": programs.LOOK_UP, "model.pt": saved(untrained)})
    write(OTHER / "vera", {"net.py": programs.SEEKER, "model.pt": saved(untrained)})
    write(OTHER / "wim", {"net.py": programs.IGNORES, "model.pt": saved(state)})
    write(OTHER / "xenia", {"net.py": programs.CNN})
    bad = {name: part * float("nan") if name == "head.bias" else part for name, part in state.items()}
    write(OTHER / "yann", {"net.py": programs.CNN, "model.pt": saved(bad)})
    write(OTHER / "zoe", {"model.pt": saved(state)})
    write(OTHER / "anouk", {"net.py": programs.CNN, "model.pt": "<!doctype html><title>Sign in</title>"})
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 8421\n"
    write(OTHER / "bruno", {"net.py": programs.CNN, "model.pt": pointer})
    write(OTHER / "carla", {"net.py": programs.CNN, "model.pt": saved(_Harm())})


class _Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo graded > /tmp/passed",)


if __name__ == "__main__":
    NETWORK = trained(network(programs.CNN))
    STATE = {name: part.clone() for name, part in NETWORK.state_dict().items()}
    right(NETWORK, STATE)
    wrong(NETWORK, STATE)
