"""Which configuration the name of a curve tells, as students write names."""

from __future__ import annotations

import re

from .cases import CASES, Configuration

SKIP = r"(?:skip|residual|shortcut|identity|(?<![a-z])sc(?![a-z])|跳跃|残差)"
BATCH = (
    r"(?:batch(?:[\s-]*norm\w*|(?![a-z])(?!\s*(?:size|of|[=\d])))"  # but not: batch size, batch of 100
    r"|normali[sz]ation|(?<![a-z])bn(?![a-z])|批\w{0,1}归一化)"
)
_WITHOUT = r"(?:(?<![a-z])(?:no|not|non|without|w/o|sans|ohne|sin|senza)[\s-]+(?:the\s+|any\s+)?|无|没有)"
_AFTER = r"(?:\s*(?:connections?|blocks?|ions?))?[\s\"'):=,|]*"


def named(label: str) -> Configuration | None:
    """The configuration that a curve's name tells; None if it names neither flag and does not say that it has none.

    A flag that is not named is off: `batch norm only`, `skip`.
    """
    text = re.sub(r"[_{}$\\]+", " ", label).lower()
    skip, batch = _flag(text, SKIP), _flag(text, BATCH)
    if skip is None and batch is None and not re.search(r"\b(?:none|plain|neither|baseline|vanilla)\b|^无$", text):
        return None
    return next(case for case in CASES if (case.skip, case.batch) == (bool(skip), bool(batch)))


def _flag(text: str, words: str) -> bool | None:
    if re.search(rf"{_WITHOUT}{words}", text) or re.search(rf"{words}{_AFTER}(?:false|off|disabled|0)(?!\w)", text):
        return False
    if re.search(rf"{words}(?:\s*connections?)?\s*[:=]\s*no\b", text):
        return False
    return True if re.search(words, text) else None
