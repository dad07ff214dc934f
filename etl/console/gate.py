"""What every request passes before anything else: size, origin, session, token; and the headers of every answer."""

import hmac
import logging
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.console.live import CSRF_HEADER
from etl.console.sessions import Session
from etl.unforeseen import ANY_FAILURE, as_failure

LOG = logging.getLogger("etl.console")
COOKIE = "hearthmap_console"
MOST_BODY_BYTES = 1_000_000
"""An uploaded list stays in memory; about 60,000 ids."""
_OPEN = ("/sign-in", "/healthz")
_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}

FindSession = Callable[[str, bool], Session | None]
"""A session's id, and whether a person asked: whose session it is."""


class Gate:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, *, find: FindSession, hashes: Callable[[], tuple[str, ...]]) -> None:
        self.app, self._find, self._hashes = app, find, hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        if _is_callback(scope):
            body = await _whole(receive)
            if body is None:
                return  # whoever asked has gone on to another page
            receive = _again(body, receive)
        try:
            refusal = await self._refusal(scope)
            await (refusal or self.app)(scope, receive, send_on)
        except ANY_FAILURE as error:  # the last resort: no detail for the reader, no value in the log
            LOG.error("a request failed: %s", as_failure(error).what)
            if not begun:
                await PlainTextResponse("Something went wrong here.", 500)(scope, receive, send_on)

    async def _refusal(self, scope: Scope) -> Response | None:
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Not allowed.", 405)
        if method == "POST" and (refused := _posted_wrongly(headers)):
            return refused
        session_id = cookie_of(headers)
        automatic = path.startswith("/_dash")
        session = await run_in_threadpool(self._find, session_id, not automatic) if session_id else None
        scope.setdefault("state", {})["session"] = session
        if path in _OPEN or path.startswith("/assets/"):
            return None
        if session is None:
            return PlainTextResponse("Sign in.", 401) if automatic or method == "POST" else _to_sign_in()
        if method == "POST" and automatic and not same_token(headers.get(CSRF_HEADER, ""), session):
            return PlainTextResponse("This request did not come from a page of the console.", 403)
        return None

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _SECURITY.items():
            headers[name] = value
        headers["content-security-policy"] = _policy(self._hashes())
        static = scope["path"].startswith(("/assets/", "/_dash-component-suites/"))
        headers["cache-control"] = "private, max-age=86400" if static else "no-store"


def _is_callback(scope: Scope) -> bool:
    """Whether Dash will read its body, which it takes for granted."""
    posted = scope["method"] == "POST" and scope["path"].startswith("/_dash")
    return bool(posted) and _posted_wrongly(Headers(scope=scope)) is None


async def _whole(receive: Receive) -> bytes | None:
    """The body, read before anything else is done; None where its sender is gone before it was there."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read once more, whether its sender is still there or not."""
    waiting = [body]

    async def received() -> Message:
        return {"type": "http.request", "body": waiting.pop()} if waiting else await receive()

    return received


def same_token(given: str, session: Session) -> bool:
    """Whether what came with an act is the session's token."""
    return hmac.compare_digest(given.encode(), session.token.encode())


def cookie_of(headers: Headers) -> str | None:
    """The session's id that the browser sent."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None else None


def _posted_wrongly(headers: Headers) -> Response | None:
    """What another site's page may send, or what is too long."""
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        return PlainTextResponse("The request is too long.", 413)
    origin = headers.get("origin")
    same = urlsplit(origin).netloc == headers.get("host") if origin else headers.get("sec-fetch-site") == "same-origin"
    return None if same else PlainTextResponse("This request did not come from a page of the console.", 403)


def _to_sign_in() -> Response:
    return RedirectResponse("/sign-in", 303)


def _policy(hashes: tuple[str, ...]) -> str:
    """This host only; inline scripts only by hash. Styles may be inline, because Dash sets them."""
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
