"""Answers that were given before, kept as they went over the wire: the same question gets the same bytes.

A callback's answer, and an interactive page as a whole, depend on the address, on what the browser has drawn, on the
language and on the releases on offer. All of that is in the key, so nothing here is ever flushed. A question that holds
anything else (a text somebody typed, a shape somebody drew, a pinned release that may be withdrawn) is not kept.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

import anyio
from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.frame.ids import LOCATION
from portal.view import View

CALLBACK = "/_dash-update-component"
MOST_BYTES = 64_000_000
"""Of answers, in one worker process."""
DRAWN = "-drawn"
"""Ending of the ids of stores that say what a page shows: `[shapes, view]`, or the view alone."""


@dataclass(frozen=True, slots=True)
class _Kept:
    headers: list[tuple[bytes, bytes]]
    body: bytes


class KeptAnswers:
    """An ASGI layer outside the compression, so that what it keeps is compressed already.

    state: names what the site offers now (releases, freshness, day) and the language of the answer. Part of each key.
    pages: whether the page at a path may be kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        state: Callable[[], Hashable],
        pages: Callable[[str], bool],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.app = app
        self._state = state
        self._pages = pages
        self._most = most_bytes
        self._size = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()
        self._working: dict[Hashable, anyio.Event] = {}
        """Questions being answered: whoever asks the same meanwhile waits for that answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._concerns(scope):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive) if scope["method"] == "POST" else b""
        if body is None:
            return  # whoever asked has gone on to another page
        again = _replay(body) if scope["method"] == "POST" else receive
        question = _asked(scope, body) if scope["method"] == "POST" else _page(scope)
        if question is None:
            await self.app(scope, again, send)
            return
        headers = Headers(scope=scope)
        host = () if body else (scope["scheme"], headers.get("host", ""))  # pages name their own address
        packed = "gzip" in headers.get("accept-encoding", "")
        state = self._state()
        key = (question, packed, host, state)
        while key in self._working:
            await self._working[key].wait()
        kept = self._find(key)
        if kept is not None:
            await _answer(kept, headers, send)
            return
        done = self._working[key] = anyio.Event()
        try:
            await self.app(scope, again, self._keeping(key, state, send))
        finally:
            del self._working[key]
            done.set()

    def _concerns(self, scope: Scope) -> bool:
        if scope["method"] == "POST":
            return bool(scope["path"] == CALLBACK)
        return scope["method"] == "GET" and self._pages(scope["path"])

    def _find(self, key: Hashable) -> _Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, answer: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += len(answer.body) - (len(before.body) if before else 0)
            self._kept[key] = answer
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1].body)

    def _keeping(self, key: Hashable, state: Hashable, send: Send) -> Send:
        """Passes an answer on and keeps it once it has ended well, over the offer it was asked of.

        Where a release came meanwhile, it may hold that one's figures: kept under the offer before, they would come
        back when that release is taken back.
        """
        start: Message = {}
        parts: list[bytes] = []

        async def send_on(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = {**message, "headers": list(message["headers"])}
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False) and start.get("status") == 200 and self._state() == state:
                    self._keep(key, _Kept(start["headers"], b"".join(parts)))
            await send(message)

        return send_on


def _asked(scope: Scope, body: bytes) -> Hashable | None:
    """What a callback is asked: which outputs, for which address, over what is drawn. None for any other input."""
    try:
        asked: dict[str, Any] = json.loads(body)
        given = [*asked.get("inputs", ()), *asked.get("state", ())]
        values = {f"{each['id']}.{each['property']}": each.get("value") for each in given}
        output = str(asked["output"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    search = values.pop(f"{LOCATION}.search", None) or ""
    path = values.pop(f"{LOCATION}.pathname", None) or ""
    if not isinstance(search, str) or not isinstance(path, str):
        return None
    view = View.read(search)
    if _passing(view) or not all(name.endswith(f"{DRAWN}.data") for name in values):
        return None
    drawn = tuple(_drawn(values[name], view) for name in sorted(values))
    # `asked` names what else the browser sends (which inputs changed): callbacks here do not look at it.
    return _digest(output, path, view.query(), drawn)


def _drawn(value: Any, view: View) -> tuple[str, bool]:
    """Of what is drawn only two things matter: which shapes, and whether it is what the address asks."""
    shapes, shown = value if isinstance(value, list) and len(value) == 2 else ("", value)
    return str(shapes), shown == view.query()


def _page(scope: Scope) -> Hashable | None:
    view = View.read(QueryParams(scope["query_string"]))  # as the page reads it: else one view's answer is another's
    return None if _passing(view) else _digest(scope["path"], view.query())


def _passing(view: View) -> bool:
    """Whether an answer is forgotten at once: a pinned release may be withdrawn, a drawn shape is its reader's own."""
    return view.as_of is not None or view.shape is not None


def _digest(*parts: object) -> str:
    """Addresses are somebody's questions: they are kept as a hash."""
    return sha256(repr(parts).encode()).hexdigest()


async def _whole(receive: Receive) -> bytes | None:
    """The body; None where its sender is gone before it was there."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(kept: _Kept, headers: Headers, send: Send) -> None:
    tag = next((value for name, value in kept.headers if name == b"etag"), b"").decode("latin-1")
    known = headers.get("if-none-match", "").removeprefix("W/")
    if tag and known == tag.removeprefix("W/"):
        await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", tag.encode("latin-1"))]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
    await send({"type": "http.response.body", "body": kept.body})
