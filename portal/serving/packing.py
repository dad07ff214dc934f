"""Answers packed with gzip, and the heads of those that were not made."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PACKED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/pdf",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Kinds that packing makes no smaller."""


class Packing(GZipMiddleware):
    """Packs answers with gzip, but for those that are packed already.

    To HEAD it sends the heads alone, and no length where GET's answer would be packed, since nothing was.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=700, compresslevel=5, exclude_content_types=_PACKED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return
        takes = "gzip" in Headers(scope=scope).get("accept-encoding", "")

        async def send_heads(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(self._without_length(message) if takes else message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, send_heads)

    def _without_length(self, message: Message) -> Message:
        headers = MutableHeaders(raw=list(message["headers"]))
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        packs = not {kind, f"{kind.partition('/')[0]}/*"} & set(self.exclude_content_types)
        if packs and "content-encoding" not in headers and message["status"] != 206:
            del headers["content-length"]
            headers.add_vary_header("Accept-Encoding")
        return {**message, "headers": headers.raw}
