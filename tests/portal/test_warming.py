"""What is drawn before the first reader comes: it is what they get, and a portal starts whatever the store is like."""

from pathlib import Path

from dash import html
from starlette.testclient import TestClient

from portal.app import create_app
from portal.frame.page import Body, Page, Visit
from portal.settings import PortalSettings


def test_what_was_drawn_ahead_is_drawn_once(made_store: Path) -> None:
    drawn: list[str] = []

    def layout(visit: Visit) -> Body:
        drawn.append(visit.path)
        return [html.P("drawn")]

    pages = tuple(
        Page(path, "A page", layout, skeleton=lambda: [html.P()]) for path in ("/", "/map", "/district/{district}")
    )
    app = create_app(PortalSettings(store=made_store), pages=pages)

    assert app.state.warm() == len(drawn) > 3
    ahead = list(drawn)
    with TestClient(app) as client:
        assert all("drawn" in client.get(path).text for path in ahead)
    assert drawn == ahead


def test_no_more_is_drawn_ahead_than_there_is_time_for(made_store: Path) -> None:
    assert create_app(PortalSettings(store=made_store)).state.warm(seconds=-1) == 0


def test_an_empty_store_and_one_that_cannot_be_read_start_too(tmp_path: Path) -> None:
    assert create_app(PortalSettings(store=tmp_path)).state.warm() == 0

    (tmp_path / "current.json").write_text("{")
    assert create_app(PortalSettings(store=tmp_path)).state.warm() == 0
