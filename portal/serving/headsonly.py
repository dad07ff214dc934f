"""Answers to HEAD: the heads that GET would have, without making what GET would send."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse


def asks_heads(request: Request) -> bool:
    """Whether only the heads are asked for. Starlette hands HEAD to whoever answers GET."""
    return request.method == "HEAD"


def heads_only(headers: Mapping[str, str], kind: str) -> Response:
    """An answer without a body that tells neither length nor tag, which only making the body would tell."""
    return StreamingResponse(iter(()), headers=headers, media_type=kind)
