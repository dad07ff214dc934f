"""The written pages: Markdown files under `text/<language>/`, one per page."""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources

from dash import html
from dash.development.base_component import Component
from markdown_it import MarkdownIt

from portal.language import DEFAULT
from portal.markup import Html

_FIGURES = re.compile(r"^<!-- figures: ([a-z-]+) -->$", re.MULTILINE)
"""A line of its own that says where a page puts computed figures."""


@cache
def text_of(name: str, language: str = DEFAULT) -> str:
    """The Markdown of a text, in the default language where there is no translation."""
    folder = resources.files("portal").joinpath("text")
    for code in (language, DEFAULT):
        found = folder.joinpath(code, f"{name}.md")
        if found.is_file():
            return found.read_text(encoding="utf-8")
    raise FileNotFoundError(f"no text {name}.md in portal/text/{DEFAULT}")


@cache
def rendered(markdown: str) -> Html:
    """Markdown as HTML. Raw HTML in it is shown as text."""
    return Html(str(MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)))


def prose(name: str, figure: Callable[[str], Component | None], language: str = DEFAULT) -> Component:
    """A text with a computed figure wherever it says `<!-- figures: name -->`."""
    parts = _FIGURES.split(text_of(name, language))
    body: list[object] = []
    for index, part in enumerate(parts):
        body.append(figure(part) if index % 2 else html.Div(rendered(part), className="prose"))
    return html.Article(body, className="text-page")


def figure_names(name: str) -> tuple[str, ...]:
    """The computed figures a text asks for."""
    return tuple(_FIGURES.findall(text_of(name)))
