"""The frame of every page of the console: head, header, what Dash needs. Written on the server."""

import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from dash import html

from etl.console.markup import Tag, markup
from etl.console.parts import hidden
from etl.console.sessions import Session

ASSETS = Path(__file__).parents[2] / "assets"
STYLES = ("tokens.css", "console/console.css")
_NAV = (("/", "Sources"), ("/releases", "Releases"), ("/add", "Add a source"), ("/log", "Record"))


@dataclass(frozen=True, slots=True)
class Live:
    """What a page loads of Dash: style links, the app's root element, its scripts."""

    styles: str = ""
    root: str = ""
    scripts: str = ""


@cache
def asset(name: str) -> str:
    """The address of an asset; it names the content."""
    return f"/assets/{name}?v={hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:10]}"


def document(title: str, body: Any, *, city: str, path: str = "", session: Session | None = None, live: Live) -> str:
    """A whole page. `live` is kept up to date by Dash; without script the page says the same as when it was loaded."""
    styles = "".join(f'<link rel="stylesheet" href="{asset(each)}">' for each in STYLES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · {escape(city)} console</title>"
        f'<link rel="icon" type="image/svg+xml" href="{asset("icons/hearth.svg")}">{live.styles}{styles}</head><body>'
        '<a class="skip" href="#main">Skip to content</a>'
        f"{markup(_header(city, path, session))}"
        f'<main id="main" tabindex="-1">{markup(html.H1(title))}{markup(body)}</main>{live.scripts}</body></html>'
    )


def _header(city: str, path: str, session: Session | None) -> Any:
    brand = html.Span([html.Strong(city), " console"], className="brand")
    if session is None:
        return html.Header(html.Div(brand, className="bar"))
    links = [html.Li(html.A(word, href=to, **_current(to, path))) for to, word in _NAV]
    leave = Tag(
        "form",
        [
            hidden("token", session.token),
            html.Span(session.user, className="who"),
            Tag("button", "Sign out", {"type": "submit", "class": "button small"}),
        ],
        {"method": "post", "action": "/sign-out", "class": "leave"},
    )
    return html.Header(html.Div([brand, html.Nav(html.Ul(links), **{"aria-label": "Main"}), leave], className="bar"))


def _current(to: str, path: str) -> dict[str, str]:
    return {"aria-current": "page"} if to == path else {}
