"""Affordable homes: where they are, and where concern is high while they are few."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from layers.grid import cell_number, center
from layers.measures import Status, rate_name
from layers.period import Grain
from layers.store.reader import Release
from portal.queries.names import with_names
from portal.queries.offer import last_told, offer_of, spans
from portal.releases import Releases

SUPPLY = "housing_supply"
CONCERNS: tuple[tuple[str, str], ...] = (("evictions", "homes_filed"), ("shutoffs", "homes_scheduled"))
"""Topics of concern and the measure that speaks for each."""
UNITS_RATE = rate_name("units")


_POINTS = {"cell": pl.String, "lat": pl.Float64, "lng": pl.Float64, "developments": pl.Float64, "units": pl.Float64}


@lru_cache(maxsize=16)
def supply_points(release: Release) -> pl.DataFrame:
    """`cell, lat, lng, developments, units`: small hexagons with affordable developments, at their middles."""
    period = last_stock(release, "developments", "h3_9")
    if period is None:
        return pl.DataFrame(schema=_POINTS)
    rows = _stock(release, period)
    wide = rows.pivot("measure", index="unit", values="value").sort("unit")
    for missing in {"developments", "units"} - set(wide.columns):
        wide = wide.with_columns(pl.lit(None, pl.Float64).alias(missing))
    middles = [center(cell_number(cell)) for cell in wide["unit"]]
    return wide.select(
        pl.col("unit").alias("cell"),
        pl.Series("lat", [lat for lat, _ in middles], dtype=pl.Float64).round(5),
        pl.Series("lng", [lng for _, lng in middles], dtype=pl.Float64).round(5),
        "developments",
        "units",
    )


def _stock(release: Release, period: date) -> pl.DataFrame:
    rows = release.counts(
        measure=["developments", "units"], category="all", geography="h3_9", grain=Grain.YEAR.value, period=period,
        columns=("measure", "unit", "status", "value"),
    )  # fmt: skip
    return rows.filter((pl.col("status") == "value") & (pl.col("value") > 0)).drop("status")


def last_stock(release: Release, measure: str, geography: str) -> date | None:
    """The newest year that a register speaks of."""
    last = last_told(spans(release, measure, "all", geography, Grain.YEAR))
    return last.start if last else None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Concern against supply at one kind of place.

    `rows`: `unit, name, concern, concern_status, units, units_status, <topic>…, concern_class, supply_class, gap,
    concern_sure`; classes 0, 1, 2 are thirds, null where either figure is not shown. `concern_sure`: the whole range of
    the concern (90 %) lies in its class or above. Highest concern with least supply first, unjudged last.
    """

    rows: pl.DataFrame
    grain: Grain
    periods: dict[str, date]
    concern_breaks: tuple[float, float]
    supply_breaks: tuple[float, float]

    @property
    def judged(self) -> pl.DataFrame:
        return self.rows.filter(pl.col("gap").is_not_null())


def mismatch(releases: Releases, geography: str, grain: Grain) -> Mismatch | None:
    """Eviction filings and shutoffs per 1,000 homes, added up, beside affordable units per 1,000 homes.

    None where a topic is missing. A place whose figure is hidden in any topic is not judged.
    """
    supply = releases.release(SUPPLY)
    concerns = [(releases.release(topic), rate_name(measure)) for topic, measure in CONCERNS]
    if supply is None or any(release is None for release, _ in concerns):
        return None
    stock = last_stock(supply, UNITS_RATE, geography)
    kept = [(release, measure) for release, measure in concerns if release is not None]
    when = _common_period(kept, geography, grain)
    if stock is None or when is None:
        return None
    rows = _rates_at(supply, UNITS_RATE, geography, Grain.YEAR, stock, "units")
    for release, measure in kept:
        found = _rates_at(release, measure, geography, grain, when, release.topic)
        rows = rows.join(found, on="unit", how="left", maintain_order="left")
    named = with_names(supply, geography, rows)
    periods = {release.topic: when for release, _ in kept} | {SUPPLY: stock}
    return _classed(named, [release.topic for release, _ in kept], grain, periods)


