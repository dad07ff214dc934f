"""The written pages: Markdown files under `text/<language>/`, one per page."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise

from dash.development.base_component import Component
from markdown_it import MarkdownIt

from portal.frame.elements import html
from portal.frame.markup import Html
from portal.language import SOURCE, _, asked, link

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


def rendered(markdown: str, anchors: Mapping[str, str] | None = None) -> Html:
    """Markdown as HTML, headings with anchors (by heading, else made of its words). Raw HTML in it is shown as text.

    Links to pages of this site keep the language that the reader's address names.
    """
    return _rendered(markdown, tuple((anchors or {}).items()), asked())


@cache
def _rendered(markdown: str, anchors: tuple[tuple[str, str], ...], _language: str | None) -> Html:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens, known = parser.parse(markdown), dict(anchors)
    for heading, words in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h2":
            heading.attrSet("id", known.get(words.content) or anchor(words.content))
    for token in (child for each in tokens for child in each.children or []):
        if token.type == "link_open" and str(token.attrs.get("href", "")).startswith("/"):
            token.attrSet("href", link(str(token.attrs["href"])))
    return Html(str(parser.renderer.render(tokens, parser.options, {})))


def headings(name: str, language: str) -> dict[str, str]:
    """Heading → anchor of a text. Anchors are those of the source, so that a link holds in every language."""
    told = _HEADING.findall(text_of(name, language))
    sources = [anchor(each) for each in _HEADING.findall(text_of(name))]
    return dict(zip(told, sources, strict=False))


def anchor(heading: str) -> str:
    """The anchor of a heading: `one-answer-to-each-question`."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def prose(name: str, figure: Callable[[str], Component | None], language: str = SOURCE) -> Component:
    """A text with a computed figure wherever it says `<!-- figures: name -->`, and its contents beside it."""
    text, anchors = text_of(name, language), headings(name, language)
    parts = _FIGURES.split(text)
    body: list[object] = []
    for index, part in enumerate(parts):
        body.append(figure(part) if index % 2 else html.Div(rendered(part, anchors), className="prose"))
    return html.Div([html.Article(body, className="text-page"), _contents(anchors)], className="with-contents")


def _contents(anchors: Mapping[str, str]) -> Component:
    links = [html.Li(html.A(title, href=f"#{ident}")) for title, ident in anchors.items()]
    return html.Nav(
        [html.P(_("On this page"), className="contents-title"), html.Ul(links)],
        className="contents",
        **{"aria-label": _("On this page")},
    )


def figure_names(name: str) -> tuple[str, ...]:
    """The computed figures a text asks for."""
    return tuple(_FIGURES.findall(text_of(name)))
