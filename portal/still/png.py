"""A picture as PNG, drawn with the fonts that the site brings along, with its title and alt text inside the file."""

import re
import struct
import zlib
from functools import lru_cache
from html import unescape

import resvg_py

from portal.settings import ASSETS

FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
SCALE = 2
"""Pixels of the PNG per pixel of the picture: sharp on paper."""
_TEXTS = (
    ("Title", re.compile(r"<title[^>]*>([^<]*)</title>")),
    ("Description", re.compile(r"<desc[^>]*>([^<]*)</desc>")),
)
_HEAD = 8 + 25
"""Bytes of a PNG's signature and of its first part, after which texts may stand."""


@lru_cache(maxsize=16)
def png_of(svg: str) -> bytes:
    """The picture at twice its size. It names no file and no address, so nothing else is read.

    Its title and description travel as the texts `Title` and `Description` (PNG, third edition, 11.3.3.4): whoever
    passes the file on passes on what it shows, of when, and from where.
    """
    fonts = [str(ASSETS / "fonts" / name) for name in FONTS]
    drawn = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=fonts, skip_system_fonts=True, zoom=SCALE, sans_serif_family="Noto Sans"
        )
    )
    found = ((name, pattern.search(svg)) for name, pattern in _TEXTS)
    texts = b"".join(_text(name, unescape(each[1])) for name, each in found if each)
    return drawn[:_HEAD] + texts + drawn[_HEAD:]


def _text(name: str, words: str) -> bytes:
    """An `iTXt` part: its name, not packed, no language, then the words."""
    content = b"iTXt" + name.encode("latin-1") + bytes(5) + words.encode()
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