def _common_period(concerns: list[tuple[Release, str]], geography: str, grain: Grain) -> date | None:
    """The newest period that is told in all of the topics."""
    told = [
        {s.start for s in spans(release, measure, "all", geography, grain) if s.told and s.finished}
        for release, measure in concerns
    ]
    shared = set.intersection(*told) if told else set()
    return max(shared, default=None)


def _rates_at(release: Release, measure: str, geography: str, grain: Grain, period: date, name: str) -> pl.DataFrame:
    rows = release.counts(
        measure=measure, category="all", geography=geography, grain=grain.value, period=period,
        columns=("unit", "status", "value", "low"),
    )  # fmt: skip
    below = (pl.col("value") - pl.col("low")).fill_null(0.0)  # a figure without a range is exact
    named = pl.col("value").alias(name), pl.col("status").alias(f"{name}_status"), below.alias(f"{name}_below")
    return rows.select("unit", *named)


def _classed(rows: pl.DataFrame, topics: list[str], grain: Grain, periods: dict[str, date]) -> Mismatch:
    concern = pl.sum_horizontal(pl.col(topics), ignore_nulls=False)
    status = pl.coalesce(
        *(pl.when(pl.col(topic).is_null()).then(pl.col(f"{topic}_status")) for topic in topics), pl.lit("value")
    )
    summed = rows.with_columns(concern=concern.round(1), concern_status=status)
    judged = summed.filter(pl.col("concern").is_not_null() & pl.col("units").is_not_null())
    high, few = _thirds(judged["concern"]), _thirds(judged["units"])
    both = pl.col("concern").is_not_null() & pl.col("units").is_not_null()
    share = {name: pl.when(both).then(pl.col(name)).rank() / max(judged.height, 1) for name in ("concern", "units")}
    below = pl.sum_horizontal(*(pl.col(f"{topic}_below") ** 2 for topic in topics)).sqrt()
    classed = summed.with_columns(
        concern_class=pl.when(both).then(_third("concern", high)),
        concern_sure=pl.when(both).then(_third_of(pl.col("concern") - below, high) == _third("concern", high)),
        supply_class=pl.when(both).then(_third("units", few)),
        gap=share["concern"] - share["units"],
    )
    ranked = classed.sort("gap", "concern", "name", descending=[True, True, False], nulls_last=True)
    return Mismatch(ranked, grain, periods, high, few)


def _thirds(values: pl.Series) -> tuple[float, float]:
    if values.is_empty():
        return 0.0, 0.0
    low, high = (values.quantile(share, "linear") or 0.0 for share in (1 / 3, 2 / 3))
    return round(low, 1), round(high, 1)


def _third(column: str, breaks: tuple[float, float]) -> pl.Expr:
    return _third_of(pl.col(column), breaks)


def _third_of(value: pl.Expr, breaks: tuple[float, float]) -> pl.Expr:
    return (value >= breaks[0]).cast(pl.Int8) + (value >= breaks[1]).cast(pl.Int8)


def mismatch_places(releases: Releases) -> list[tuple[str, Grain]]:
    """Geographies and grains in which concern and supply can be compared, the finest grain that shows half first."""
    supply = releases.release(SUPPLY)
    concerns = [(releases.release(topic), rate_name(measure)) for topic, measure in CONCERNS]
    if supply is None or any(release is None for release, _ in concerns):
        return []
    with_units = offer_of(supply).geographies(UNITS_RATE)
    return [
        (geography, grain)
        for geography in ("neighborhood", "district")
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
        if geography in with_units
        and all(release and grain in offer_of(release).grains(rate, geography) for release, rate in concerns)
    ]


def hidden_word(row: dict[str, object]) -> Status:
    """Why a place is not judged."""
    return Status(str(row["concern_status"] if row["concern"] is None else row["units_status"]))
