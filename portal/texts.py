"""The written pages: Markdown files under `text/<language>/`, one per page."""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import pairwise

from dash import html
from dash.development.base_component import Component
from markdown_it import MarkdownIt

from portal.language import SOURCE, _
from portal.markup import Html

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FIGURES = re.compile(r"^<!-- figures: ([a-z-]+) -->$", re.MULTILINE)
"""A line of its own that says where a page puts computed figures."""


@cache
def text_of(name: str, language: str = SOURCE) -> str:
    """The Markdown of a text, in the default language where there is no translation."""
    folder = resources.files("portal").joinpath("text")
    for code in (language, SOURCE):
        found = folder.joinpath(code, f"{name}.md")
        if found.is_file():
            return found.read_text(encoding="utf-8")
    raise FileNotFoundError(f"no text {name}.md in portal/text/{SOURCE}")


@cache
def rendered(markdown: str) -> Html:
    """Markdown as HTML, headings with anchors. Raw HTML in it is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for heading, words in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h2":
            heading.attrSet("id", anchor(words.content))
    return Html(str(parser.renderer.render(tokens, parser.options, {})))


def anchor(heading: str) -> str:
    """The anchor of a heading: `one-answer-to-each-question`."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def prose(name: str, figure: Callable[[str], Component | None], language: str = SOURCE) -> Component:
    """A text with a computed figure wherever it says `<!-- figures: name -->`, and its contents beside it."""
    text = text_of(name, language)
    parts = _FIGURES.split(text)
    body: list[object] = []
    for index, part in enumerate(parts):
        body.append(figure(part) if index % 2 else html.Div(rendered(part), className="prose"))
    return html.Div([html.Article(body, className="text-page"), _contents(text)], className="with-contents")


def _contents(text: str) -> Component:
    links = [html.Li(html.A(title, href=f"#{anchor(title)}")) for title in _HEADING.findall(text)]
    return html.Nav(
        [html.P(_("On this page"), className="contents-title"), html.Ul(links)],
        className="contents",
        **{"aria-label": _("On this page")},
    )


def figure_names(name: str) -> tuple[str, ...]:
    """The computed figures a text asks for."""
    return tuple(_FIGURES.findall(text_of(name)))
