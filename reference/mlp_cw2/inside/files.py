"""Which files of a submission define what is asked, by content; and their definitions."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any

from inside.script_files import ScriptFile, script_files
from inside.script_files import importable as modules_beside

FRAMEWORK = "pytorch_mlp_framework"
FLOW_NAME = r"\w*(?:grad\w*flow|flow\w*grad|plot\w*grad)\w*"
FLOW = re.compile(rf"def\s+{FLOW_NAME}\s*\(", re.IGNORECASE)
_BLOCK = re.compile(r"class\s+\w+\s*\([^)]*(?:Module|Block|Network|Net)\b")
_MODEL_SIGNS = {
    r"BatchNorm|batch_norm": 4,
    r"class\s+ConvolutionalNetwork": 3,
    r"class\s+\w*Block\w*\s*\(": 2,
    r"Conv2d": 1,
}


@lru_cache(maxsize=1)
def sources() -> tuple[ScriptFile, ...]:
    """All scripts and notebooks that are not too large, by path."""
    found: tuple[ScriptFile, ...] = script_files(Path.cwd())
    return found


def of_models(limit: int = 8) -> list[ScriptFile]:
    """Files that define network classes, the likeliest first."""
    found = [source for source in sources() if _BLOCK.search(source.text)]
    return sorted(found, key=lambda source: (-_signs(source.text), *_place(source)))[:limit]


def of_flows(limit: int = 4) -> list[ScriptFile]:
    """Files that define a function for the gradient flow, those of the framework's folder first."""
    return sorted((source for source in sources() if FLOW.search(source.text)), key=_place)[:limit]


def _signs(text: str) -> int:
    return sum(points for pattern, points in _MODEL_SIGNS.items() if re.search(pattern, text))


def _place(source: ScriptFile) -> tuple[bool, int, str]:
    path = Path(source.path)
    return path.parent.name != FRAMEWORK, len(path.parts), source.path


@lru_cache(maxsize=32)
def namespace(load: Callable[[str], Any], path: str) -> tuple[dict[str, Any], str | None]:
    """The definitions of one file and its first error. Modules beside it are found first."""
    with importable(path):
        loaded = load(path)
    errors = [f"{error['where']}: {error['kind']}: {error['message']}" for error in loaded.errors[:1]]
    return loaded.namespace, errors[0][:400] if errors else None


def importable(path: str) -> AbstractContextManager[None]:
    """Meanwhile modules beside a file are found first, those of the framework too."""
    found: AbstractContextManager[None] = modules_beside(path, FRAMEWORK)
    return found
