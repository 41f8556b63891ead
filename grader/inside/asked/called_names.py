"""What is watched while a submission runs (`uses_seen.py`) is said by the cases; what was seen leaves by itself."""

from __future__ import annotations

from typing import Any

from ..served import Array


def answer(_: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """How much of the case was asked for."""
    return {"watching": len(case["calls"]) + len(case["imports"])}, {}
