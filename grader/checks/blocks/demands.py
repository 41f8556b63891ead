"""What a block demands of something that is handed in, for an audit that makes versions of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.checks.blocks.cut_offs import CutOffs


@dataclass(frozen=True, eq=False)
class Demand:
    """`of` is what is measured (a Checkpoint, Predictions, Samples, RunLogs, or a function of arrays), `files` are its
    names or patterns, `cut_offs` what its score has to reach, and `options` what else the block was told.
    """

    of: Any
    files: tuple[str, ...]
    cut_offs: CutOffs | None = None
    options: Mapping[str, Any] | None = None
