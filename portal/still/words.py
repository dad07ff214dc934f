"""Lines of text in an SVG: broken by an estimate of their width, since nothing measures letters here."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

LETTER = 0.53
"""Mean width of a letter, in font sizes."""


def lines(text: str, size: float, width: float) -> list[str]:
    """The text in lines that fit into so many pixels. A word longer than a line stands alone."""
    most = max(1, int(width / (size * LETTER)))
    found: list[str] = []
    for word in text.split():
        if found and len(found[-1]) + 1 + len(word) <= most:
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
    return found


def block(found: Sequence[str], x: float, y: float, size: float, *, fill: str, weight: int = 400) -> str:
    """The lines as one text element, the first on the baseline `y`."""
    spans = "".join(
        f'<tspan x="{x:g}" dy="{0 if at == 0 else size * 1.3:g}">{escape(each)}</tspan>'
        for at, each in enumerate(found)
    )
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}">{spans}</text>'
