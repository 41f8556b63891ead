"""`grader.toml` in the folder where a TA works: what would else be given with every command.

Students' kits have a file of that name too. It has other keys, is read by what students run, and never by these
commands; what lies among submissions is never read.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from grader.errors import UserError

CONFIG = "grader.toml"
# By key: the parameter that it stands for in whatever command has it.
KEYS = {
    "assignment": "assignment_id",
    "roster": "roster_file",
    "extensions": "extensions",
    "timezone": "timezone",
    "reference": "reference",
    "results": "out",
}
OF_STUDENTS = frozenset({"folder", "checks"})
STUDENTS_COMMANDS = frozenset({"check", "deliverable", "doctor"})
OTHER_OUT = frozenset({"audit", "regrade", "export"})  # where --out is no folder of results


class SettingsError(UserError):
    """The `grader.toml` of this folder cannot be used. The message is for the TA."""


def read_settings(folder: Path) -> dict[str, str]:
    """The settings in a folder's `grader.toml`; none where there is no such file, or it is that of a student's kit.

    Raises SettingsError with everything that is wrong.
    """
    path = folder / CONFIG
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f'{path}: expected lines such as assignment = "ID", found: {error}') from None
    if OF_STUDENTS & found.keys():
        return {}
    if problems := _problems(found):
        raise SettingsError("\n".join(f"{path}: {problem}" for problem in problems))
    return {name: str(value) for name, value in found.items()}


def _problems(found: Mapping[str, Any]) -> list[str]:
    problems = [_unknown(name) for name in found if name not in KEYS]
    return problems + [
        f"{name}: expected a text, found {type(value).__name__}"
        for name, value in found.items()
        if name in KEYS and not isinstance(value, str)
    ]


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, KEYS, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown key {name!r}, expected {', '.join(KEYS)}{hint}"


def defaults(command: click.Group, settings: Mapping[str, str]) -> dict[str, Any]:
    """What click takes where an option is not given, by command and parameter.

    A `GRADER_REFERENCE` in the environment goes before the file.
    """
    values = {KEYS[name]: value for name, value in settings.items()}
    if os.environ.get("GRADER_REFERENCE"):
        values.pop("reference", None)
    return {
        name: defaults(inner, settings) if isinstance(inner, click.Group) else _of(name, inner, values)
        for name, inner in command.commands.items()
        if name not in STUDENTS_COMMANDS
    }


def _of(name: str, command: click.Command, values: Mapping[str, str]) -> dict[str, str]:
    takes = {option.name for option in command.params if isinstance(option, click.Option)}
    return {key: value for key, value in values.items() if key in takes and not (key == "out" and name in OTHER_OUT)}
