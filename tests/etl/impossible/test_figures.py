"""What must be impossible of figures: one test per item, each of which tries to do it."""

import gzip

import polars as pl
import pytest

from layers.store.schema import KEY
from tests.etl.impossible.attempts import (
    BEFORE,
    COURT,
    FLOOR,
    City,
    cases_of,
    count_rows,
    noise,
    on_day,
    refused,
)


def test_a_figure_shown_below_the_floor(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise is made to bring every figure near the floor, from below, on it and from above."""
    noise(monkeypatch, lambda counts, sigma: [place % 9 - 1 for place in range(len(counts))])
    assert new_city.run() == 0
    counts = new_city.counts.filter(pl.col("kind") == "count")
    assert {"value", "hidden"} <= set(counts["status"])
    assert counts["value"].min() == FLOOR
    assert counts.filter(pl.col("status") == "hidden").select(pl.col("value").is_null().all()).item()
    csv = pl.read_csv(new_city.release / "downloads/evictions.csv.gz", infer_schema=False)
    assert csv.filter(pl.col("kind") == "count")["value"].drop_nulls().cast(pl.Float64).min() == FLOOR
    small = count_rows("month", "city") & (pl.col("status") == "value")
    assert "small_figures" in refused(
        new_city, lambda rows: rows.with_columns(value=pl.when(small).then(float(FLOOR - 1)).otherwise("value"))
    )


def test_a_total_that_is_not_the_sum_of_its_parts(new_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every measured table is made to contradict every other: pieces of 100, districts of 900."""
    noise(monkeypatch, lambda counts, sigma: [100 + 7 * place + int(80 * sigma) for place in range(len(counts))])
    assert new_city.run() == 0
    rows = new_city.counts.filter((pl.col("kind") == "count") & (pl.col("status") != "not_reported"))
    assert set(rows["status"]) == {"value", "not_collected"}
    key = ["measure", "category", "grain", "period"]
    totals = {
        geography: of.group_by(key).agg(pl.col("value").sum()).sort(key)
        for (geography,), of in rows.filter(status="value").group_by("geography")
    }
    city = totals["city"]
    assert city.height == 10  # three months; one quarter of filings and of dispositions by outcome
    assert totals["district"].equals(city)
    assert totals["neighborhood"].equals(city.join(totals["neighborhood"], on=key, how="semi"))
    assert totals["zone2"].equals(city.join(totals["zone2"], on=key, how="semi"))
    one_more = count_rows("month", "city") & (pl.col("status") == "value")
    assert "parent_minus_children" in refused(
        new_city, lambda rows: rows.with_columns(value=pl.when(one_more).then(pl.col("value") + 1).otherwise("value"))
    )


def test_a_row_whose_presence_depends_on_data(published_city: City, new_city: City) -> None:
    """Half of the cases are taken from the feed, and a year's worth of places with them."""
    on_day(new_city, BEFORE)
    feed = new_city.folder / COURT
    head, *cases = cases_of(feed.read_bytes())
    feed.write_bytes(gzip.compress(b"".join([head, *cases[::2]])))
    assert new_city.run() == 0
    silent = pl.col("status").is_in(["not_reported", "not_collected"])
    keys = [city.counts.select(KEY, "kind", silent=silent) for city in (published_city, new_city)]
    assert keys[0].equals(keys[1])
    nothing_there = count_rows("month", "district") & (pl.col("unit") == "3")
    assert "presence" in refused(published_city, lambda rows: rows.filter(~nothing_there))
