"""An address is found by typing it, with keys alone, and nobody but the reader learns which."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Request, expect

from etl.geography.publicaddresses import SPELLING
from etl.values.streets import street_expr
from layers.addressbook import INDEX, TABLE
from portal.frame.shell import asset
from tests.etl.values.test_streets import TYPED, WRITTEN
from tests.machinery.reader import Open, Reader

pytestmark = pytest.mark.browser
CELLS = "/map?topic=service_requests&measure=requests&geography=h3_8&lang=en"
ZONES = "/map?topic=evictions&measure=homes_filed&geography=zone1&grain=year&lang=en"
FIND = """async ([script, spelling, places, streets, typed]) => {
  const { book } = await import(script);
  const made = book({ kinds: [], sources: [], spelling }, places, streets);
  return typed.map((text) => ({ key: made.key(text), ...made.find(text) }));
}"""
STREETS = [
    ["68TH AVE", [0, 12, 2, "73-42"]],
    ["AVE B", [0, 3]],
    ["CITY HALL", [1]],
    ["E HBR CT", [0, 5]],
    ["W PARK WAY", [0, 5]],
    ["MAIN ST", [0, 10, 2, 4, "12A"], [1, 12, 50]],
    ["N MAIN ST", [1, 14]],
    ["ST JOHNS PL", [1, 2]],
    ["STATE ST", [0, 14]],
]


@pytest.fixture
def page(window: Open) -> Reader:
    """A window on a page without any map."""
    reader = window()
    reader.page.goto(reader.origin + "/privacy")
    return reader


def found(page: Reader, typed: list[str]) -> list[dict[str, Any]]:
    """What the search makes of texts, with the STREETS of a small city; places are told by their number."""
    asked = [asset("map/addresses.js"), json.loads(json.dumps(SPELLING)), [[0, 0, 0], [1, 0, 0]], STREETS, typed]
    told: list[dict[str, Any]] = page.page.evaluate(FIND, asked)
    return told


def test_the_browser_writes_an_address_as_the_address_file_is_written(page: Reader) -> None:
    """The rules stand in one place (`etl.values.streets`); both programs must make the same of them."""
    typed = [address for address, _ in WRITTEN if address is not None]
    assert [told["key"] for told in found(page, typed)] == [
        key or "" for address, key in WRITTEN if address is not None
    ]

    @settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(TYPED.filter(str.isprintable), min_size=20, max_size=40))
    def same(texts: list[str]) -> None:
        keys = pl.DataFrame({"typed": texts}).select(street_expr(pl.col("typed")).fill_null("")).to_series().to_list()
        assert [told["key"] for told in found(page, texts)] == keys

    same()


def test_what_is_found(page: Reader) -> None:
    """Case, accents, abbreviations, ordinals, apartment, city and ZIP do not matter; without its number, the street."""
    table = {
        # typed:                            addresses, with the number of their place; streets
        "12 Main Street": (["12 Main St 0", "12 Main St 1"], []),
        "12 main st apt 4, Alderbank 34801": (["12 Main St 0", "12 Main St 1"], []),
        "12 MAIN ST 34801-1234": (["12 Main St 0", "12 Main St 1"], []),
        "12a máin": (["12A Main St 0"], []),
        "14 north main stre": (["14 N Main St 1"], []),
        "14 main": (["14 N Main St 1"], []),
        "62 main": (["62 Main St 1"], []),
        "14 68 avenue": (["14 68th Ave 0"], []),
        "7342 68 av": (["7342 68th Ave 0"], []),
        "3 avenue b": (["3 Ave B 0"], []),
        "68 ave": ([], ["68th Ave"]),
        "main street": ([], ["Main St", "N Main St"]),
        "city h": ([], ["City Hall"]),
        "5 east harbor": (["5 E Harbor Ct 0"], []),
        "5 west park wy": (["5 W Park Way 0"], []),
        "5 harb": (["5 E Harbor Ct 0"], []),
        "2 saint jo": (["2 St Johns Pl 1"], []),
        "13 main": ([], ["Main St", "N Main St"]),
        "12 elm": ([], []),
        "12": ([], []),
        "": ([], []),
    }
    told = found(page, list(table))
    shown = [[f"{each['number']} {each['street']} {each['place'][0]}" for each in one["addresses"]] for one in told]
    assert [(one, [each["street"] for each in other["streets"]]) for one, other in zip(shown, told, strict=True)] == [
        *table.values()
    ]
    assert [text for text, one in zip(table, told, strict=True) if one["missing"]] == ["13 main"]


@pytest.mark.parametrize("of", ["cells", pytest.param("zones", marks=pytest.mark.slow)])
def test_an_address_is_chosen_by_keys_and_no_request_holds_it(window: Open, demo_store: Path, of: str) -> None:
    """What is fetched at the first letter is everything, whatever the letter; then the map shows the place."""
    street, number, cell, zone = an_address(demo_store)
    reader = window().go(CELLS if of == "cells" else ZONES)
    field, sent = reader.find("#map-find"), list[Request]()
    with reader.page.expect_response("**/places.json*"):
        field.focus()
    reader.page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - a method of a list takes no mark
    field.press_sequentially("z")
    expect(reader.find(".an-find .quiet").last).to_contain_text("City of Alderbank GIS (CC-BY-4.0)")
    index = json.loads((demo_store / "geo" / INDEX).read_bytes())
    fetched = [request.url.partition(reader.origin)[2] for request in sent]
    assert sorted(fetched) == sorted(
        [asset("map/addresses.js"), *(f"/geo/{name}" for name in (INDEX, index["places"], *index["streets"]))]
    )
    field.fill("")
    field.press_sequentially(f"{number} {street.lower()} apt 3")
    expect(reader.find("#map-found [role=option]")).to_have_count(1)
    expect(reader.find(".an-find [role=status]")).to_have_text("Addresses found: 1. Use the arrow keys.")
    assert len(sent) == len(fetched)
    reader.press("ArrowDown").press("Enter")
    expect(reader.find("#map-panel")).to_be_focused()
    expect(reader.find(".an-find [role=status]")).to_contain_text("Its figures are about that area, not the address.")
    reader.page.wait_for_function("hearthmap.map() && hearthmap.map().getZoom() > 12")
    wanted = {"geography": "h3_9", "unit": cell} if of == "cells" else {"geography": "zone1", "unit": zone}
    assert {name: reader.asked[name] for name in wanted} == wanted
    kept = reader.page.evaluate(
        "JSON.stringify([localStorage, sessionStorage, history.state, document.title, location])"
    )
    said = [f"{request.url} {request.post_data} {request.headers}" for request in sent]
    for word in {street.split(" ")[-2].lower(), "apt 3"}:
        assert not [text for text in (*said, kept) if word in unquote(text).replace("+", " ").lower()]


def an_address(store: Path) -> tuple[str, str, str, str]:
    """Street, number, cell and zone of an address in a zone, on a street with a name of its own."""
    current = json.loads((store / "current.json").read_bytes())["evictions"]
    zones = pl.read_parquet(store / f"releases/evictions/{current}/zones.parquet")
    alone = pl.col("street").str.contains(r"^[A-Z]{6,} ST$")
    rows = pl.read_parquet(store / "geo" / TABLE).join(zones.select("cell", "zone1"), on="cell").filter(alone)
    street, number, cell, zone = rows.sort("street", "number").select("street", "number", "cell", "zone1").row(0)
    return str(street), str(number), str(cell), str(zone)
