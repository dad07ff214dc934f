"""The colors of a still picture: those of the light scheme, read from the style sheet that the pages use."""

import re
from functools import cache

from portal.settings import ASSETS

_TOKEN = re.compile(r"(--[a-z0-9-]+):\s*(#[0-9a-f]{3,8})\b")
INK, SOFT, GROUND, LINE = "#1d2b33", "#4a5963", "#ffffff", "#5b6875"


@cache
def color(token: str) -> str:
    """The light color of a token such as `--an-ramp-1`. Raises KeyError for one the style sheet does not have."""
    return _tokens()[token]


@cache
def _tokens() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _TOKEN.findall((ASSETS / "analysis.css").read_text(encoding="utf-8")):
        found.setdefault(name, value)  # the light scheme stands first
    return found
