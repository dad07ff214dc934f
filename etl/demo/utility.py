"""Scheduled shutoffs of the demo city: a utility's workbooks with account numbers and service addresses."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from etl.demo.addresses import Town
from etl.demo.calendar import AS_OF, HEAT_WAVE, Span, growth, moments, season, weekday_pattern
from etl.demo.court import homes_by
from etl.demo.defects import DEFECT, doubled, has, marked, scaled
from etl.demo.draw import drawn_words
from etl.demo.hardship import drawn_homes, risk
from etl.demo.people import dashed, with_people
from etl.demo.plane import FULL_SIZE, stream

YEARLY = 10_000
DEFECTS = {"duplicate": 80, "blank_id": 10, "blank_scheduled": 10, "unmatched_address": 150}
REJECTED = ("blank_id", "blank_scheduled")
TITLE = ("ALDERBANK UTILITIES BOARD", "Scheduled disconnections, residential, year {year}")
JUNK = ("TOTAL SCHEDULED: {rows}", "Confidential customer information. Do not forward.")
OUTCOMES = {"DISC": 0.27, "DISC-RESTORED": 0.18, "PAY ARRANGEMENT": 0.23, "PAID": 0.32}
SHEET = "Scheduled"
HEADER_ROW = len(TITLE)
DAYS_TO_SETTLE = 21


@dataclass(frozen=True, slots=True)
class Shutoffs:
    """The feed by the year of its workbook, title and trailing lines, and what tests may expect of it."""

    by_year: dict[int, pl.DataFrame]
    title: tuple[str, ...]
    junk: tuple[str, ...]
    truth: dict[str, Any]


def draw_shutoffs(seed: int, town: Town, span: Span) -> Shutoffs:
    """All scheduled shutoffs of the span with what followed."""
    rng = stream(seed, "utility")
    told = _scheduled(rng, town, span)
    whole = marked(told, scaled(DEFECTS, town.homes.height), pl.col("canary").is_null(), rng)
    people = with_people(whole.with_columns(number=pl.int_range(1, pl.len() + 1)), whole["canary"], rng)
    feed = doubled(_as_sent(rng, people)).drop(DEFECT)
    years = {int(year): part.drop("year") for (year,), part in sorted(feed.group_by("year", maintain_order=True))}
    return Shutoffs(years, TITLE, JUNK, _truth(people, years))


def _scheduled(rng: np.random.Generator, town: Town, span: Span) -> pl.DataFrame:
    """One row per scheduled shutoff: scheduled (a day), home, its account, address and apartment."""
    days = span.days(partial=False)
    weight = season(days, peak=date(2025, 6, 1), strength=0.45) * growth(days, yearly=0.04)
    weight = weight * weekday_pattern(days, saturday=0.0, sunday=0.0) * 7 / 5
    weight = np.where(HEAT_WAVE.on(days), 0.0, weight)  # none in extreme heat
    level = risk(rng, town, owners=0.35, strain=1.0, repeat=0.8)
    yearly = YEARLY * town.homes.height / FULL_SIZE
    day, home = drawn_homes(rng, town, span, level=level, weight=weight, yearly=yearly, closing=2.6)
    homes = town.homes[home]
    return (
        town.at(homes["address"].to_numpy())
        .select("number", "direction", "street", "type", "zip", "neighborhood", "district")
        .rename({"number": "house", "zip": "zip_code"})
        .with_columns(
            scheduled=moments(day, np.zeros(len(day), dtype=np.int64)),
            home=pl.Series(home),
            account=homes["account"],
            apartment=homes["apartment"],
            canary=homes["canary"],
            outcome=pl.Series(drawn_words(rng, OUTCOMES, len(day))),
        )
    )


def _as_sent(rng: np.random.Generator, records: pl.DataFrame) -> pl.DataFrame:
    """The columns of the workbook, text and days; `year` of its file and the planted defect."""
    count = records.height
    house = pl.when(has("unmatched_address")).then(pl.col("house") + 9_000).otherwise("house")
    direction = pl.when(pl.col("direction") == "").then(pl.lit("")).otherwise(pl.col("direction") + " ")
    settled = pl.col("scheduled").dt.date() < pl.lit(AS_OF) - pl.duration(days=DAYS_TO_SETTLE)
    day = pl.col("scheduled").dt.date()
    return records.select(
        pl.col("scheduled").dt.year().alias("year"),
        DEFECT,
        pl.when(~has("blank_id")).then(pl.format("W{}", pl.col("number") + 700_000)).alias("Work Order"),
        pl.col("account").alias("Account Number"),
        pl.format("{} {}", "first", "last").alias("Customer Name"),
        dashed(pl.col("phone")).alias("Phone"),
        pl.format("{} {}{} {}", house, direction, "street", "type").alias("Service Address"),
        pl.when(pl.col("apartment").is_not_null()).then(pl.format("Unit {}", "apartment")).alias("Unit"),
        pl.col("zip_code").alias("ZIP"),
        pl.Series("Service", drawn_words(rng, {"Electric": 0.6, "Water": 0.25, "Gas": 0.15}, count)),
        pl.Series("Past Due", np.round(rng.lognormal(5.4, 0.5, count), 2)).cast(pl.String),
        pl.when(~has("blank_scheduled")).then(day).alias("Scheduled Date"),
        pl.when(settled).then("outcome").alias("Outcome"),
        pl.when(settled).then(day + pl.duration(days=3)).alias("Outcome Date"),
    )


def _truth(records: pl.DataFrame, years: dict[int, pl.DataFrame]) -> dict[str, Any]:
    """What tests may expect; homes are distinct homes of records that are neither rejected nor without a known home."""
    kept = records.filter(~pl.col(DEFECT).is_in(REJECTED).fill_null(value=False))
    homes = kept.filter(~has("unmatched_address"))
    return {
        "rows": sum(part.height for part in years.values()),
        "junk_rows": len(JUNK) * len(years),
        "defects": dict(records.drop_nulls(DEFECT).group_by(DEFECT).len().sort(DEFECT).iter_rows()),
        "records": kept.height,
        "located": {"address": homes.height, "none": kept.height - homes.height},
        "homes_scheduled_by_year": homes_by(homes, "scheduled", "%Y"),
        "homes_scheduled_by_month": homes_by(homes, "scheduled", "%Y-%m"),
    }
