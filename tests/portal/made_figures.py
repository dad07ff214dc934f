"""Figures of the made-up store by a plain rule, so that tests can say what they must be; nothing here is random.

The rule (`_level`): a place's own number, the season of the period, and a little more every year.
"""

from collections.abc import Sequence

import polars as pl

from layers.keyset import KeyBlock, key_rows
from layers.measures import Kind, Measure, rate_name
from layers.period import Grain, closes_on, period_range
from tests.portal.made_places import AS_OF, CLOSING_DAYS, FIRST, FLOOR, Places


def exact_rows(
    place: Places, measure: Measure, geography: str, grain: Grain, categories: Sequence[str], *, share: float = 1.0
) -> pl.DataFrame:
    """Exact figures: sums of the levels of the neighborhoods would do; each unit has its own level."""
    rows = _numbered(place, measure, geography, grain, categories)
    scale = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain] * share
    if measure.kind is Kind.SHARE:
        value = (pl.col("place") % 5 + 5) / 10
    else:
        big = {"city": 40, "district": 12, "neighborhood": 4}.get(geography, 1)
        value = (_level() * scale * big / (pl.col("group") + 1)).round()
    status = pl.when(pl.col("place") == 2, measure.kind is Kind.SHARE).then(pl.lit("not_collected"))
    return _finished(
        rows.with_columns(value=value).with_columns(
            status=status.when(pl.col("value") == 0).then(pl.lit("zero")).otherwise(pl.lit("value"))
        )
    )


def measured_rows(place: Places, name: str, measure: Measure, groups: Sequence[str]) -> list[pl.DataFrame]:
    """Figures with a margin of 3; hidden below the floor, not reported before closing."""
    tables = {
        "zone1": (Grain.YEAR,),
        "zone2": (Grain.QUARTER, Grain.YEAR),
        "neighborhood": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        "district": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
        "city": (Grain.MONTH, Grain.QUARTER, Grain.YEAR),
    }
    frames = []
    for geography, grains in tables.items():
        for grain in grains:
            categories = ("all", *groups) if geography in ("district", "city") else ("all",)
            rows = _numbered(place, measure, geography, grain, categories)
            frame = _hidden(rows, grain, FLOOR[name], big=10 if geography in ("district", "city") else 1)
            frames += [frame, rate_rows(place, frame, measure.name, Kind.RATE)]
    return frames


def _hidden(rows: pl.DataFrame, grain: Grain, floor: int, *, big: int) -> pl.DataFrame:
    scale = {Grain.MONTH: 1, Grain.QUARTER: 2, Grain.YEAR: 5}[grain] * big
    true = (_level() * scale / (pl.col("group") + 1)).round()
    closed = [p for p in rows["period"].unique() if closes_on(p, grain, CLOSING_DAYS[grain]) <= AS_OF]
    told = pl.col("period").is_in(closed)
    shown, hidden = pl.col("status") == "value", pl.col("status") == "hidden"
    return _finished(
        rows.with_columns(true=true)
        .with_columns(
            status=(
                pl.when(~told)
                .then(pl.lit("not_reported"))
                .when(pl.col("true") < floor)
                .then(pl.lit("hidden"))
                .otherwise(pl.lit("value"))
            ),
        )
        .with_columns(
            value=pl.when(shown).then(pl.col("true")),
            low=(
                pl.when(shown).then(pl.max_horizontal(pl.col("true") - 3, pl.lit(0.0))).when(hidden).then(0.0)
            ),
            high=pl.when(shown).then(pl.col("true") + 3).when(hidden).then(float(floor + 2)),
            flag=(
                pl.when(shown & (pl.col("true") < floor + 2))
                .then(pl.lit("unrankable"))
                .when(shown & (pl.col("true") < floor + 4))
                .then(pl.lit("caution"))
            ),
        )
    )  # fmt: skip


def _numbered(place: Places, measure: Measure, geography: str, grain: Grain, categories: Sequence[str]) -> pl.DataFrame:
    """The key set with running numbers `place`, `time`, `group`."""
    units, periods = list(place.units(geography)), period_range(FIRST, AS_OF, grain)
    keys = key_rows(KeyBlock(measure.name, measure.kind, geography, grain, units, periods, categories))
    return keys.with_columns(
        place=pl.col("unit").replace_strict({u: n for n, u in enumerate(units)}, return_dtype=pl.Int64),
        time=pl.col("period").replace_strict({p: n for n, p in enumerate(periods)}, return_dtype=pl.Int64),
        group=pl.col("category").replace_strict({c: n for n, c in enumerate(categories)}, return_dtype=pl.Int64),
    )


def _level() -> pl.Expr:
    season = pl.lit(pl.Series([0, 1, 2, 4, 6, 8, 8, 6, 4, 3, 1, 0])).gather(pl.col("time") % 12)
    return pl.col("place") * 7 % 23 + season + pl.col("time") // 12


def rate_rows(place: Places, counts: pl.DataFrame, measure: str, kind: Kind) -> pl.DataFrame:
    """Rates per 1,000 homes of the counts, where there is one."""
    homes = place.homes(counts["geography"][0])
    return counts.with_columns(
        pl.lit(rate_name(measure)).alias("measure"),
        pl.lit(kind.value).alias("kind"),
        *((pl.col(name) * 1000 / homes).round(1).alias(name) for name in ("value", "low", "high")),
    )


def _finished(rows: pl.DataFrame) -> pl.DataFrame:
    for name, kind in (("value", pl.Float64), ("low", pl.Float64), ("high", pl.Float64), ("flag", pl.String)):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, kind).alias(name))
    return rows.with_columns(value=pl.when(pl.col("status").is_in(["value", "zero"])).then(pl.col("value"))).select(
        "measure", "category", "geography", "unit", "grain", "kind", "period", "status",
        pl.col("value", "low", "high").cast(pl.Float64), pl.col("flag").cast(pl.String),
    )  # fmt: skip
