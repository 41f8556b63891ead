"""The program of a box that holds files of a submission and runs no code of it: a reader takes one after the other.

Frames: `begun` before each file, then `file` with what it holds, or with a `problem` in words for people. A file that
ends the box is the last that was begun.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .channel import Array
from .readers.log_parts import UnreadableFile

Send = Callable[[Mapping[str, Any], Mapping[str, Array]], None]


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:  # noqa: ARG001 - all programs take them
    """Read the files `paths` with `reader`, a module of `readers/`."""
    reader = importlib.import_module(f"{__package__}.readers.{request['reader']}")
    for path in request["paths"]:
        send({"kind": "begun", "path": path}, {})
        header, found = read(reader.read, Path(path))
        send({"kind": "file", "path": path, **header}, found)


def read(reader: Callable[[Path], tuple[dict[str, Any], dict[str, Array]]], path: Path) -> Any:
    """What a reader gives of a file, or why it gives nothing: hostile files raise anything that readers can raise."""
    try:
        return reader(path)
    except UnreadableFile as error:
        return {"problem": str(error)[:600]}, {}
    except MemoryError:
        return {"problem": "it needs more memory to be read than a file may"}, {}
    except RecursionError:
        return {"problem": "it is nested too deeply to be read"}, {}
    except Exception as error:  # noqa: BLE001 - as above
        return {"problem": f"it cannot be read: {type(error).__name__}: {error}"[:600]}, {}
