"""Notebooks that are large because of what is saved in them: pictures and other outputs."""

from __future__ import annotations

import re

MAX_TOKENS = 5_000_000
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_EMPTY = {b'"outputs"': b"[]", b'"attachments"': b"{}"}


def without_outputs(content: bytes) -> bytes | None:
    """The same notebook without outputs and attached pictures; None if it is no JSON that can be told apart.

    It is read as a row of strings and brackets, which costs neither memory nor depth whatever it holds.
    """
    kept, start, depth, until = [], 0, 0, -1
    dropping, name = b"", b""
    for count, token in enumerate(_TOKEN.finditer(content)):
        if count > MAX_TOKENS:
            return None
        text = token[0]
        if text in (b"]", b"}"):
            depth -= 1
            if depth == until:
                kept.append(_EMPTY[dropping])
                start, until = token.end(), -1
        elif text in (b"[", b"{"):
            if until < 0 and name in _EMPTY and _follows(content, token.start()):
                kept.append(content[start : token.start()])
                dropping, until = name, depth
            depth += 1
        name = text
    if depth or until >= 0 or not kept:
        return None
    return b"".join((*kept, content[start:]))


def _follows(content: bytes, at: int) -> bool:
    """Whether what begins here is a name's value."""
    return content[max(0, at - 40) : at].rstrip().endswith(b":")
