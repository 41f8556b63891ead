"""Wrong versions of a module, with words that name each mistake: a student's may be the same function as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from grader.catalog import Hidden
from grader.checks.blocks.runs import Runs
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.probes import weights_seed
from grader.sandbox.protocol import Array, Frame

if TYPE_CHECKING:
    from torch import nn

Mistakes = Mapping[str, "Callable[..., nn.Module]"]


def versions(mistakes: Mistakes, asked: Runs) -> dict[str, Callable[..., nn.Module]]:
    """Those that are known here, by their words: what is hidden, as on students' machines, is left out.

    Raises AssignmentError for what makes no module.
    """
    found = {} if isinstance(mistakes, Hidden) else dict(mistakes)
    for words, wrong in found.items():
        if not callable(wrong) and not isinstance(wrong, Hidden):
            raise AssignmentError(
                f"mistakes: {words!r}: expected a wrong version of {asked.name}, found a {type(wrong).__name__}"
            )
    return {words: wrong for words, wrong in found.items() if not isinstance(wrong, Hidden)}


def handed_in(evidence: Evidence, asked: Runs, made: Callable[..., nn.Module], served: Mapping[str, Array]) -> Evidence:
    """What the sandbox would have sent if this version had been handed in."""
    from grader.inside.asked import modules

    request: dict[str, Any] = {"seed": weights_seed(evidence.seed)}
    session = SimpleNamespace(namespace={asked.name: made}, arrays=served, request=request)
    frames = []
    for place in range(len(asked.cases)):
        case = asked.request(place)
        header, arrays = modules.answer(session, case)
        sent = json.loads(json.dumps(header))
        frames.append(Frame({"kind": "ask", "probe": asked.id, "case": case["id"], **sent}, arrays))
    return replace(evidence, frames=tuple(frames))
