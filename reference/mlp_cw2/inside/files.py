"""Which files of a submission define what is asked, by content; and their definitions."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FRAMEWORK = "pytorch_mlp_framework"
MAX_FILES, MAX_BYTES = 300, 1_000_000
FLOW_NAME = r"\w*(?:grad\w*flow|flow\w*grad|plot\w*grad)\w*"
FLOW = re.compile(rf"def\s+{FLOW_NAME}\s*\(", re.IGNORECASE)
_BLOCK = re.compile(r"class\s+\w+\s*\([^)]*(?:Module|Block|Network|Net)\b")
_MODEL_SIGNS = {
    r"BatchNorm|batch_norm": 4,
    r"class\s+ConvolutionalNetwork": 3,
    r"class\s+\w*Block\w*\s*\(": 2,
    r"Conv2d": 1,
}


@dataclass(frozen=True)
class Source:
    """A script or notebook of the submission, by its path in the submission."""

    path: str
    text: str


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """All scripts and notebooks that are not too large, by path."""
    found = sorted(
        path.relative_to(Path.cwd())
        for path in Path.cwd().rglob("*")
        if path.suffix.lower() in (".py", ".ipynb") and path.is_file()
    )
    small = [path for path in found if path.stat().st_size <= MAX_BYTES][:MAX_FILES]
    return tuple(Source(str(path), path.read_bytes().decode("utf-8", "replace")) for path in small)


def of_models(limit: int = 8) -> list[Source]:
    """Files that define network classes, the likeliest first."""
    found = [source for source in sources() if _BLOCK.search(source.text)]
    return sorted(found, key=lambda source: (-_signs(source.text), *_place(source)))[:limit]


def of_flows(limit: int = 4) -> list[Source]:
    """Files that define a function for the gradient flow, those of the framework's folder first."""
    return sorted((source for source in sources() if FLOW.search(source.text)), key=_place)[:limit]


def _signs(text: str) -> int:
    return sum(points for pattern, points in _MODEL_SIGNS.items() if re.search(pattern, text))


def _place(source: Source) -> tuple[bool, int, str]:
    path = Path(source.path)
    return path.parent.name != FRAMEWORK, len(path.parts), source.path


@lru_cache(maxsize=32)
def namespace(load: Callable[[str], Any], path: str) -> tuple[dict[str, Any], str | None]:
    """The definitions of one file and its first error. Modules beside it are found first."""
    with importable(path):
        loaded = load(path)
    errors = [f"{error['where']}: {error['kind']}: {error['message']}" for error in loaded.errors[:1]]
    return loaded.namespace, errors[0][:400] if errors else None


@contextlib.contextmanager
def importable(path: str) -> Iterator[None]:
    """Meanwhile modules beside a file are found first, and the submission's modules are imported anew."""
    folder = str((Path.cwd() / path).parent)
    sys.path.insert(1, folder)
    package = sys.modules.get(FRAMEWORK)
    if package is not None:
        package.__path__ = [folder, *(other for other in package.__path__ if other != folder)]
    for name in [name for name in sys.modules if name.startswith(f"{FRAMEWORK}.") or _is_own(name)]:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.path.remove(folder)


def _is_own(name: str) -> bool:
    path = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(path, str) and name not in ("__main__", "submission") and Path(path).is_relative_to(Path.cwd())
