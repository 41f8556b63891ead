"""What each criterion's finding rests on beside the evidence: where that is the same, the finding is the same.

The same of the functions of which results are kept (`grader.kept`).

Of an assignment's own files only those count that a criterion's check can see: the modules that its functions come
from, all that these import, and the data files that they name. Whatever cannot be followed counts for every criterion,
so that a finding is rather made again than kept wrongly.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

from grader.assignment import Assignment
from grader.batch.basis import Basis
from grader.batch.fingerprint import Fingerprint, Unfollowed
from grader.batch.own_files import OwnFiles
from grader.collect.drawn import drawn
from grader.inside.hidden_weights import hidden_digest
from grader.probes import weights_seed
from grader.rubric import Criterion


class RestsOn:
    """The digests for one batch's assignment."""

    def __init__(self, basis: Basis) -> None:
        self._assignment: Assignment = basis.assignment
        self._basis = basis
        self._files = OwnFiles(basis.assignment.folder)
        self._of_functions: dict[str, str | None] = {}

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """By criterion; one that is not there is always judged again."""
        found = {rule.id: self._digest(rule) for rule in self._assignment.rubric}
        return {name: digest for name, digest in found.items() if digest is not None}

    def of_function(self, name: str) -> str | None:
        """The digest for a function by its module and name, as `grader.kept` names it; None if nobody can tell."""
        if name not in self._of_functions:
            function = _function(name)
            self._of_functions[name] = None if function is None else self._rests_on(name, function)
        return self._of_functions[name]

    @cached_property
    def _common(self) -> str:
        """Of the grader's own code, the versions of packages, what submissions are asked, and what is drawn for it."""
        seed = self._basis.seed
        numbers = f"{drawn(self._assignment, seed)} {hidden_digest(weights_seed(seed))}"
        return f"{self._basis.library} {self._basis.asked_with} {sys.version} {numbers}"

    def _digest(self, rule: Criterion) -> str | None:
        return self._rests_on(str(rule.id in self._assignment.report_rules), rule.check, rule.shows)

    def _rests_on(self, words: str, *functions: Callable[..., Any] | None) -> str | None:
        taken = Fingerprint(self._assignment.folder)
        try:
            told = [taken.of(function) for function in functions]
        except (Unfollowed, ValueError, RecursionError, OSError):
            return None
        files = self._files.seen_from(taken.sources)
        parts = [self._common, words, *told, *map(self._of_file, files)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

    def _of_file(self, path: Path) -> str:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{path.relative_to(self._assignment.folder)} {content}"


def _function(name: str) -> FunctionType | None:
    """The function of a module that is imported."""
    module, _, place = name.partition(":")
    found = getattr(sys.modules.get(module), place, None)
    return found if isinstance(found, FunctionType) else None
