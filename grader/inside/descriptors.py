"""Messages with open descriptors, between processes of one machine."""

from __future__ import annotations

import array
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

_MESSAGE_BYTES, _MAX_DESCRIPTORS = 1 << 16, 16


def send_message(sock: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send a JSON object and copies of `descriptors` as one packet."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())
    sock.sendmsg([json.dumps(dict(message)).encode()], [rights] if descriptors else [])


def receive_message(sock: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next packet's object and descriptors, closed on exec; None when the other end has hung up."""
    descriptors = array.array("i")
    # `socket.recv_fds` has no way to say that programs started later must not inherit what it receives.
    data, ancillary, _, _ = sock.recvmsg(
        _MESSAGE_BYTES, socket.CMSG_LEN(_MAX_DESCRIPTORS * descriptors.itemsize), socket.MSG_CMSG_CLOEXEC
    )
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return json.loads(data) if data else None, list(descriptors)
