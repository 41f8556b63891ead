"""The desk's server: on this machine alone, unless somebody says otherwise."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn

from grader.desk.app import app
from grader.desk.desk import Desk
from grader.errors import UserError

TABLE_EVERY_S = 20.0
WAITING = 128  # browsers that may knock before the door is open


class ServeError(UserError):
    """The desk cannot be reached as it was asked for. The message is for the TA."""


@dataclass(frozen=True)
class Listening:
    """Where the desk listens. `address` is what people type, where a proxy stands before it."""

    host: str = "127.0.0.1"
    port: int = 0
    address: str = ""


def bound(where: Listening) -> socket.socket:
    """The socket, already listening: the address that is printed is the desk's own. Raises ServeError."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(WAITING)
    except OSError as error:
        raise ServeError(
            f"expected to listen on {where.host}:{where.port}, found: {error.strerror}\nhint: give another --port"
        ) from error
    return listener


def hosts_of(where: Listening, port: int) -> list[str]:
    """The addresses that a browser may have asked for, as it says them."""
    names = ["127.0.0.1", "localhost", *([where.host] if where.host not in ("0.0.0.0", "::", "") else [])]  # noqa: S104
    found = [f"{f'[{name}]' if ':' in name else name}:{port}" for name in dict.fromkeys(names)]
    if where.address:
        netloc = urlsplit(where.address).netloc
        if not netloc:
            raise ServeError(f"--address: expected one such as https://marking.example.org, found {where.address!r}")
        found.append(netloc)
    return found


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """What ends a service or closes a terminal raises KeyboardInterrupt here, as Ctrl-C does: marks are written into
    the table, and no work of students is left behind.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    # The server listens to this one itself: it lets the pages that are being made be made, and then raises it again.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if before[signal.SIGHUP] is not signal.SIG_IGN:  # as `nohup` sets it
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(desk: Desk, where: Listening, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. Raises ServeError."""
    with bound(where) as listener:
        port = listener.getsockname()[1]
        desk.cookie = f"grader-{port}"
        hosts = hosts_of(where, port)
        base = where.address.rstrip("/") or f"http://{hosts[0] if where.host != '0.0.0.0' else hosts[1]}"  # noqa: S104
        say(f"{base}/?key={desk.secret}")
        pages = app(desk, hosts, secure=where.address.startswith("https:"))
        server = uvicorn.Server(
            uvicorn.Config(pages, log_level="warning", access_log=False, server_header=False, lifespan="off", ws="none")
        )
        ended = threading.Event()
        threading.Thread(target=_keep_table, args=(desk, ended), daemon=True).start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            ended.set()
            desk.write_table()


def _keep_table(desk: Desk, ended: threading.Event) -> None:
    """`grades.csv` follows the marks at a distance: it holds the whole class, a mark one student."""
    seen = None
    while not ended.wait(TABLE_EVERY_S):
        now = desk.roll.now()
        if now is not seen:
            desk.write_table()
            seen = now
