"""Exhibits as the JSON in which they are kept beside a grade."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field, TypeAdapter

from grader.exhibit import Exhibit

Shown = Mapping[str, tuple[Exhibit, ...]]
_EXHIBITS: TypeAdapter[dict[str, tuple[Exhibit, ...]]] = TypeAdapter(
    dict[str, tuple[Annotated[Exhibit, Field(discriminator="kind")], ...]]
)


def as_json(shown: Shown) -> bytes:
    """The exhibits of each criterion. Raises TypeError or ValueError for what cannot be kept."""
    # Not pydantic's JSON, which has null for NaN and infinity and then does not read it.
    return json.dumps(plain(shown), default=number).encode()


def plain(shown: Shown) -> dict[str, Any]:
    """The exhibits as dictionaries, lists, texts and numbers."""
    return _EXHIBITS.dump_python(dict(shown), warnings=False)  # type: ignore[no-any-return]


def exhibits_of(value: Any) -> dict[str, tuple[Exhibit, ...]]:
    """What `plain` made of them. Raises ValueError."""
    return _EXHIBITS.validate_python(value)


def number(value: object) -> Any:
    """A number of NumPy's as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"an object of type {type(value).__name__}")


def from_json(content: bytes) -> dict[str, tuple[Exhibit, ...]]:
    """What `as_json` wrote. Raises ValueError."""
    return exhibits_of(json.loads(content))
