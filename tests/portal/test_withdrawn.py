"""A withdrawn release answers 410 at every old address, says when and why, and is not offered."""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from layers.store.reader import Store
from layers.store.withdrawal import withdraw_release
from portal.app import create_app
from portal.frame.ids import PAGE
from portal.settings import PortalSettings
from portal.words.wording import day_text

REASON = "The court's file held a column of names by mistake."


@pytest.fixture
def store(made_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_store, tmp_path / "public"))


@pytest.fixture
def client(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=store)), follow_redirects=False) as found:
        yield found


def test_old_addresses_say_withdrawn_when_and_why(store: Path, client: TestClient) -> None:
    release = Store(store).current()["evictions"]
    addresses = [
        f"/data/evictions?as_of={release}",
        f"/map?topic=evictions&as_of={release}",
        f"/trends?as_of={release}",
        f"/download/evictions/{release}/evictions.csv.gz",
        f"/download/evictions/{release}/manifest.json",
        f"/download/view.csv?topic=evictions&as_of={release}",
    ]
    assert [client.get(each).status_code for each in addresses] == [200] * len(addresses)

    withdraw_release(store, "evictions", release, on=date(2026, 11, 16), reason=REASON)

    for address in addresses:
        answer = client.get(address, headers={"accept": "text/html"})
        assert answer.status_code == 410, address
        assert f"withdrawn on {day_text(date(2026, 11, 16))}" in answer.text
        assert "a column of names by mistake" in answer.text
    told = client.get(addresses[3], headers={"accept": "*/*"})
    assert (told.status_code, "withdrawn" in told.json()["error"]) == (410, True)


def test_files_of_its_topic_never_show_another_and_its_feed_tells_of_it(store: Path, client: TestClient) -> None:
    files = (
        "/download/view.csv?topic=evictions",
        "/download/sum.csv?topic=evictions&geography=district&chosen=1,2",
        "/still/map.svg?topic=evictions",
        "/still/district/1.svg?topic=evictions",
        "/still/pack.zip?topic=evictions",
        "/embed/map?topic=evictions",
    )
    assert {client.head(each).status_code for each in files if "embed" not in each} == {200}
    withdraw_release(store, "evictions", Store(store).current()["evictions"], on=date(2026, 11, 16), reason=REASON)
    assert {each: client.get(each).status_code for each in files} == dict.fromkeys(files, 404)
    feed = client.get("/feed.atom?topic=evictions")
    assert feed.status_code == 200 and "a column of names by mistake" in feed.text


def test_it_is_offered_nowhere_and_listed_with_its_reason(store: Path, client: TestClient) -> None:
    release = Store(store).current()["evictions"]
    withdraw_release(store, "evictions", release, on=date(2026, 11, 16), reason=REASON)

    assert f"/download/evictions/{release}" not in client.get("/data").text
    assert release not in client.get("/data.json").text
    changes = client.get("/changes")
    assert changes.status_code == 200
    assert release in changes.text
    assert "a column of names by mistake" in changes.text
    assert client.get("/").status_code == 200
    assert client.get("/data/evictions").status_code == 404


@pytest.mark.parametrize("page", ["map", "trends", "district"])
def test_what_is_presented_says_so_at_its_next_step(
    store: Path, client: TestClient, caplog: pytest.LogCaptureFixture, page: str
) -> None:
    """
    | the release of a presented page | its next callback                      | errors in the log |
    |---------------------------------|----------------------------------------|-------------------|
    | was withdrawn meanwhile         | shows when and why in the page's place | none              |
    | never was                       | shows that there is none               | none              |
    """
    release = Store(store).current()["evictions"]
    withdraw_release(store, "evictions", release, on=date(2026, 11, 16), reason=REASON)
    with caplog.at_level(logging.WARNING):
        gone = _stepped_to(client, page, f"?present=1&as_of={release}")
        never = _stepped_to(client, page, "?present=1&as_of=CANARY")
    assert "a column of names by mistake" in gone
    assert "There is no such release" in never
    assert "CANARY" not in never
    assert caplog.text == ""


def _stepped_to(client: TestClient, page: str, search: str) -> str:
    """What stands in place of the page in a browser that goes on within it."""
    (asks,) = (
        each
        for each in client.get("/_dash-dependencies").json()
        if f"{page}-drawn.data" in each["output"] and each["inputs"][0]["property"] == "search"
    )
    outputs = [
        dict(zip(("id", "property"), part.split("."), strict=True)) for part in asks["output"][2:-2].split("...")
    ]
    values = {"pathname": "/district/1" if page == "district" else f"/{page}", "search": search}
    asked = {
        "output": asks["output"], "outputs": outputs, "changedPropIds": [],
        "inputs": [{**each, "value": values[each["property"]]} for each in asks["inputs"]],
        "state": [{**each, "value": values.get(each["property"])} for each in asks["state"]],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=asked)
    assert answer.status_code == 200
    return json.dumps(answer.json()["sideUpdate"][PAGE]["children"], ensure_ascii=False)


def test_what_never_was_is_still_not_found(store: Path, client: TestClient) -> None:
    withdraw_release(store, "evictions", Store(store).current()["evictions"], on=date(2026, 11, 16), reason=REASON)
    assert client.get("/download/evictions/2026-01-01-000000000000/evictions.csv.gz").status_code == 404
    assert client.get("/download/evictions/latest/evictions.csv.gz").status_code == 404


def test_a_page_drawn_before_does_not_come_back(weekly_store: Path, tmp_path: Path) -> None:
    """An earlier release, read by its link while it stood: gone from every address once it is withdrawn.

    | how it is asked for                        | while it stood | withdrawn |
    |--------------------------------------------|----------------|-----------|
    | its page                                   | 200            | 410       |
    | its page, the link names several releases  | 200            | 410       |
    | what a browser asks that moves to the page | its figures    | the words |
    """
    store = Path(shutil.copytree(weekly_store, tmp_path / "public"))
    old, _, newest = sorted(Store(store).releases("service_requests"))
    query = f"?topic=service_requests&as_of={old}"
    with TestClient(create_app(PortalSettings(store=store)), follow_redirects=False) as client:
        pages = [f"/map{query}", f"/map{query},{newest}"]
        assert [client.get(each).status_code for each in pages] == [200, 200]
        assert "Oct 2026" not in _moved_to(client, "/map", query)

        withdraw_release(store, "service_requests", old, on=date(2026, 11, 16), reason=REASON)

        assert [client.get(each).status_code for each in pages] == [410, 410]
        assert REASON in _moved_to(client, "/map", query), "why it is gone, in place of the page"


def _moved_to(client: TestClient, path: str, search: str) -> str:
    """What fills the page of a browser that goes there from another."""
    (fills,) = (each for each in client.get("/_dash-dependencies").json() if each["output"].startswith("page"))
    ident, name = fills["output"].split(".")
    asked = {
        "output": fills["output"], "outputs": {"id": ident, "property": name}, "changedPropIds": [],
        "inputs": [{**each, "value": path} for each in fills["inputs"]],
        "state": [{**each, "value": search} for each in fills["state"]],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=asked)
    assert answer.status_code == 200
    return answer.text
