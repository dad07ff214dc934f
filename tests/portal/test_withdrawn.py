"""A withdrawn release answers 410 at every old address, says when and why, and is not offered."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from layers.store.reader import Store
from layers.store.withdrawal import withdraw_release
from portal.app import create_app
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
