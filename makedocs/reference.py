"""The pages that are made from the code: commands, settings, `grade.json`, building blocks' assignments.

`python -m makedocs.reference` writes them; `tests/docs/test_made_pages.py` holds that they are up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from grader.cli import HELP, main
from grader.commands import settings
from grader.gradebook.grade_schema import json_schema
from makedocs import assignments, measured

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MADE = "<!-- made by makedocs/reference.py: change the code, then run make docs -->\n\n"
# By variable: what it is for. A test holds that the grader reads no other variable of its own.
ENVIRONMENT = {
    "GRADER_REFERENCE": "the folder of assignments, where `--reference` is not given",
    "GRADER_AUTHOR": "who gives marks, where `--as` is not given (else your login)",
    "XDG_CACHE_HOME": "where the list of matplotlib's fonts is kept, in its folder `grader` (else `~/.cache`)",
}
EXIT = {
    "0": "all is done and graded, whatever the points",
    "1": "something needs a person: an ungraded mark, a report that could not be made, a failed check",
    "2": "wrong usage, with a message that says what was expected; nothing was changed",
    "130": "interrupted with Ctrl-C; to resume, run the same command again",
}
FILES = {
    "grades.csv": "one row per student: `student`, `points`, `points_possible`, `late_penalty`, `status`, then a "
    "column per criterion; `sandbox` and `by_hand` at the end where they say something",
    "gradebook.sqlite": "every attempt, grade, mark and action; append-only",
    "class.pdf, class.html": "the class report, for paper and for a browser",
    "extensions.csv": "the extensions that hold, as they were given last",
    "STUDENT/grade.json": "the grade for other programs, as below",
    "STUDENT/feedback.pdf, feedback.html": "the student's report",
    "STUDENT/marking.html": "what helps a person to grade the rest; there where a person grades",
    "STUDENT/exhibits.json": "figures and tables of the findings, as data",
    "STUDENT/findings.json": "what was found for each criterion, what checks worked out and what both rest on, for "
    "`regrade`; may be removed",
    "STUDENT/evidence/": "the raw data that came back of the sandbox: `evidence.json`, `arrays.safetensors`",
    "export/": "what `grader export` made",
    "leaderboard.csv, leaderboard.html": "what `grader leaderboard` made",
    ".desk.sqlite": "what the marking desk remembers; it may be removed",
}


def pages() -> dict[str, str]:
    """Every made page by its path under `docs/`."""
    return {
        "reference/commands.md": commands_page(),
        "reference/settings.md": settings_page(),
        "reference/files.md": files_page(),
        "reference/grade.schema.json": json.dumps(json_schema(), indent=1) + "\n",
        **measured.pages(),
        **assignments.pages(),
    }


def commands_page() -> str:
    """`--help` of every command."""
    parts = [f"{MADE}# Commands\n\nEvery command says this with `--help`.\n"]
    for path, command in _commands("grader", main):
        level = "#" * min(path.count(" ") + 2, 3)
        parts.append(f"{level} {path}\n\n```text\n{_help(path, command)}\n```\n")
    return "\n".join(parts)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _commands(f"{path} {name}", command.commands[name])


def _help(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=HELP["max_content_width"], **_names())  # type: ignore[arg-type]
    return command.get_help(context).rstrip()


def _names() -> dict[str, list[str]]:
    return {"help_option_names": HELP["help_option_names"]}  # type: ignore[dict-item]


def settings_page() -> str:
    """`grader.toml`, the environment and exit statuses."""
    keys = {f"`{key}`": f"{_option(name)} | {_takers(name)}" for key, name in settings.KEYS.items()}
    return "\n".join(
        [
            f"{MADE}# Settings, environment, exit statuses\n",
            f"## `{settings.CONFIG}`\n",
            "In the folder where a TA works; it stands for options that are not given. Paths are relative to it.\n",
            _table("key | what | commands that take it", keys),
            "## Environment\n",
            _table("variable | what", {f"`{name}`": what for name, what in ENVIRONMENT.items()}),
            "## Exit statuses\n",
            _table("status | what", EXIT),
        ]
    )


def _takers(parameter: str) -> str:
    found = settings.defaults(main, dict.fromkeys(settings.KEYS, ""))
    return ", ".join(sorted(_with(found, parameter)))


def _with(defaults: Mapping[str, object], parameter: str, path: str = "") -> Iterator[str]:
    for name, value in defaults.items():
        if isinstance(value, dict):
            if parameter in value and not isinstance(value[parameter], dict):
                yield f"`{path}{name}`"
            yield from _with(value, parameter, f"{path}{name} ")


def _option(parameter: str) -> str:
    """What the help says of it; `grader grade` first."""
    for _, command in sorted(_commands("grader", main), key=lambda one: one[0] != "grader grade"):
        for option in command.params:
            if option.name == parameter and isinstance(option, click.Option) and option.help:
                return option.help.partition(" (default")[0].rstrip(".").replace("|", "\\|")
    return ""


def files_page() -> str:
    """What lies in a folder of results, and `grade.json` field by field."""
    schema = json_schema()
    parts = [
        f"{MADE}# Files\n",
        "## A folder of results\n",
        _table("file | what it is", {f"`{name}`": what for name, what in FILES.items()}),
        "## `grade.json`\n",
        "As [JSON Schema](grade.schema.json). Fields are added in later versions, and never change what they mean.\n",
        _fields(schema),
    ]
    for name, one in schema["$defs"].items():
        parts += [f"### {name}\n", f"{one['description']}\n", _fields(one)]
    return "\n".join(parts)


def _fields(schema: Mapping[str, object]) -> str:
    required, found = schema["required"], {}
    for name, field in schema["properties"].items():  # type: ignore[attr-defined]
        always = "yes" if name in required else "no"  # type: ignore[operator]
        found[f"`{name}`"] = f"{_type(field)} | {always} | {field.get('description', '')}"
    return _table("field | type | always there | what it is", found)


def _type(field: Mapping[str, object]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])  # type: ignore[attr-defined]
    if "enum" in field:
        return " or ".join(f"`{one}`" for one in field["enum"])  # type: ignore[attr-defined]
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"  # type: ignore[arg-type]
    return str(field["type"])


def _table(head: str, rows: Mapping[str, str]) -> str:
    line = " | ".join("---" for _ in head.split(" | "))
    body = "".join(f"| {name} | {what} |\n" for name, what in rows.items())
    return f"| {head} |\n| {line} |\n{body}"


def write() -> list[str]:
    """Write every made page that is not as it should be; which they are."""
    changed = []
    for name, content in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
            changed.append(name)
    return changed


if __name__ == "__main__":
    for name in write():
        click.echo(f"docs/{name}")
