"""Steps that an assignment takes with libraries alone, before student code has a part in what they use."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from grader.checks.blocks.signatures import Signature, is_there
from grader.inside.asked.steps_taken import LIBRARIES


def students_own(steps: Sequence[Signature]) -> tuple[Signature, ...]:
    """The steps that student code has a part in: the others earn no points, and nothing can be wrong with them.

    Whatever student code was given, or stands in one step with that, may be changed by it.
    """
    found, reached = list[Signature](), set[str]()
    together: list[set[str]] = []
    for step in steps:
        names = {*step.needed, *step.outputs}
        is_own = bool(reached.intersection(step.needed)) or _calls_own(step, {name for one in together for name in one})
        together = _joined(together, names)
        if is_own:
            found.append(step)
            reached |= next(one for one in together if names <= one) if names else set()
    return tuple(found)


def _calls_own(step: Signature, made: set[str]) -> bool:
    """Whether a step names a function or class that the student defines."""
    if not step.code:
        owner = step.path.partition(".")[0]
        return step.is_defined or (owner not in made and is_there(owner, ()))
    given = made | set(step.needed) | set(LIBRARIES)
    calls = [node.func for node in ast.walk(ast.parse(step.code)) if isinstance(node, ast.Call)]
    functions = {call.id for call in calls if isinstance(call, ast.Name)}
    classes = {name for name in step.needed if is_there(name, ())}
    return bool(classes - made) or any(name not in given and not hasattr(builtins, name) for name in functions)


def _joined(together: Sequence[set[str]], names: set[str]) -> list[set[str]]:
    """Names that stand in one step belong together from then on."""
    others = [one for one in together if not one & names]
    return [*others, names.union(*(one for one in together if one & names))]
