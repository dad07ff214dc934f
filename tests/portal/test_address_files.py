"""The city's public addresses as a browser gets them: all or none, kept by their content, told apart in no log."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from layers.addressbook import INDEX
from portal.app import create_app
from portal.language import speaking
from portal.map.tools import tools
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.layers.test_addressbook import book, written
from tests.portal.conftest import NOW


@pytest.fixture(scope="module")
def addressed(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up store with five public addresses."""
    store = tmp_path_factory.mktemp("addressed") / "public"
    shutil.copytree(made_store, store)
    written(store / "geo", book().files())
    return store


@pytest.fixture(scope="module")
def public(addressed: Path) -> Iterator[TestClient]:
    """A portal over that store."""
    with TestClient(create_app(PortalSettings(store=addressed))) as found:
        yield found


def test_every_file_can_be_had_under_a_name_that_tells_nothing(
    public: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """
    | file                 | kept                        | in log and figures |
    |----------------------|-----------------------------|--------------------|
    | the index            | asked for again each time   | /geo               |
    | a file it names      | for ever                    | /geo               |
    """
    with caplog.at_level(logging.INFO, "portal.access"):
        index = public.get(f"/geo/{INDEX}")
        told = index.json()
        answers = [public.get(f"/geo/{name}") for name in (told["places"], *told["streets"])]
    assert index.headers["cache-control"] == "no-cache"
    assert public.get(f"/geo/{INDEX}", headers={"if-none-match": index.headers["etag"]}).status_code == 304
    assert [set(answer.json()) for answer in answers] == [{"places"}, {"streets"}]
    for answer in answers:
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "application/json"
    assert "addresses" not in caplog.text
    assert "addresses" not in public.get("/metrics").text


@pytest.mark.parametrize(
    "name",
    [f"addresses-{'0' * 12}.json", f"addresses-{'0' * 12}.json.gz", "addresses.parquet", ".addresses.json"],
)  # fmt: skip
def test_nothing_else_of_that_name_can_be_had(public: TestClient, name: str) -> None:
    assert public.get(f"/geo/{name}").status_code == 404


@pytest.mark.parametrize(
    ("is_public", "lang", "words"),
    [
        (True, "en", "Find a place or an address"),
        (True, "es", "Busque un lugar o una dirección"),
        (False, "en", "Find a place"),
        (False, "es", "Busque un lugar"),
    ],
)
def test_the_search_says_what_it_finds(
    addressed: Path, made_store: Path, is_public: bool, lang: str, words: str
) -> None:
    """Where no address is public, nothing is said of any."""
    with speaking(lang):
        told: Any = tools(Releases(addressed if is_public else made_store, lambda: NOW)).to_plotly_json()["props"]
    assert json.loads(told["data-tools"])["words"]["find"] == words
    assert ("data-addresses" in told) is ("data-reading" in told) is is_public
    assert is_public or "ddress" not in told["data-tools"]


def test_without_a_declaration_there_is_nothing_to_fetch(client: TestClient) -> None:
    assert client.get(f"/geo/{INDEX}").status_code == 404
