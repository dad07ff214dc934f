"""From events to claims: which home, on which day, where, and in which category of each dimension.

A claim is what bounding chooses from. Events are pseudonymous already: a keyed home, a cell, dates, categories.
"""

from dataclasses import dataclass

import polars as pl

from layers.ladder import Family
from layers.policy import OTHER, DisclosurePolicy

PLACES: tuple[str, ...] = ("zone1", "zone2", "neighborhood", "district")
CITY = "city"
_READ = ("category", "outcome", "appeared", "represented", "mediated")
"""The canonical fields that dimensions are read from; a city may lack some."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The events whose cell lies in a zone, with the zone's names; and what was left out. Private."""

    events: pl.DataFrame
    homes_without_zone: int
    rows_without_zone: int


def place(events: pl.DataFrame, zones: pl.DataFrame) -> Placed:
    """`events` with `zone1`, `zone2`, `neighborhood`, `district` of their cell and `city`; the others are counted."""
    names = [name for name in ("zone0", *PLACES) if name in zones.columns]
    known = zones.select("cell", *names)
    placed = events.drop(names, strict=False).join(known, on="cell", how="inner").with_columns(city=pl.lit(CITY))
    homes = events["home"].n_unique() - placed["home"].n_unique()
    return Placed(placed, homes, events.height - placed.height)


def claims_of(events: pl.DataFrame, policy: DisclosurePolicy, family: Family) -> pl.DataFrame:
    """The events of one family: those with its date, with `day` (Date) and a column for each of its dimensions."""
    dated = events.filter(pl.col(family.day).is_not_null()).with_columns(day=pl.col(family.day).cast(pl.Date))
    absent = [name for name in _READ if name not in dated.columns]
    dated = dated.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    rows = dated.with_columns(_dimension(policy.topic, d.name, d.values).alias(d.name) for d in family.dimensions)
    for dimension in family.dimensions:
        rows = rows.filter(pl.col(dimension.name).is_not_null())
    return rows


def quality_claims(events: pl.DataFrame, zones: pl.DataFrame, policy: DisclosurePolicy) -> pl.DataFrame:
    """One claim per event on whether its home could be placed in a zone; the whole city is their only unit."""
    day = next(family.day for family in policy.families if family.day)
    placed = pl.col("cell").is_in(zones["cell"].implode()).fill_null(False)
    return events.filter(pl.col(day).is_not_null()).select(
        "home",
        "cell",
        day=pl.col(day).cast(pl.Date),
        city=pl.lit(CITY),
        district=pl.lit(CITY),
        placed=pl.when(placed).then(pl.lit("placed")).otherwise(pl.lit("not_placed")),
    )


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
