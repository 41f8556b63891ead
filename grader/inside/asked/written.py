"""What a student wrote down: values of variables, and the cells of a notebook (or the text of a file) as they lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..building import simple
from ..served import Array

MOST_CELLS, LONGEST = 300, 20_000


def answer(session: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Values of the variables `names`, and all cells: `kind`, `source`, and saved `output` of each."""
    values = {name: simple(session.namespace[name]) for name in case["names"] if name in session.namespace}
    return {"values": values, "cells": _cells(Path(session.request["entry"]))}, {}


def _cells(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    if path.suffix != ".ipynb":
        return [{"kind": "code", "source": text[:LONGEST], "output": ""}]
    try:
        listed = json.loads(text)["cells"]
        return [_cell(part) for part in listed[:MOST_CELLS] if isinstance(part, dict)]
    except (ValueError, KeyError, TypeError):
        return []


def _cell(part: dict[str, Any]) -> dict[str, str]:
    outputs = part.get("outputs") if isinstance(part.get("outputs"), list) else []
    said = "".join(_output(one) for one in outputs or [] if isinstance(one, dict))
    return {
        "kind": str(part.get("cell_type"))[:20],
        "source": _joined(part.get("source"))[:LONGEST],
        "output": said[:LONGEST],
    }


def _output(one: dict[str, Any]) -> str:
    data = one.get("data")
    return _joined(one.get("text")) or (_joined(data.get("text/plain")) if isinstance(data, dict) else "")


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
