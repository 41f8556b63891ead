"""Requests and answers between a worker and its grading process: bytes in, a JSON line and bytes out."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any


def host_name() -> str:
    """What this machine is called: by Slurm, where that knows it."""
    return os.environ.get("SLURMD_NODENAME") or os.uname().nodename


def read_all(stream: socket.socket) -> bytes:
    """Everything until the other end has said all."""
    found = bytearray()
    while part := stream.recv(1 << 20):
        found += part
    return bytes(found)


def ask(stream: socket.socket, content: bytes) -> dict[str, Any] | None:
    """Send a request and wait for its answer; None if the other end has gone without one."""
    try:
        stream.sendall(content)
        stream.shutdown(socket.SHUT_WR)
        found = read_all(stream)
    except (BrokenPipeError, ConnectionResetError):
        return None
    line, newline, rest = found.partition(b"\n")
    if not newline:
        return None
    answer: dict[str, Any] = json.loads(line)
    size = answer.pop("size", None)
    if size is None:
        return answer
    return {**answer, "done": rest} if len(rest) == size else None


def write_answer(stream: socket.socket, answer: Mapping[str, Any]) -> None:
    """Send an answer: its bytes, if there are any, as `done`."""
    done = answer.get("done")
    plain = {name: value for name, value in answer.items() if name != "done"}
    if done is None:
        stream.sendall(json.dumps(plain).encode() + b"\n")
    else:
        stream.sendall(json.dumps({**plain, "size": len(done)}).encode() + b"\n" + done)
    stream.shutdown(socket.SHUT_WR)
