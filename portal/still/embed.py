"""A map inside somebody else's page: the picture, its source and a link. No script, no cookie, no other host."""

from html import escape

from portal.language import _, language
from portal.pages.problem import NOTHING_YET
from portal.still.drawing import Picture
from portal.view import View

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors *"
_STYLE = (
    "body{margin:0;font:14px/1.4 -apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',system-ui,sans-serif;"
    "background:#fff;color:#17232b}"
    "svg{display:block;width:100%;height:auto}p{margin:0;padding:.25rem 3%}"
    "a{display:inline-block;padding:.25rem 0;color:#0b5a5b}"
)


def embedded(picture: Picture, view: View, city: str) -> str:
    """The whole HTML document. The link opens the live map, in a window of its own."""
    words = _("Open this map at {city}", city=city)
    link = f'<p><a href="/map{escape(view.query())}" target="_blank" rel="noopener">{escape(words)}</a></p>'
    return _document(picture.title, f"{picture.svg}{link}")


def nothing_framed() -> str:
    """What stands in a frame before the first release."""
    words = _(NOTHING_YET)
    return _document(words, f"<p>{escape(words)}</p>", '<meta name="robots" content="noindex">')


def _document(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">{head}'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
