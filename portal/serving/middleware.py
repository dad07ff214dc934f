"""What every answer passes through: the log without query strings, figures for operators, headers, a size limit."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.errors import where
from portal.frame.bundle import FOR_EVER
from portal.language import offered, pick, speaking
from portal.view import View

LOG = logging.getLogger("portal.access")
MOST_BODY_BYTES = 512_000
"""A callback sends what its controls hold: a few kilobytes."""

_OPEN_PATHS = ("/download/", "/geo/", "/keys/", "/data.json")
_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
}


@dataclass
class Tally:
    """Requests by (first path segment, status), and seconds spent. Of this process since it started."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, label: str, status: int, seconds: float) -> None:
        self.requests[label, status] += 1
        self.seconds[label] += seconds  # type: ignore[assignment]  # a Counter of floats adds up all the same


def content_policy() -> str:
    """The Content-Security-Policy: this host only; no inline scripts; workers of the map from blobs.

    Styles may be inline because charts, grids and controls set them while they draw.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "child-src 'self' blob:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        ]
    )


class Gate:
    """The outermost layer: adds headers, logs path and status only, counts, and answers what nobody else caught."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        tally: Tally,
        label: Callable[[str], str],
        policy: str,
        failure: Callable[[Scope], ASGIApp],
    ) -> None:
        self.app = app
        self.tally = tally
        self.label = label
        self.policy = policy
        self.failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, begun = time.perf_counter(), 500, False

        async def send_on(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                self._add_headers(scope["path"], scope["query_string"], MutableHeaders(scope=message))
            await send(message)

        try:
            if _too_long(scope):
                await PlainTextResponse("The request is too long.", 413)(scope, receive, send_on)
            else:
                await self.app(scope, receive, send_on)
        except Exception as error:  # noqa: BLE001 - the last resort: a page without any detail, a log without values
            LOG.error("%s failed: %s", self.label(scope["path"]), where(error))
            if not begun:
                await self.failure(scope)(scope, receive, send_on)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _add_headers(self, path: str, query: bytes, headers: MutableHeaders) -> None:
        for name, value in _SECURITY.items():
            headers.setdefault(name, value)
        if path.startswith("/embed/"):
            del headers["x-frame-options"]
        if path.startswith(("/embed/", "/still/")):  # for other sites
            headers["cross-origin-resource-policy"] = "cross-origin"
        if headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("content-security-policy", self.policy)
        if path.startswith(_OPEN_PATHS):
            headers["access-control-allow-origin"] = "*"
            headers["access-control-expose-headers"] = "ETag, Content-Length, Content-Range, Content-Disposition"
            headers.setdefault("cross-origin-resource-policy", "cross-origin")
        elif path.startswith("/assets/") and b"v=" in query:
            headers.setdefault("cache-control", FOR_EVER)
        headers.setdefault("cache-control", "no-cache")

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        label = self.label(scope["path"])
        self.tally.add(label, status, seconds)
        LOG.info("%s %s %d %.0f ms", scope["method"], label, status, seconds * 1000)


class Speech:
    """Around everything: the language of each answer, by its address, else the reader's browser, else the city.

    Below it every function knows the language (`portal.language`), also in the threads that answer pages.
    """

    def __init__(self, app: ASGIApp, *, city: Callable[[], Sequence[str]]) -> None:
        self.app = app
        self.city = city

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = View.read(QueryParams(scope["query_string"])).lang
        accepted = Headers(scope=scope).get("accept-language", "")
        with speaking(pick(asked, accepted, self.city), in_address=asked in offered()):
            await self.app(scope, receive, send)


def _too_long(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    length = Headers(scope=scope).get("content-length", "")
    return not length.isdigit() or int(length) > MOST_BODY_BYTES
