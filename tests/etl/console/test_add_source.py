"""A source is added by form: previewed in private, checked with the whole city, and never written over another."""

from collections.abc import Callable

import pytest

from etl.city.connectors import CONNECTORS
from etl.console.kinds import asked_of, declared, kinds
from etl.console.record import Acts
from tests.etl.console.conftest import ORIGIN, Console
from tests.etl.drift.made_city import SECRET

Make = Callable[..., Console]
BASE = {
    "id": "second", "topic": "service_requests", "title": "More", "publisher": "P", "license": "CC0-1.0",
    "from": "2025-09-01", "cadence": "daily", "regime": "events", "reason": "a second office",
    "connector.path": "requests.csv",
}  # fmt: skip
COLUMNS = {
    "column.id": "Number", "column.created": "Opened", "column.category": "Type", "column.lat": "Latitude",
    "column.lng": "Longitude", "formats": "%m/%d/%Y",
    "more": '[categories]\npotholes = ["Pothole"]\n[groups]\npotholes = { title = "Potholes", kind = "place" }\n'
            'other = { title = "Other", kind = "place" }\n',
}  # fmt: skip


@pytest.fixture
def console(make: Make) -> Console:
    made = make()
    made.sign_in()
    return made


def send(console: Console, path: str, said: dict[str, str]) -> tuple[int, str, str]:
    answer = console.client.post(path, data=said | {"token": console.token}, headers=ORIGIN)
    to = answer.headers.get("location", "")
    return answer.status_code, to, console.client.get(to).text if to else answer.text


def test_from_preview_to_file(console: Console) -> None:
    status, draft, page = send(console, "/add/csv", BASE)
    assert status == 303
    assert all(each in page for each in ("Columns of the feed", "Caller", "date-like"))
    assert SECRET not in page  # requests tell of homes too: rows only where asked for
    path = console.city.folder / "sources/second.toml"

    _, _, page = send(console, draft, COLUMNS | {"column.lat": "", "column.lng": "", "step": "check"})
    assert "note-late" in page
    _, _, page = send(console, draft, COLUMNS | {"step": "check"})
    assert "Nothing is written yet" in page, page
    assert not path.exists()
    status, _, page = send(console, draft, COLUMNS | {"step": "write", "reason": "a second office"})
    assert status == 400  # the box was not ticked
    status, _, page = send(console, draft, COLUMNS | {"step": "write", "reason": "a second office", "confirm": "yes"})
    assert status == 303
    assert "is written" in page
    assert console.desk.city().source("second").fields["created"].column == "Opened"
    acts = [(act.act, act.outcome) for act in Acts(console.desk.engine).newest()]
    assert acts == [("add source", "done"), ("add source", "asked"), ("preview", "done"), ("preview", "asked")]


def test_rows_are_shown_where_asked_for_and_that_is_on_record(console: Console) -> None:
    _, draft, page = send(console, "/add/csv", BASE | {"values": "yes"})
    assert f"{SECRET} 4" in page
    assert f"{SECRET} 5" not in page  # five rows
    assert SECRET not in console.client.get("/log").text
    assert "preview with values" in console.client.get("/log").text
    assert not any((console.city.var / "private/scratch").glob("*"))
    console.clock.now = console.clock.now.replace(minute=25)
    assert console.client.get(draft).status_code == 404  # forgotten


def test_nothing_is_overwritten(console: Console) -> None:
    before = console.city.declaration.read_text()
    for name in ("requests", "../city", "Second", ""):
        _, draft, _ = send(console, "/add/csv", BASE | {"id": name})
        status, _, page = send(console, draft, COLUMNS | {"step": "write", "confirm": "yes", "reason": "again"})
        assert "note-late" in page or status == 400
    assert console.city.declaration.read_text() == before
    assert [path.name for path in (console.city.folder / "sources").iterdir()] == ["requests.toml"]


def test_a_wrong_address_is_told_before_anything_is_read(console: Console) -> None:
    said = {**BASE, "connector.url": "http://data.example.gov", "connector.dataset": "abcd-1234"}
    status, _, page = send(console, "/add/socrata", said)
    assert status == 200
    assert "not encrypted" in page
    assert Acts(console.desk.engine).newest() == []


@pytest.mark.parametrize("model", CONNECTORS, ids=lambda model: model.__name__)
def test_every_kind_of_connector_has_its_form(model: type) -> None:
    kind = model.model_fields["kind"].annotation.__args__[0]  # type: ignore[attr-defined]  # pydantic's models
    assert kind in kinds()
    asked = {each.name.partition(".")[0] for each in asked_of(kind)}
    assert asked == set(model.model_fields) - {"kind"}  # type: ignore[attr-defined]  # the same
    missing, problems = declared(kind, {})
    needed = [each.name for each in asked_of(kind) if each.required]
    assert (missing is None) == bool(needed) == bool(problems)


def test_a_form_means_the_declaration() -> None:
    said = {"url": "https://x.example/feed.csv", "file.kind": "csv", "file.delimiter": ";", "tries": "3"}
    connector, problems = declared("http", said)
    assert problems == ()
    assert (connector.file.delimiter, connector.tries) == (";", 3)
