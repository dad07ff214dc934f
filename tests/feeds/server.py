"""A feed's server on loopback that misbehaves on purpose, and a clock that nobody waits for."""

import gzip
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from etl.fetch.connector import Request, Timing

LOGIN_PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


@dataclass(frozen=True)
class Asked:
    """One request. `place` counts from 1; header names are in lower case."""

    place: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """One answer. After `cut` bytes of the body the connection is closed; without `length` the body ends with it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    length: bool = True
    silent: bool = False


Answer = Callable[[Asked], Reply]
Trouble = Callable[[Asked, Reply], Reply]


def json_reply(value: Any, status: int = 200) -> Reply:
    """The value as JSON."""
    return Reply(orjson.dumps(value), status, {"Content-Type": "application/json;charset=utf-8"})


def ranged(asked: Asked, body: bytes, headers: Mapping[str, str]) -> Reply:
    """A static file as a web server gives it: If-None-Match, If-Modified-Since, Range and If-Range (RFC 9110)."""
    etag, modified = headers.get("ETag"), headers.get("Last-Modified")
    if etag and asked.headers.get("if-none-match") == etag:
        return Reply(status=304, headers=headers)
    if modified and "if-none-match" not in asked.headers and asked.headers.get("if-modified-since") == modified:
        return Reply(status=304, headers=headers)
    wanted = asked.headers.get("range", "")
    if wanted and asked.headers.get("if-range") in (None, etag, modified):
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(body)), len(body) - 1)
        if start >= len(body):
            return Reply(status=416, headers={**headers, "Content-Range": f"bytes */{len(body)}"})
        place = f"bytes {start}-{end}/{len(body)}"
        return Reply(body[start : end + 1], 206, {**headers, "Content-Range": place})
    return Reply(body, headers=headers)


class Server:
    """Answers on loopback; `asked` are the requests so far, `trouble` what is done to the answers."""

    def __init__(self, answer: Answer, trouble: Trouble | None = None, certificate: Path | None = None) -> None:
        self.asked: list[Asked] = []
        self.answer, self.trouble = answer, trouble
        self.ending = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"feed": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._http.serve_forever, args=(0.005,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.ending.set()
        self._http.shutdown()
        self._http.server_close()

    def paths(self) -> list[str]:
        """The paths that were asked for, in their order."""
        return [asked.path for asked in self.asked]

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to one request, which is noted."""
        parts = urlsplit(path)
        with self._lock:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            asked = Asked(len(self.asked) + 1, method, parts.path, query, headers, body)
            self.asked.append(asked)
            reply = self.answer(asked)
            return self.trouble(asked, reply) if self.trouble else reply


class _Handler(BaseHTTPRequestHandler):
    feed: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def _do(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.feed.reply(method, self.path, headers, body))

    def _send(self, reply: Reply) -> None:
        if reply.silent:
            self.feed.ending.wait(5)
        if reply.silent or (reply.cut is not None and reply.cut < 0):
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.length and reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        if not reply.length or reply.cut is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body if reply.cut is None else reply.body[: reply.cut])


@contextmanager
def serving(answer: Answer, trouble: Trouble | None = None, certificate: Path | None = None) -> Iterator[Server]:
    """A server that answers so, until the block ends."""
    server = Server(answer, trouble, certificate)
    server.start()
    try:
        yield server
    finally:
        server.close()


def every(times: int, change: Callable[[Reply], Reply]) -> Trouble:
    """That trouble with the first answer, and then with every so many-th."""
    return lambda asked, reply: change(reply) if (asked.place - 1) % times == 0 else reply


def _packed(reply: Reply) -> Reply:
    return replace(reply, body=gzip.compress(reply.body), headers={**reply.headers, "Content-Encoding": "gzip"})


def _half(reply: Reply) -> Reply:
    return replace(reply, cut=len(reply.body) // 2)


DATE = {"Date": "Wed, 21 Oct 2015 07:28:00 GMT"}

TROUBLES: dict[str, Trouble] = {
    "none": lambda asked, reply: reply,
    "500 every other time": every(2, lambda reply: Reply(b"oops", 500)),
    "503 three times of four": lambda asked, reply: reply if asked.place % 4 == 0 else Reply(b"", 503),
    "429 with seconds": every(3, lambda reply: Reply(b"", 429, {"Retry-After": "7"})),
    "429 with a moment": every(
        3, lambda reply: Reply(b"", 429, {"Retry-After": "Wed, 21 Oct 2015 07:28:07 GMT", **DATE})
    ),
    "bodies cut off": every(2, _half),
    "bodies cut off, of no told length": every(2, lambda reply: replace(_half(reply), length=False)),
    "no answer at all": every(2, lambda reply: replace(reply, cut=-1)),
    "packed": every(1, _packed),
    "packed and cut off": every(2, lambda reply: _half(_packed(reply))),
}
"""What a sound client gets over: name → what happens to the answers."""


class Watch:
    """A clock that moves only when someone waits. `waits` are the seconds waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def timing(self) -> Timing:
        """What a request takes."""
        return Timing(sleep=self.waits.append, clock=lambda: sum(self.waits), draw=lambda: 0.5)


def asking(folder: Path, **said: Any) -> Request:
    """A request whose waits take no time, with an empty private folder `arriving`, or the one that is there."""
    arriving = folder / "arriving"
    arriving.mkdir(mode=0o700, exist_ok=True)
    return Request(folder, arriving, **{"timing": Watch().timing(), **said})
