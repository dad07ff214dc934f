"""Eviction cases of the demo city: a court's CSV with names and addresses, and no coordinates."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import AS_OF, MORATORIUM, REBOUND, Span, growth, moments, season, weekday_pattern
from etl.demo.defects import DEFECT, doubled, has, marked, scaled
from etl.demo.draw import drawn_words
from etl.demo.hardship import drawn_homes, risk
from etl.demo.names import LANDLORDS
from etl.demo.people import with_people
from etl.demo.plane import FULL_SIZE, stream

YEARLY = 6_000
DEFECTS = {
    "duplicate": 60,
    "future_date": 12,
    "blank_id": 8,
    "blank_filed": 8,
    "unmatched_address": 240,
    "unknown_apartment": 320,
}
REJECTED = ("future_date", "blank_id", "blank_filed")
JUNK = ("TOTAL CASES {rows}", "END OF REPORT", "GENERATED 11/15/2026 BY CLERK OF COURT")
APPEARED_OUTCOMES = {"DISMISSED": 0.26, "AGREED": 0.38, "JUDGMENT FOR POSSESSION": 0.36}
REPRESENTED_OUTCOMES = {"DISMISSED": 0.44, "AGREED": 0.42, "JUDGMENT FOR POSSESSION": 0.14}
ABSENT_OUTCOMES = {"DISMISSED": 0.20, "DEFAULT JUDGMENT": 0.80}


@dataclass(frozen=True, slots=True)
class Cases:
    """The feed as text, its trailing lines, and what tests may expect of it."""

    feed: pl.DataFrame
    junk: tuple[str, ...]
    truth: dict[str, Any]


def draw_cases(seed: int, town: Town, span: Span) -> Cases:
    """All filings of the span with what became of them."""
    rng = stream(seed, "court")
    told = _decided(rng, _filed(rng, town, span))
    whole = marked(told, scaled(DEFECTS, town.homes.height), _eligible(), rng)
    people = with_people(whole.with_columns(number=pl.int_range(1, pl.len() + 1)), whole["canary"], rng)
    feed = doubled(_as_sent(rng, people)).drop(DEFECT)
    return Cases(feed, JUNK, _truth(people, feed.height))


def _eligible() -> pl.Expr:
    """Cases that may carry a defect: of apartments, since one of the defects is to leave the apartment out."""
    return pl.col("canary").is_null() & pl.col("apartment").is_not_null()


def _filed(rng: np.random.Generator, town: Town, span: Span) -> pl.DataFrame:
    """One row per case: filed (a day), home, its address and apartment."""
    days = span.days(partial=False)
    weight = season(days, peak=date(2025, 1, 20), strength=0.12) * season(days, peak=date(2025, 8, 10), strength=0.08)
    weight = weight * growth(days, yearly=0.05) * weekday_pattern(days, saturday=0.0, sunday=0.0) * 7 / 5
    weight = np.where(MORATORIUM.on(days), 0.12, np.where(REBOUND.on(days), 1.5, 1.0)) * weight
    level = risk(rng, town, owners=0.01, strain=1.15, repeat=1.0)
    yearly = YEARLY * town.homes.height / FULL_SIZE
    day, home = drawn_homes(rng, town, span, level=level, weight=weight, yearly=yearly, closing=2.4)
    homes = town.homes[home]
    return (
        town.at(homes["address"].to_numpy())
        .select("number", "direction", "street", "type", "long_type", "zip", "neighborhood", "district")
        .rename({"number": "house", "zip": "zip_code"})
        .with_columns(
            filed=moments(day, np.zeros(len(day), dtype=np.int64)),
            home=pl.Series(home),
            apartment=homes["apartment"],
            canary=homes["canary"],
        )
    )


def _decided(rng: np.random.Generator, cases: pl.DataFrame) -> pl.DataFrame:
    """With hearing, appearance, lawyer, outcome, disposition and set-out; null where that has not happened yet."""
    count = cases.height
    now = pl.lit(datetime(AS_OF.year, AS_OF.month, AS_OF.day))  # noqa: DTZ001 (the city's own calendar)
    represented = rng.random(count) < 0.09
    appeared = represented | (rng.random(count) < 0.43)
    outcome = np.where(
        represented,
        drawn_words(rng, REPRESENTED_OUTCOMES, count),
        np.where(appeared, drawn_words(rng, APPEARED_OUTCOMES, count), drawn_words(rng, ABSENT_OUTCOMES, count)),
    )
    lost = np.isin(outcome, ("DEFAULT JUDGMENT", "JUDGMENT FOR POSSESSION"))
    heard = pl.col("filed") + _days(rng.integers(9, 24, count))
    disposed = pl.col("hearing") + _days(np.where(rng.random(count) < 0.7, 0, rng.integers(7, 45, count)))
    carried_out = pl.col("disposition") + _days(rng.integers(11, 40, count))
    return (
        cases.with_columns(hearing=heard)
        .with_columns(disposition=disposed)
        .with_columns(executed=pl.when(pl.Series(lost & (rng.random(count) < 0.36))).then(carried_out))
        .with_columns(
            done=pl.col("disposition") < now,
            outcome=pl.Series(outcome),
            appeared=pl.Series(appeared),
            represented=pl.Series(represented),
            mediated=pl.Series((outcome == "AGREED") & (rng.random(count) < 0.4)),
        )
        .with_columns(
            disposition=pl.when("done").then("disposition"),
            executed=pl.when(pl.col("executed") < now).then("executed"),
        )
    )


def _days(count: np.ndarray) -> pl.Series:
    return pl.Series(count.astype(np.int64) * 86_400_000_000).cast(pl.Duration("us"))


def _as_sent(rng: np.random.Generator, cases: pl.DataFrame) -> pl.DataFrame:
    """The columns of the feed, all text, and the planted defect."""
    count = cases.height
    flag = {name: pl.when("done").then(pl.when(name).then(pl.lit("Y")).otherwise(pl.lit("N"))) for name in FLAGS}
    late = pl.col("filed") + _days(rng.integers(500, 1500, count))
    filed = pl.when(has("future_date")).then(late).when(~has("blank_filed")).then("filed")
    docket = pl.format("{}-DW-{}", pl.col("filed").dt.year(), pl.col("number").cast(pl.String).str.zfill(6))
    return cases.select(
        DEFECT,
        pl.when(~has("blank_id")).then(docket).alias("DOCKET NUMBER"),
        _us(filed).alias("FILE DATE"),
        pl.lit("DETAINER WARRANT").alias("CASE TYPE"),
        pl.Series("PLAINTIFF", drawn_words(rng, dict.fromkeys(LANDLORDS, 1.0), count)).str.to_uppercase(),
        pl.format("{}, {}", pl.col("last").str.to_uppercase(), pl.col("first").str.to_uppercase()).alias("DEFENDANT"),
        _street(rng, count).alias("DEFENDANT ADDRESS"),
        _unit(rng, count).alias("UNIT"),
        pl.lit("ALDERBANK").alias("CITY"),
        pl.lit("TN").alias("STATE"),
        pl.col("zip_code").alias("ZIP"),
        _us(pl.col("hearing")).alias("HEARING DATE"),
        pl.Series("DIVISION", drawn_words(rng, {"I": 1.0, "II": 1.0, "III": 1.0}, count)),
        pl.when("done").then("outcome").alias("DISPOSITION"),
        _us(pl.col("disposition")).alias("DISPOSITION DATE"),
        flag["appeared"].alias("DEF APPEARED"),
        flag["represented"].alias("DEF ATTORNEY"),
        flag["mediated"].alias("MEDIATED"),
        _us(pl.col("executed")).alias("WRIT EXECUTED"),
        pl.Series("AMOUNT CLAIMED", np.round(rng.lognormal(7.5, 0.6, count), 2)).cast(pl.String),
    )


FLAGS = ("appeared", "represented", "mediated")


def _us(moment: pl.Expr) -> pl.Expr:
    return moment.dt.strftime("%m/%d/%Y")


def _street(rng: np.random.Generator, count: int) -> pl.Expr:
    """The address as clerks type it: capitals, street types long or short, now and then one that does not exist."""
    kind = pl.when(pl.Series(rng.random(count) < 0.5)).then("long_type").otherwise("type")
    direction = pl.when(pl.col("direction") == "").then(pl.lit("")).otherwise(pl.col("direction") + " ")
    house = pl.when(has("unmatched_address")).then(pl.col("house") + 9_000).otherwise("house")
    return pl.format("{} {}{} {}", house, direction, "street", kind).str.to_uppercase()


def _unit(rng: np.random.Generator, count: int) -> pl.Expr:
    style = pl.Series(rng.integers(0, 3, count))
    label = pl.col("apartment")
    written = pl.when(style == 0).then("APT " + label).when(style == 1).then("#" + label).otherwise(label)
    return pl.when(~has("unknown_apartment")).then(written)


def _truth(cases: pl.DataFrame, rows: int) -> dict[str, Any]:
    """What tests may expect; homes are distinct homes of cases that are neither rejected nor without a known home."""
    kept = cases.filter(~pl.col(DEFECT).is_in(REJECTED).fill_null(value=False))
    known = ~pl.col(DEFECT).is_in(("unmatched_address", "unknown_apartment")).fill_null(value=False)
    homes = kept.filter(known)
    return {
        "rows": rows,
        "junk_rows": len(JUNK),
        "defects": dict(cases.drop_nulls(DEFECT).group_by(DEFECT).len().sort(DEFECT).iter_rows()),
        "records": kept.height,
        "located": {
            "address": kept.height - kept.filter(has("unmatched_address")).height,
            "none": kept.filter(has("unmatched_address")).height,
        },
        "homes_filed_by_year": homes_by(homes, "filed", "%Y"),
        "homes_filed_by_month": homes_by(homes, "filed", "%Y-%m"),
        "homes_disposed_by_year": homes_by(homes.drop_nulls("disposition"), "disposition", "%Y"),
    }


def homes_by(records: pl.DataFrame, moment: str, form: str) -> dict[str, int]:
    """Distinct homes by period of a moment."""
    period = pl.col(moment).dt.strftime(form).alias("period")
    return dict(records.group_by(period).agg(pl.col("home").n_unique()).sort("period").iter_rows())
