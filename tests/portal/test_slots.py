"""Few large files at once: whoever comes when all slots are held is asked to come back, and no slot is ever lost."""

import gc
import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest
import uvicorn
from starlette.testclient import TestClient

from portal.app import create_app
from portal.errors import Busy
from portal.serving.slots import Slots
from portal.settings import PortalSettings

WHOLE = "/download/view.csv?topic=evictions"
END = b"0\r\n\r\n"
"""What HTTP ends a body with whose length was not told."""


def test_a_slot_is_given_back_once() -> None:
    """Also one that nobody freed, when it is forgotten."""
    slots = Slots(1)
    slot = slots.taken()
    with pytest.raises(Busy, match="try again"):
        slots.taken()
    slot.free()
    slot.free()
    slot = slots.taken()
    with pytest.raises(Busy):
        slots.taken()
    del slot
    assert slots.taken()


def test_a_large_view_is_refused_while_others_are_sent(made_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its rows are read. Small views, and what a file is called, are answered all the same."""
    monkeypatch.setattr("portal.serving.viewfiles._LARGE", 3)
    monkeypatch.setattr("portal.serving.viewfiles._MOST_LARGE", 0)
    with TestClient(create_app(PortalSettings(store=made_store))) as client:
        assert client.head(WHOLE).status_code == 200
        assert client.get(f"{WHOLE}&measure=no_such_measure").status_code == 200
        assert client.get(f"{WHOLE}&geography=district&unit=1").status_code == 503  # as many as three, it turns out
        monkeypatch.setattr("portal.serving.viewfiles.view_rows", _never)
        for path in (WHOLE, "/download/view.geojson?topic=evictions&geography=district"):
            refused = client.get(path)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "60"


@pytest.mark.parametrize("leaving", ["reads to the end", "hangs up", "stops reading", "its file breaks off"])
def test_a_slot_is_free_however_a_reader_leaves(
    made_store: Path, monkeypatch: pytest.MonkeyPatch, leaving: str
) -> None:
    """
    | the one reader before  | its file is    | the next one |
    |------------------------|----------------|--------------|
    | is still reading       |                | 503          |
    | reads to the end       | whole          | is served    |
    | hangs up               |                | is served    |
    | stops reading          | broken off     | is served    |
    | its file breaks off    | broken off     | is served    |

    Without any help of the garbage collection.
    """
    monkeypatch.setattr("portal.serving.viewfiles._LARGE", 3)
    monkeypatch.setattr("portal.serving.viewfiles._MOST_LARGE", 1)
    made = _broken if leaving == "its file breaks off" else _large
    monkeypatch.setattr("portal.serving.viewfiles.csv_parts", made)
    if leaving == "stops reading":
        monkeypatch.setattr("portal.serving.viewfiles._PATIENCE", 0.1)
    with _served(made_store) as port:
        reader, status = _asked(port)
        assert status == b"200"
        if leaving in ("reads to the end", "hangs up"):
            assert _next_status(port) == b"503"
        if leaving in ("reads to the end", "its file breaks off"):
            assert _rest(reader).endswith(END) == (leaving == "reads to the end")
        elif leaving == "hangs up":
            reader.close()
        assert _served_at_last(port)
        if leaving == "stops reading":
            assert not _rest(reader).endswith(END)
        reader.close()


def _never(*_given: object) -> NoReturn:
    raise AssertionError("read for a reader who is refused")


def _large(*_given: object) -> Generator[str]:
    """More than any socket holds."""
    for _each in range(24):
        yield "x" * 1_000_000


def _broken(*_given: object) -> Generator[str]:
    yield from _large()
    raise OSError("gone")


@contextmanager
def _served(store: Path) -> Iterator[int]:
    """The port of a portal under a real server. The garbage of its answers stays until it has ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(PortalSettings(store=store)), log_level="critical"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    gc.disable()
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        gc.enable()
        server.should_exit = server.force_exit = True
        thread.join(20)
        listening.close()


def _asked(port: int) -> tuple[socket.socket, bytes]:
    reader = socket.create_connection(("127.0.0.1", port), timeout=20)
    reader.sendall(f"GET {WHOLE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return reader, reader.recv(12)[-3:]


def _next_status(port: int) -> bytes:
    reader, status = _asked(port)
    reader.close()
    return status


def _rest(reader: socket.socket) -> bytes:
    """The last bytes that come."""
    last = b""
    while part := reader.recv(1_000_000):
        last = (last + part)[-20:]
    return last


def _served_at_last(port: int) -> bool:
    """The server notices a moment later that somebody has gone."""
    for _attempt in range(500):
        if _next_status(port) == b"200":
            return True
        time.sleep(0.01)
    return False
