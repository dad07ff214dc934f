"""Large files are sent to few readers at once: each holds its rows until its reader has left, in whatever way."""

import weakref
from collections.abc import Generator, Mapping
from contextlib import suppress
from threading import BoundedSemaphore

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from portal.errors import Busy
from portal.language import _

_PIECE = 65_536
"""Bytes that a reader must take within the patience of an answer."""


class Slot:
    """One of so many; whoever has it frees it. Freed twice is freed once, forgotten is freed too, but late."""

    def __init__(self, of: BoundedSemaphore) -> None:
        self.free = weakref.finalize(self, of.release)


class Slots:
    """So many at once, in this process. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    def taken(self) -> Slot:
        """A slot. Raises Busy at once where none is free."""
        if not self._free.acquire(blocking=False):
            raise Busy(
                _(
                    "Too many large files are being sent at this moment. Please try again in a minute, or take the "
                    "file of the whole topic from its data page: that one is there already."
                )
            )
        return Slot(self._free)


class InParts(StreamingResponse):
    """A file in parts, sent until its end or as long as its reader takes it; then the slot is free and the rows go.

    An answer that breaks off stands in circles with its error until Python next looks for garbage, which the portal
    lets it do seldom: so nothing here waits for that.
    """

    def __init__(
        self, parts: Generator[str], slot: Slot | None, headers: Mapping[str, str], kind: str, patience: float
    ) -> None:
        """patience: seconds in which a reader must take a piece; who does not is left, with the file broken off."""
        super().__init__(parts, headers=headers, media_type=kind)
        self._parts = parts
        self._slot = slot
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patiently(message: Message) -> None:
            for piece in _pieces(message):
                with anyio.fail_after(self._patience):
                    await send(piece)

        try:
            await super().__call__(scope, receive, patiently)
        finally:
            if self._slot:
                self._slot.free()
            with suppress(ValueError):  # the server ends while a thread still writes a part
                self._parts.close()


def _pieces(message: Message) -> list[Message]:
    body = message.get("body", b"")
    if len(body) <= _PIECE:
        return [message]
    return [{**message, "body": body[at : at + _PIECE]} for at in range(0, len(body), _PIECE)]
