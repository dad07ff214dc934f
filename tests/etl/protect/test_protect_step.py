"""The whole of what the step hands on: rows, tables, closings, side figures, zones, and the steward's report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from etl.protect.calendar import Coverage
from etl.protect.measure import Bench
from etl.protect.mechanism import rho_of
from etl.protect.partitions import Partitions
from etl.protect.refusals import ZonesMissing
from etl.steps.protect import Protected, measured_tables, protect
from layers.period import Grain
from layers.policy import DisclosurePolicy, collected, policy_for

MakeBench = Callable[..., Bench]
Filings = Callable[..., pl.DataFrame]
EVICTIONS = policy_for("evictions")
NOWHERE = 1


def step(
    events: pl.DataFrame, zones: pl.DataFrame, bench: Bench, policy: DisclosurePolicy = EVICTIONS, **options: object
) -> Protected:
    days = {"coverage": Coverage(date(2025, 1, 1)), "as_of": date(2025, 5, 1), "snapshot": "s"}
    return protect(events, zones, policy, bench=bench, **(days | options))  # type: ignore[arg-type]


def test_what_the_steward_is_told(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    #  home          1    1    2    3    4    4    5
    #  cell          in   in   in   out  out  in   none
    events = filings(*((home, "2025-01-10") for home in (1, 1, 2, 3, 4, 4, 5)))
    cell = zones["cell"][0]
    placed = events.with_columns(cell=pl.Series([cell, cell, cell, NOWHERE, NOWHERE, cell, None], dtype=pl.UInt64))
    done = step(placed.with_columns(pl.col("cell").cast(pl.Int64)), zones, make_bench())
    told = done.report
    assert (told.homes, told.homes_without_zone, told.rows_without_zone) == (3, 2, 3)
    assert (told.measured_now, told.read_back, told.waiting) == (6, 0, 0)
    assert done.zones.keys() == {2025}
    assert done.zones[2025].select(zones.columns).equals(zones)
    assert [(c.grain, c.last_closed) for c in done.closings] == [
        (Grain.MONTH, date(2025, 3, 1)),
        (Grain.QUARTER, None),
        (Grain.YEAR, None),
    ]
    assert (done.publishable, done.quality) == (False, ())
    assert done.tables == measured_tables(done.policy)
    assert done.tables
    again = step(placed, zones, make_bench()).report
    assert (again.measured_now, again.read_back, again.waiting) == (0, 6, 0)


@pytest.mark.parametrize(("dry", "frozen"), [(True, []), (False, [2025])])
def test_only_a_run_that_measures_freezes_the_zones_of_a_year_and_says_so(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame, dry: bool, frozen: list[int]
) -> None:
    kept: list[int] = []
    told: list[str] = []

    def keep(year: int, drawn: pl.DataFrame) -> pl.DataFrame:
        kept.append(year)
        return drawn

    book = Partitions({}, drawn=lambda: zones, keep=keep)
    step(filings((1, "2025-01-10")), book, replace(make_bench(), progress=told.append), dry_run=dry)  # type: ignore[arg-type]  # the step takes any way of naming partitions
    assert kept == frozen
    assert told.count("frozen") == len(frozen)


def test_a_dry_run_measures_nothing(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    bench = make_bench()
    done = step(filings((1, "2025-01-10")), zones, bench, dry_run=True)
    assert (done.report.measured_now, done.report.read_back, done.report.waiting) == (0, 0, 6)
    assert bench.ledger.charged("evictions", "public") == {}


def test_what_is_not_filled_is_neither_measured_nor_named(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    events = filings((1, "2025-01-10"))
    assert step(events, zones, make_bench(), dry_run=True).policy == collected(EVICTIONS, {"filed"})
    with_disposition = events.with_columns(disposition=pl.col("filed"), outcome=pl.lit("settled"))
    assert step(with_disposition, zones, make_bench(), dry_run=True).policy != collected(EVICTIONS, {"filed"})
    said = step(with_disposition, zones, make_bench(), dry_run=True, fields=["filed"])
    assert said.policy == collected(EVICTIONS, {"filed"})


def test_every_table_behind_a_measure_is_stated_with_its_noise_and_its_price() -> None:
    stated = measured_tables(EVICTIONS)
    assert [s.table for s in stated] == [t for t in EVICTIONS.ladder if t.family != "quality"]
    assert [s.measure for s in stated] == ["homes_filed"] * 6 + ["homes_disposed"] * 2
    for each in stated:
        assert each.sigma == each.table.sigma(EVICTIONS.rho)
        assert each.rho == rho_of(each.sigma, each.table.squared_sensitivity)
        assert each.rho == pytest.approx(each.table.share * EVICTIONS.rho)


def test_a_whole_year_with_its_side_figures(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    policy = replace(EVICTIONS, rho=100.0)
    events = filings(*((home, "2025-02-10") for home in range(700)))
    done = step(events, zones, make_bench(), policy, as_of=date(2026, 4, 1))
    assert [(q.year, q.placed, q.over_cap) for q in done.quality] == [(2025, 100, 0)]
    assert done.zones.keys() == {2025, 2026}
    year = done.counts.filter(
        pl.col("grain") == "year",
        pl.col("geography") == "city",
        pl.col("kind") == "count",
        pl.col("period").dt.year() == 2025,
    )
    assert year["value"].item() == pytest.approx(700, abs=10)


def test_homes_of_a_retired_year_wait_for_ever(make_bench: MakeBench, filings: Filings, zones: pl.DataFrame) -> None:
    done = step(filings((1, "2025-01-10")), zones, make_bench(), retired=(2025,))
    assert (done.report.measured_now, done.report.read_back, done.report.waiting) == (0, 0, 6)
    assert done.publishable, "nothing was drawn"


def test_only_home_types_of_service_requests_are_of_homes(make_bench: MakeBench, zones: pl.DataFrame) -> None:
    events = pl.DataFrame(
        {
            "home": [1, 2, 3],
            "cell": [zones["cell"][0]] * 3,
            "created": [datetime(2025, 1, 10)] * 3,
            "category": ["housing_code", "graffiti", "noise_at_home"],
        },
        schema_overrides={"home": pl.UInt64, "cell": pl.UInt64},
    )
    assert step(events, zones, make_bench(), policy_for("service_requests")).report.homes == 2


def test_a_partition_without_a_zone_of_the_ladder_is_refused(
    make_bench: MakeBench, filings: Filings, zones: pl.DataFrame
) -> None:
    with pytest.raises(ZonesMissing) as told:
        step(filings((1, "2025-01-10")), zones.drop("zone0"), make_bench(), policy_for("evictions", tier="partner"))
    assert told.value.what == "The partner tier measures zone0, which this partition does not have."
