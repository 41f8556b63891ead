"""What tells the homework's network from others in a submission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLASSES = "classes"  # stands for their number among values


@dataclass(frozen=True)
class MeantNetwork:
    """Patterns of names: `named` fits the homework's network, `earlier` those of earlier homeworks.

    `values` are what to pass for a parameter without a default to which no call in the scripts gives a value, by
    patterns of its name; `classes` is what a number of classes has to be. One sample has the `shape`. Files with
    `course_module` in their names are the course's own, and no submission's.
    """

    named: str
    earlier: str
    course_module: str
    classes: int
    shape: tuple[int, ...]
    values: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, case: Mapping[str, Any]) -> MeantNetwork:
        """From a case of a probe, which holds more."""
        values = tuple((pattern, value) for pattern, value in case["values"])
        told = (case["named"], case["earlier"], case["course_module"], case["classes"], tuple(case["shape"]))
        return cls(*told, values)

    def is_named(self, name: str) -> bool:
        """Whether a name is the homework's."""
        return re.search(self.named, name, re.IGNORECASE) is not None

    def is_earlier(self, name: str) -> bool:
        """Whether a name is that of an earlier network."""
        return bool(self.earlier) and re.search(self.earlier, name, re.IGNORECASE) is not None

    def is_of_course(self, file: str) -> bool:
        """Whether a file is the course's own."""
        return bool(self.course_module) and self.course_module in file

    def is_course_module(self, name: str) -> bool:
        """Whether a module is the course's own."""
        return bool(self.course_module) and name == self.course_module

    def value_for(self, parameter: str) -> Any:
        """What is passed for a parameter of this name; None if no pattern fits."""
        found = next((value for part, value in self.values if re.search(part, parameter, re.IGNORECASE)), None)
        return self.classes if found == CLASSES else found
