"""Quick elements are Dash's own: the same names, the same properties, the same page."""

from typing import Any

import dash.html
import pytest
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

from portal.frame.elements import html
from portal.frame.markup import markup
from portal.frame.page import Visit, find_page
from portal.pages import PAGES
from portal.releases import Releases
from portal.view import View

TEXT = st.text('ab<&" ', max_size=4)
PROPS = st.dictionaries(st.sampled_from(["id", "className", "title", "data-x", "aria-label"]), TEXT, max_size=3)


@given(kind=st.sampled_from(dash.html.__all__), children=TEXT | st.none() | st.lists(TEXT, max_size=2), props=PROPS)
def test_an_element_is_written_as_dash_writes_it(kind: str, children: Any, props: dict[str, str]) -> None:
    quick, plain = getattr(html, kind)(children, **props), getattr(dash.html, kind)(children, **props)

    assert quick.to_plotly_json() == plain.to_plotly_json()
    assert isinstance(quick, getattr(dash.html, kind))


VIEWS = (
    "/", "/map?topic=evictions", "/map?show=table&layer=hotspots", "/map?show=concern", "/trends", "/compare",
    "/district/1", "/agency", "/report", "/data/evictions", "/changes", "/zones", "/privacy",
)  # fmt: skip


@pytest.mark.parametrize("path", VIEWS)
def test_pages_use_no_property_that_dash_does_not_know(path: str, releases: Releases) -> None:
    """Dash would refuse it when an element is made; quick elements are not asked."""
    address, _, query = path.partition("?")
    page, names = find_page(PAGES, address) or (PAGES[0], {})

    found = _elements(page.layout(Visit(releases.as_now(), address, names, View.read(query))))

    assert found
    for each in found:
        known, wild = set(each._prop_names), tuple(each._valid_wildcard_attributes)
        odd = [name for name in each.to_plotly_json()["props"] if name not in known and not name.startswith(wild)]
        assert odd == [], f"{each._type}: {odd}"


def _elements(content: Any) -> list[Component]:
    if isinstance(content, list | tuple):
        return [found for each in content for found in _elements(each)]
    if not isinstance(content, Component):
        return []
    return [content, *_elements(getattr(content, "children", None))]


def test_an_element_shows_what_it_holds() -> None:
    assert markup(html.A("x", href="/map", className="get")) == '<a href="/map" class="get">x</a>'
