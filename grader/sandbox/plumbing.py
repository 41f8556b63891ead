"""The descriptors between the grader and a box: a socket for frames, a pipe for console text, files in memory."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Plumbing:
    """Our ends of a box's channel and console, and the box's."""

    channel: socket.socket
    console: int
    channel_end: socket.socket
    console_end: int


@contextlib.contextmanager
def plumbing() -> Iterator[Plumbing]:
    """Make the ends; afterwards the box's are closed on this side, and ours too if there was an error."""
    with contextlib.ExitStack() as if_it_fails, contextlib.ExitStack() as theirs:
        channel, channel_end = socket.socketpair()
        if_it_fails.callback(channel.close)
        theirs.callback(channel_end.close)
        console, console_end = os.pipe()
        if_it_fails.callback(os.close, console)
        theirs.callback(os.close, console_end)
        yield Plumbing(channel, console, channel_end, console_end)
        if_it_fails.pop_all()


def memory_file(content: bytes, opened: contextlib.ExitStack) -> int:
    """A descriptor from which `content` can be read once, closed with `opened`."""
    descriptor = os.memfd_create("grader")
    opened.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
