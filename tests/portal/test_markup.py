"""Components become the same HTML on the server as in the browser, and nothing in them can break out."""

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from portal.frame.markup import Html, markup

_LINK = "javascript:alert(1)"


@pytest.mark.parametrize(
    ("component", "text"),
    [
        (html.P("a < b"), "<p>a &lt; b</p>"),
        (html.A("x", href="/a?b=1&c=2", className="d"), '<a href="/a?b=1&amp;c=2" class="d">x</a>'),
        (html.Label("x", htmlFor="y"), '<label for="y">x</label>'),
        (html.Br(), "<br>"),
        (html.Ul(hidden=True), "<ul hidden></ul>"),
        (html.Ul(hidden=False), "<ul></ul>"),
        (html.Th("x", colSpan=2), '<th colspan="2">x</th>'),
        (html.Div([1, None, "x", [html.B("y")]]), "<div>1x<b>y</b></div>"),
        (html.Div(**{"aria-label": 'a"b'}), '<div aria-label="a&quot;b"></div>'),
        (html.Span("x", style={"backgroundColor": "red"}), '<span style="background-color:red">x</span>'),
        (html.A("x", href=_LINK), "<a>x</a>"),
        (html.Div(Html("<hr>")), "<div><hr></div>"),
        (dcc.Loading(html.P("x")), "<p>x</p>"),
        (dcc.Store(id="a", data={"b": 1}), ""),
        (dcc.Graph(id="a"), ""),
        (dcc.Link("x", href="/y"), '<a href="/y">x</a>'),
    ],
)
def test_a_component_as_html(component: object, text: str) -> None:
    assert _same(markup(component), text)


def _same(one: str, other: str) -> bool:
    """Equal but for the order of attributes."""
    return sorted(one.replace(">", " >").split()) == sorted(other.replace(">", " >").split())


class _Read(HTMLParser):
    """What a reader makes of a document: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    seen = _Read(markup(html.P(text, title=text)))
    assert seen.elements == [("p", [("title", text)])]
    assert seen.text == text
