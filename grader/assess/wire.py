"""What an assessing process sends back: lines of JSON of limited size, from which findings are made again.

The process has worked on hostile data, so nothing of it is unpickled; what does not fit is refused.
"""

from __future__ import annotations

import json
import socket
import struct
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.finding import Finding, Outcome
from grader.gradebook import kept_exhibits
from grader.readings.kept import WorkedOut

MOST_BYTES = 16 << 20  # of one message, which is a finding with its figures and tables
_LENGTH = struct.Struct("<I")
_TEXTS = TypeAdapter(tuple[str, ...])


class NotUnderstood(ValueError):
    """A message that is none, or too large a one."""


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as JSON holds it."""
    return {
        "outcome": str(finding.outcome),
        "message": finding.message,
        "hint": finding.hint,
        "credit": str(finding.credit),
        "details": list(finding.details),
        "exhibits": kept_exhibits.plain({"": finding.exhibits})[""],
    }


def finding_of(value: object) -> Finding:
    """The finding again. Raises NotUnderstood."""
    try:
        return _finding(value)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, ValidationError) as error:
        raise NotUnderstood(f"expected a finding, found {str(error)[:300]}") from error


def worked_out_of(value: object) -> WorkedOut:
    """What was worked out, by function and by what it was asked; nothing in place of anything else."""
    if not isinstance(value, dict) or not all(isinstance(found, dict) for found in value.values()):
        return {}
    return {str(name): dict(found) for name, found in value.items()}


def _finding(value: Any) -> Finding:
    message, hint = value["message"], value["hint"]
    if not isinstance(message, str) or not isinstance(hint, str | None):
        raise TypeError("a message that is no text")
    return Finding(
        Outcome(value["outcome"]),
        message,
        hint,
        Fraction(value["credit"]),
        _TEXTS.validate_python(value["details"]),
        kept_exhibits.exhibits_of({"": value["exhibits"]})[""],
    )


def encoded(message: dict[str, Any]) -> bytes:
    """A message with its length before it. Raises NotUnderstood for what JSON cannot hold, and if it is too large."""
    text = text_of(message).encode()
    if len(text) > MOST_BYTES:
        raise NotUnderstood(
            f"expected at most {MOST_BYTES >> 20} MiB of text, figures and tables, found {len(text) >> 20} MiB"
        )
    return _LENGTH.pack(len(text)) + text


def text_of(message: dict[str, Any]) -> str:
    """A message as JSON. Raises NotUnderstood for what JSON cannot hold."""
    try:
        return json.dumps(message, default=kept_exhibits.number)
    except (TypeError, ValueError) as error:
        raise NotUnderstood(f"expected plain data, found {error}") from error


def receive(stream: socket.socket) -> dict[str, Any] | None:
    """Wait for the next message; None when the other end has hung up. Raises NotUnderstood."""
    start = _exactly(stream, _LENGTH.size)
    if start is None:
        return None
    (length,) = _LENGTH.unpack(start)
    if length > MOST_BYTES:
        raise NotUnderstood(f"expected at most {MOST_BYTES} bytes, {length} are announced")
    text = _exactly(stream, length)
    if text is None:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("expected JSON") from error
    if not isinstance(message, dict):
        raise NotUnderstood(f"expected a JSON object, found {type(message).__name__}")
    return message


def _exactly(stream: socket.socket, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        part = stream.recv(min(size - len(found), 1 << 20))
        if not part:
            return None
        found += part
    return bytes(found)
