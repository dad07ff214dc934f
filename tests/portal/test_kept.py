"""A page is drawn once for what it depends on, and again when any of that changes."""

from dataclasses import replace
from pathlib import Path

from dash import html

from portal.frame.page import Body, Page, Visit
from portal.releases import Releases
from portal.serving.kept import KeptLayouts
from portal.view import View
from tests.portal.conftest import NOW


def test_a_layout_is_drawn_once_until_something_changes(made_store: Path, tmp_path: Path) -> None:
    """
    | look                     | drawn in all |
    |--------------------------|--------------|
    | first                    | 1            |
    | again                    | 1            |
    | another query            | 2            |
    | another place            | 3            |
    | another set of releases  | 4            |
    | a shape somebody drew    | 5            |
    | the same shape again     | 6            |
    | a named release          | 7            |
    | the same release again   | 8            |
    """
    drawn: list[Visit] = []

    def layout(visit: Visit) -> Body:
        drawn.append(visit)
        return html.P("x")

    page, kept = Page("/a/{b}", "A", layout), KeptLayouts()
    first = Visit(Releases(made_store, lambda: NOW), "/a/1", {"b": "1"})
    looks = [
        first,
        first,
        replace(first, view=View(grain="year")),
        replace(first, names={"b": "2"}),
        replace(first, releases=Releases(tmp_path, lambda: NOW)),
        replace(first, view=View(shape="0_0_9_0_0_9")),
        replace(first, view=View(shape="0_0_9_0_0_9")),
        replace(first, view=View(as_of="2026-01-01-abcdef")),
        replace(first, view=View(as_of="2026-01-01-abcdef")),
    ]
    counted = []
    for look in looks:
        kept.layout(page, look)
        counted.append(len(drawn))
    assert counted == [1, 1, 2, 3, 4, 5, 6, 7, 8]


def test_the_oldest_look_is_given_up_first(releases: Releases) -> None:
    drawn: list[str] = []

    def layout(visit: Visit) -> Body:
        drawn.append(visit.names["b"])
        return html.P("x")

    page, kept = Page("/a/{b}", "A", layout), KeptLayouts(most=2)
    for name in ("1", "2", "1", "3", "1", "2"):
        kept.layout(page, Visit(releases, "/a", {"b": name}))
    assert drawn == ["1", "2", "3", "2"]
