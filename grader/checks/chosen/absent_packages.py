"""Packages that are not installed where work is graded: their absence is no fault of the student's."""

from __future__ import annotations

import re

from grader.evidence import Evidence, MissingEvidence
from grader.inside.third_party import NAMES

_MODULE = re.compile(r"No module named '(\w+)")
_USED = re.compile(r"(\w+)(?:\.\w+)+ is used, but the package is not installed")  # what stand-ins say
_NAME = re.compile(r"NameError: name '(\w+)' is not defined")


def absent_packages(evidence: Evidence) -> dict[str, str]:
    """By absent package the lines of the program about its import."""
    found = {}
    for error in evidence.errors():
        named = _MODULE.search(error["message"])
        if error["kind"] == "ModuleNotFoundError" and named and named[1] in NAMES:
            found[named[1]] = "\n".join(error["code"])
    return found


def excuse_absent(evidence: Evidence, *errors: object) -> None:
    """Raises MissingEvidence, ours, if one of these errors comes from an absent package."""
    for error in errors:
        if not isinstance(error, str):
            continue
        if used := _USED.search(error):
            raise MissingEvidence(f"the network needs the package {used[1]}, which is not installed here", ours=True)
        name, module = _NAME.search(error), _MODULE.search(error)
        for package, lines in absent_packages(evidence).items():
            if (name and re.search(rf"\b{name[1]}\b", lines)) or (module and module[1] == package):
                raise MissingEvidence(
                    f"the network needs the package {package}, which is not installed here ({error[:200]})", ours=True
                )
