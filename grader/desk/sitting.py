"""One TA at one browser: the name that marks bear, and how they like to go through the class."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast, get_args
from urllib.parse import quote, unquote

from grader.desk.queue import By, Order, Wish
from grader.desk.recording import CannotRecord, author_of


@dataclass(frozen=True)
class Sitting:
    """Kept in a cookie. `session` tells two browsers of one person apart."""

    name: str = ""
    by: By = "criterion"
    order: Order = "random"
    mine: bool = False
    anonymous: bool = False
    session: str = ""

    @property
    def wish(self) -> Wish:
        """How the TA wants to go through the class."""
        return Wish(self.by, self.order, self.mine)


def read(cookie: str) -> Sitting:
    """The sitting in a cookie; whatever makes no sense is as at the beginning."""
    try:
        found = json.loads(unquote(cookie))
    except ValueError:
        found = {}
    sitting = changed(Sitting(session=secrets.token_hex(8)), found if isinstance(found, dict) else {})
    session = found.get("session") if isinstance(found, dict) else None
    return replace(sitting, session=session) if isinstance(session, str) and 8 <= len(session) <= 32 else sitting


def changed(sitting: Sitting, given: Mapping[str, Any]) -> Sitting:
    """The sitting with what is given and allowed."""
    if isinstance(name := given.get("name"), str) and name.strip():
        with contextlib.suppress(CannotRecord):
            sitting = replace(sitting, name=author_of(name))
    if given.get("by") in get_args(By):
        sitting = replace(sitting, by=cast("By", given["by"]))
    if given.get("order") in get_args(Order):
        sitting = replace(sitting, order=cast("Order", given["order"]))
    for flag in ("mine", "anonymous"):
        if flag in given:
            sitting = _flagged(sitting, flag, on=given[flag] in (True, "1", "on", "true"))
    return sitting


def _flagged(sitting: Sitting, flag: str, *, on: bool) -> Sitting:
    return replace(sitting, mine=on) if flag == "mine" else replace(sitting, anonymous=on)


def as_cookie(sitting: Sitting) -> str:
    """What `read` reads."""
    return quote(json.dumps(asdict(sitting)))
