"""Feeds that an agency counted: their own words, and rates where homes are known.

Tract  homes  filings  per 1,000
A        500       10       20.0
B         50       10  not collected: fewer than 100 homes
C        500        -  not reported: the source is blank
D          -       10  not collected: nobody knows its homes
E        500        0        0.0
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.city import Source
from etl.exact.received import Received, count_received, with_rates
from etl.release.words import as_received
from layers.period import Grain
from layers.store.reader import Store
from layers.topics import topic
from tests.machinery.small_city import declare, etl, write_small_city

YEAR = date(2019, 1, 1)
EVICTIONS = topic("evictions")


def _rows() -> pl.DataFrame:
    given = pl.DataFrame(
        {"unit": ["A", "B", "C", "D", "E"], "period": [YEAR] * 5, "all": [10.0, 10.0, None, 10.0, 0.0]},
        schema_overrides={"all": pl.Float64},
    )
    return count_received(given, Received("homes_filed", "tract", Grain.YEAR, ("all",), 0), list("ABCDE")).rows


def _homes() -> pl.DataFrame:
    return pl.DataFrame({"geography": "tract", "unit": ["A", "B", "C", "E"], "homes": [500, 50, 500, 500]})


def test_rates_stand_where_homes_are_known() -> None:
    rates = with_rates(_rows(), EVICTIONS, _homes()).filter(pl.col("kind") == "rate").sort("unit")
    assert rates.select("unit", "status", "value").rows() == [
        ("A", "value", 20.0),
        ("B", "not_collected", None),
        ("C", "not_reported", None),
        ("D", "not_collected", None),
        ("E", "zero", 0.0),
    ]
    assert rates["measure"].unique().to_list() == ["homes_filed_per_1000"]


def test_without_homes_there_is_no_rate() -> None:
    assert with_rates(_rows(), EVICTIONS, _homes().clear()).equals(_rows())


def test_a_blank_leaves_the_city_not_reported() -> None:
    city = _rows().filter(pl.col("geography") == "city")
    assert city.select("status", "value").rows() == [("not_reported", None)]


def _source(**counted: str) -> Source:
    return Source.model_validate(
        {
            "id": "marshals",
            "topic": "evictions",
            "regime": "source",
            "title": "Marshals' list",
            "publisher": "City",
            "license": "CC0-1.0",
            "cadence": "once",
            "covers": {"from": YEAR},
            "connector": {"kind": "csv", "path": "x.csv"},
            "counted": {
                "geography": "tract",
                "unit": "tract",
                "period": {"fixed": YEAR, "grain": "year"},
                "values": {"all": "n"},
                **counted,
            },
        }
    )


def test_the_agency_says_what_it_counted() -> None:
    source = _source(
        measure="set_outs", title="Set-outs", noun="set-outs", meaning="Carried out.", is_not="Not filings."
    )
    told = as_received(EVICTIONS, [source], alone=True)
    measure = told.measure("set_outs")
    assert measure is not None
    assert (told.title, measure.title, measure.unit, measure.help, told.summary, told.is_not) == (
        "Set-outs",
        "Set-outs",
        "set-outs",
        "Carried out.",
        "Carried out.",
        "Not filings.",
    )
    assert told.measure("homes_filed") == EVICTIONS.measure("homes_filed")


def test_beside_records_the_topic_keeps_its_own_summary() -> None:
    told = as_received(EVICTIONS, [_source(meaning="Cases.")], alone=False)
    measure = told.measure("homes_filed")
    assert measure is not None
    assert (measure.help, told.summary) == ("Cases.", EVICTIONS.summary)


@pytest.mark.slow
def test_a_feed_with_a_threshold_is_published_and_its_next_release_too(tmp_path: Path) -> None:
    city = write_small_city(tmp_path / "city")
    declare(city / "sources/needs_211.toml", lambda text: text.replace("[counted]\n", "[counted]\nthreshold = 11\n"))
    first = etl("run", city, "community_needs", "--var", tmp_path / "var", "--json")
    assert first.code == 0, first.said
    rows = Store(tmp_path / "var/public").release("community_needs").counts()
    received = rows.filter(measure="requests_for_help")
    assert received.filter(status="hidden").height
    assert not received.filter(pl.col("value") < 11).height
    feed = city / "feeds/211/requests_by_zip.csv"
    head, one, *rest = feed.read_text().splitlines()
    feed.write_text("\n".join([head, one.rsplit(",", 1)[0] + ",40", *rest]))
    second = etl("run", city, "community_needs", "--var", tmp_path / "var", "--json")
    assert second.code == 0, second.said
    again = Store(tmp_path / "var/public").release("community_needs").counts()
    assert again.equals(rows), "what was published stays"
