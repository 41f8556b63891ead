"""Jinja templates, locked: everything is escaped, and an unknown name is an error."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import jinja2

from grader.report.page.paths import TEMPLATES
from grader.report.wording import sentence


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["sentence"] = sentence
    return environment


def render(name: str, **context: object) -> str:
    """The HTML of a template. Strings in `context` are data: they are escaped, never compiled."""
    return _environment().get_template(name).render(**context)


def compile_all(names: Iterable[str]) -> None:
    """Compile these templates, so that none has to be when it is rendered."""
    for name in names:
        _environment().get_template(name)
