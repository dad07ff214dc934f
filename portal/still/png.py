"""A picture as PNG, drawn with the fonts that the site brings along."""

from functools import lru_cache

import resvg_py

from portal.settings import ASSETS

FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
SCALE = 2
"""Pixels of the PNG per pixel of the picture: sharp on paper."""


@lru_cache(maxsize=16)
def png_of(svg: str) -> bytes:
    """The picture at twice its size. It names no file and no address, so nothing else is read."""
    fonts = [str(ASSETS / "fonts" / name) for name in FONTS]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=fonts, skip_system_fonts=True, zoom=SCALE, sans_serif_family="Noto Sans"
        )
    )
