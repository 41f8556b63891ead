"""Blocks that are meant for batch normalization alone, beside residual ones that have it too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .attempted import is_given
from .blocks import Observed

Networks = Sequence[Sequence[str]]  # the names of each one's blocks, the processing block's first


def of_batch_norm_alone(found: Sequence[Observed], networks: Networks) -> str | None:
    """What is wrong with the networks of batch normalization alone that the submission's command lines build.

    None if one of them is right, or there is none. A residual network that is right does not stand in for them.
    """
    meant = [names for names in networks if names and any(_tries(part) for part in _of(found, names[0]))]
    problems = [[problem for name in names if (problem := _problem(found, name))] for names in meant]
    nearest = min(problems, key=len, default=[])
    return nearest[0] if nearest else None


def unused(found: Sequence[Observed], networks: Networks) -> Iterator[str]:
    """Blocks of batch normalization that are wrong, though no command line builds a network of them; and those that
    cannot be tried, beside the ones that are used.
    """
    used = {name for names in networks for name in names}
    homes = {part.block.file for part in found if part.block.name in used}
    for part in found:
        if part.behaviour.problem and part.block.file in homes:
            yield f"not counted: {part.label}, which cannot be tried: {part.behaviour.problem}"
        elif _tries(part) and part.block.name not in used and (problem := part.behaviour.batch_norm_problem()):
            yield f"not counted: {part.label}, of which no command line builds a network: {problem}"


def _of(found: Sequence[Observed], name: str) -> list[Observed]:
    return [part for part in found if part.block.name == name]


def _tries(part: Observed) -> bool:
    """Whether a block has batch normalizations and no shortcut."""
    seen = part.behaviour
    has_norms = seen.acting.count or seen.discarded or seen.fixed
    return bool(has_norms) and seen.shortcut == "none" and not is_given(part)


def _problem(found: Sequence[Observed], name: str) -> str | None:
    """Why none of the variants of a class is right."""
    parts = _of(found, name)
    problems = [(part, part.behaviour.batch_norm_problem()) for part in parts if not part.behaviour.problem]
    if not problems or any(problem is None for _, problem in problems):
        return None
    part, problem = problems[0]
    return f"block {part.label}: {problem}"
