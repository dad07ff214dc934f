"""From events to claims: which home, on which day, where, and in which category of each dimension.

A claim is what bounding chooses from. Events are pseudonymous already: a keyed home, a cell, dates, categories.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from etl.protect.partitions import Partitions, Zones, partitions_of
from layers.ladder import Family
from layers.policy import NOT_PLACED, OTHER, OVER_CAP, PLACED, DisclosurePolicy

PLACES: tuple[str, ...] = ("zone1", "zone2", "neighborhood", "district")
CITY = "city"
_READ = ("category", "outcome", "appeared", "represented", "mediated")
"""The canonical fields that dimensions are read from; a city may lack some."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The claims whose cell lies in a zone, with the zone's names; and what was left out. Private."""

    claims: pl.DataFrame
    homes_without_zone: int
    rows_without_zone: int


def of_homes(events: pl.DataFrame | pl.LazyFrame, policy: DisclosurePolicy, years: Collection[int]) -> pl.DataFrame:
    """The events that concern a home and have a day in one of these years: of all others nothing is to be measured.

    Of a protected topic all events concern a home, of service requests those of home types.
    """
    groups = [value for family in policy.families for d in family.dimensions if d.name == "group" for value in d.values]
    known = set(events.collect_schema())
    days = dict.fromkeys(family.day for family in policy.families if family.day in known)
    rows = events.lazy().filter(
        pl.any_horizontal(pl.lit(False), *(pl.col(d).dt.year().is_in(list(years)) for d in days))
    )
    if groups:
        rows = rows.filter(pl.col("category").is_in(groups))
    return rows.with_columns(pl.col("cell").cast(pl.UInt64)).collect(engine="streaming")


def claims_of(events: pl.DataFrame, policy: DisclosurePolicy, family: Family) -> pl.DataFrame:
    """The events of one family: those with its date and a home in that date's year, with `day` (Date) and a column for
    each of its dimensions.

    `home` is what the home is called in the year of `day`: the column `home_<day field>` where there is one.
    """
    dated = _dated(events, family.day)
    absent = [name for name in _READ if name not in dated.columns]
    dated = dated.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    rows = dated.with_columns(_dimension(policy.topic, d.name, d.values).alias(d.name) for d in family.dimensions)
    for dimension in family.dimensions:
        rows = rows.filter(pl.col(dimension.name).is_not_null())
    return rows


def place(claims: pl.DataFrame, zones: Zones) -> Placed:
    """`claims` with `zone1`, `zone2`, `neighborhood`, `district` of their cell in the year of their `day`, and `city`;
    the others are counted."""
    found = [_inside(rows, partition) for rows, partition in _by_partition(claims, partitions_of(zones))]
    placed = pl.concat(found, how="diagonal").with_columns(city=pl.lit(CITY))
    homes = claims["home"].n_unique() - placed["home"].n_unique()
    return Placed(placed, homes, claims.height - placed.height)


def quality_claims(events: pl.DataFrame, zones: Zones, policy: DisclosurePolicy) -> pl.DataFrame:
    """One claim per event on its home's year: could it be placed in a zone, and if so, was it active in more months
    than are counted? The whole city is their only unit."""
    dated = _dated(events, next(family.day for family in policy.families if family.day))
    marked = pl.concat(
        rows.select("home", "cell", "day", inside=pl.col("cell").is_in(partition["cell"].implode()).fill_null(False))
        for rows, partition in _by_partition(dated, partitions_of(zones))
    )
    month = pl.when("inside").then(pl.col("day").dt.month())
    months = month.drop_nulls().n_unique().over("home", pl.col("day").dt.year())
    return marked.select(
        "home",
        "cell",
        "day",
        city=pl.lit(CITY),
        district=pl.lit(CITY),
        placed=pl.when(~pl.col("inside"))
        .then(pl.lit(NOT_PLACED))
        .when(months > policy.month_cap)
        .then(pl.lit(OVER_CAP))
        .otherwise(pl.lit(PLACED)),
    )


def home_column(day: str) -> str:
    """The events' column with the home as it is called in the year of this day field, if that is not `home`."""
    return f"home_{day}"


def _dated(events: pl.DataFrame, field: str) -> pl.DataFrame:
    own = home_column(field)
    home = pl.col(own if own in events.columns else "home")
    rows = events.with_columns(home=home, day=pl.col(field).cast(pl.Date))
    return rows.filter(pl.col("day").is_not_null() & pl.col("home").is_not_null())


def _by_partition(claims: pl.DataFrame, partitions: Partitions) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """The claims apart by the partition of their year, each with it."""
    year = claims["day"].dt.year()
    return [
        (claims.filter(year.is_in(list(years))), zones) for zones, years in partitions.spans(year.unique().to_list())
    ]


def _inside(claims: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in ("zone0", *PLACES) if name in zones.columns]
    return claims.drop(names, strict=False).join(zones.select("cell", *names), on="cell", how="inner")


def _dimension(topic: str, name: str, values: tuple[str, ...]) -> pl.Expr:
    match topic, name:
        case "evictions", "outcome":
            return _disposition()
        case "evictions", "represented":
            return pl.when(_yes("represented")).then(pl.lit("with_lawyer")).otherwise(pl.lit("without_lawyer"))
        case "service_requests", "group":
            return _known("category", values)
        case _:
            return _known(name, values).fill_null(OTHER)


def _known(column: str, values: tuple[str, ...]) -> pl.Expr:
    return pl.when(pl.col(column).is_in(list(values))).then(pl.col(column).cast(pl.String))


def _disposition() -> pl.Expr:
    """Appearance × outcome. A judgment against an absent tenant is a default, whatever the court calls it."""
    outcome = pl.col("outcome")
    absent = (outcome == "default") | ((outcome == "judgment") & _no("appeared"))
    return (
        pl.when(absent)
        .then(pl.lit("default"))
        .when(outcome == "judgment")
        .then(pl.lit("judgment"))
        .when((outcome == "settled") | _yes("mediated"))
        .then(pl.lit("settled"))
        .when((outcome == "dismissed") & _yes("appeared"))
        .then(pl.lit("appeared_dismissed"))
        .otherwise(pl.lit(OTHER))
    )


def _yes(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).is_in(["yes", "true"]).fill_null(False)


def _no(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).is_in(["no", "false"]).fill_null(False)
