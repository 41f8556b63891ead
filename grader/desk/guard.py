"""Who may talk to the desk: a browser that has its secret, from its own pages, at its own address."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SAFE = ("GET", "HEAD")
MOST_BYTES = 1 << 20  # of a form


@dataclass(frozen=True)
class Guard:
    """Stands before the pages. `hosts` are the addresses under which the desk is reached, as in `Host`.

    Refused: another host (DNS that was pointed here), a form of another site, a browser without the secret.
    """

    app: ASGIApp
    secret: str
    hosts: Collection[str]
    cookie: str
    secure: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in there)]
            await send(message)

        refused = self._refusal(scope)
        await (refused or self.app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return PlainTextResponse("this desk is not reached under that name", 421)
        if scope["method"] not in SAFE and not self._is_ours(headers):
            return PlainTextResponse("a form of another site was refused", 403)
        if not 0 <= _length(scope["method"], headers) <= MOST_BYTES:
            return PlainTextResponse(f"expected a form of at most {MOST_BYTES >> 20} MiB that tells its length", 413)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[0]
        if given and _same(given, self.secret):
            return self._welcome(scope)
        if not _same(_cookie(headers, self.cookie), self.secret):
            return PlainTextResponse("open the address that `grader review` printed", 401)
        return None

    def _is_ours(self, headers: Headers) -> bool:
        """Browsers say where a form was sent from; where they do not, the token in the form decides."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in ("same-origin", "none")
        return origin is None or urlsplit(origin).netloc in self.hosts

    def _welcome(self, scope: Scope) -> Response:
        """The secret leaves the address, where others might read it, and becomes a cookie."""
        answer = RedirectResponse(f"/{scope['path'].lstrip('/')}", 303)
        answer.set_cookie(self.cookie, self.secret, httponly=True, samesite="strict", path="/", secure=self.secure)
        return answer


def _length(method: str, headers: Headers) -> int:
    """The bytes that come with a request; below 0 where a form does not tell."""
    told = headers.get("content-length", "")
    if told.isdecimal():
        return int(told)
    return 0 if method in SAFE else -1


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _cookie(headers: Headers, name: str) -> str:
    pairs = (part.strip().partition("=") for value in headers.getlist("cookie") for part in value.split(";"))
    return next((value for key, _, value in pairs if key == name), "")
