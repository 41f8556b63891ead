"""Files of weights, read by what they are and not by their names. Reading one may run whatever code is in it.

What the file cannot hold is said before anything is allocated: sizes that are declared in it are compared with its own.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import types
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import nn

from .raised import last_line, mark

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors", ".npz", ".bin", ".pkl", ".pickle", ".pth.tar", ".pt.tar")
MIB = 1 << 20
MOST_UNPACKED = 400 * MIB
SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.)")
LIBRARIES = ("torch", "torchvision", "numpy", "collections", "builtins", "copyreg", "_codecs", "functools", "pathlib")
OLD_TORCH = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"


class BrokenFile(Exception):
    """A file from which no weights can be had. The message, which follows its name, is for the student."""


def chosen(paths: Sequence[str], asked: str) -> tuple[list[str], str]:
    """The files that hold the weights asked for under the name `asked`, and a remark. Shards of one are several.

    The very name comes first, then the same name with another suffix, then the only file of weights there is, or the
    only one that is called the best or the final one. With several that nothing tells apart there is none, and the
    remark lists them; with none the remark is empty.
    """
    known = sorted((one for one in paths if one.lower().endswith(SUFFIXES)), key=lambda one: (one.count("/"), one))
    wanted = PurePosixPath(asked).name.lower()
    exact = [one for one in known if PurePosixPath(one).name.lower() == wanted]
    if exact and exact[0].count("/") < min((one.count("/") for one in exact[1:]), default=99):
        return exact[:1], ""
    shards = [one for one in known if SHARD.search(one)]
    if shards and {SHARD.sub("", one) for one in shards} == {SHARD.sub("", one) for one in known}:
        return shards, f"{len(shards)} parts of {PurePosixPath(SHARD.sub('', shards[0])).name}"
    weights = [one for one in known if not one.lower().endswith((".pkl", ".pickle", ".bin", ".npz"))] or known
    stems = [one for one in weights if _stem(one) == _stem(asked)]
    best = [one for one in weights if re.search(r"best|final", PurePosixPath(one).name, re.IGNORECASE)]
    for found in (exact, stems, weights, best):
        if len(found) == 1:
            return found, f"{found[0]} in place of {asked}"
    return [], f"several files of weights: {', '.join(weights[:6])}" if weights else ""


def _stem(path: str) -> str:
    return PurePosixPath(path).name.partition(".")[0].lower()


def config_beside(path: Path) -> dict[str, Any]:
    """What the `config.json` in the same folder says, as Hugging Face's libraries write it; nothing without one."""
    beside = path.with_name("config.json")
    try:
        found = json.loads(beside.read_bytes()[:MIB]) if beside.is_file() else {}
    except (ValueError, RecursionError, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def read(path: Path, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    """The format and what is in the file: a dictionary, a module, or whatever was pickled. Raises BrokenFile.

    Classes of pickled objects are looked for in `namespace`, where they were defined in a script or notebook.
    """
    try:
        return _read(path, namespace)
    except (BrokenFile, TimeoutError):
        raise
    except MemoryError:
        raise BrokenFile("could not be read: it needs more memory than there is here") from None
    except BaseException as error:  # noqa: BLE001 - a pickle may raise anything, SystemExit and worse
        raise BrokenFile(f"could not be read: {_one_line(error)}") from None


def _read(path: Path, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(512)
    if not size:
        raise BrokenFile("is empty")
    if head.startswith(b"version https://git-lfs"):
        raise BrokenFile("is a pointer of Git LFS and not the file itself: hand in the file that it points to")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(path, size, namespace)
    if _is_safetensors(head, size) or path.suffix.lower() == ".safetensors":
        return "safetensors", _safetensors(path, head, size)
    if head[:1] == b"\x80":
        return _pickled(path, head, namespace)
    if head.lstrip()[:1] in (b"<", b"{", b"[", b"#") or head.isascii():
        raise BrokenFile("is a text, and no file of weights")
    raise BrokenFile(
        "is no file of weights that is known here: expected what torch.save, safetensors or np.savez write"
    )


def _zip(path: Path, size: int, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise BrokenFile(f"is damaged, or was not uploaded whole: {_one_line(error)}") from None
    unpacked = sum(one.file_size for one in entries)
    if unpacked > MOST_UNPACKED:
        raise BrokenFile(f"unpacks to {unpacked / MIB:,.0f} MiB: expected at most {MOST_UNPACKED // MIB} MiB")
    if sum(one.compress_size for one in entries) > size:
        raise BrokenFile("is no honest archive: its parts overlap")
    names = [one.filename for one in entries]
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays", _arrays(path)
    tops = {PurePosixPath(name).name for name in names if name.count("/") <= 1}
    if "constants.pkl" in tops and "data.pkl" in tops:
        return "TorchScript", _script(path)
    if "data.pkl" in tops:
        return _torch(path, namespace)
    raise BrokenFile(f"is an archive without weights: it holds {', '.join(names[:4]) or 'nothing'}")


def _script(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may be called outdated, and is what was handed in
        return torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _is_safetensors(head: bytes, size: int) -> bool:
    return 2 <= int.from_bytes(head[:8], "little") <= size - 8 and head[8:10] == b'{"'


def _safetensors(path: Path, head: bytes, size: int) -> dict[str, Any]:
    from safetensors.torch import load_file

    declared = int.from_bytes(head[:8], "little")
    if size < 8 or declared > size - 8:
        raise BrokenFile(f"declares a header of {declared:,} bytes, and has {max(0, size - 8):,} in all")
    return dict(load_file(path))


def _pickled(path: Path, head: bytes, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    if OLD_TORCH in head[:64]:
        return _torch(path, namespace)
    with path.open("rb") as stream:
        return "pickle, which runs code when it is read", _pickles(namespace).load(stream)


def _torch(path: Path, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    """Weights alone if there is nothing else in it, else everything, which runs code."""
    try:
        return "PyTorch", torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, AttributeError, ModuleNotFoundError):
        found = torch.load(path, map_location="cpu", weights_only=False, pickle_module=_pickles(namespace))
        return "PyTorch, which runs code when it is read", found


def _pickles(namespace: Mapping[str, Any]) -> Any:
    """A module like `pickle` that finds the submission's classes wherever they were defined when they were saved."""

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            own = namespace.get(name.partition(".")[0])
            if own is not None and module.partition(".")[0] not in LIBRARIES:
                for part in name.split(".")[1:]:
                    own = getattr(own, part)
                return own
            try:
                return super().find_class(module, name)
            except (ImportError, AttributeError):
                raise BrokenFile(
                    f"was saved with the object's class: it needs {name} of {module}, which is not in the submission"
                ) from None

    module = types.ModuleType("pickle")
    vars(module).update(vars(pickle))
    vars(module)["Unpickler"] = Unpickler
    vars(module)["load"] = lambda stream, **options: Unpickler(stream, **options).load()
    vars(module)["loads"] = lambda data, **options: Unpickler(io.BytesIO(data), **options).load()
    return module


def _one_line(error: BaseException) -> str:
    return last_line(error).partition("\n")[0][:240]


def is_module(value: Any) -> bool:
    """By type: an object may say anything of its class."""
    return issubclass(type(value), nn.Module)


def too_slow(seconds: float) -> TimeoutError:
    """What is raised where reading never ends."""
    return mark(TimeoutError(f"took longer than {seconds:g} s"), "time")
