"""The 311 feed as its center sends it: defects put in, columns named, everything text."""

import numpy as np
import polars as pl

from etl.demo.calendar import AS_OF_MOMENT
from etl.demo.defects import DEFECT, has
from etl.demo.draw import drawn_words
from etl.demo.people import bracketed, dashed, dotted
from etl.demo.plane import to_feet

CITY_HALL = (35.964512, -83.920144)
MISPLACED = ("null_island", "swapped", "default_point")
CHANNELS = {"Phone": 0.52, "Website": 0.19, "Mobile App": 0.21, "Walk-In": 0.03, "Email": 0.05}


def defective(rng: np.random.Generator, count: int) -> list[pl.Expr]:
    """The columns as their defects leave them."""
    days = pl.Series(rng.integers(1, 60, count)) * pl.duration(days=1)
    misplaced = pl.col(DEFECT).is_in(MISPLACED).fill_null(value=False)
    future = has("future_date")
    lat = (
        pl.when(has("null_island"))
        .then(0.0)
        .when(has("swapped"))
        .then("lng")
        .when(has("default_point"))
        .then(CITY_HALL[0])
    )
    lng = (
        pl.when(has("null_island"))
        .then(0.0)
        .when(has("swapped"))
        .then("lat")
        .when(has("default_point"))
        .then(CITY_HALL[1])
    )
    created = pl.when(future).then(pl.lit(AS_OF_MOMENT) + days * 12).when(~has("blank_created")).then("created")
    return [
        pl.col("created").dt.year().alias("year"),
        created.alias("created"),
        pl.when(has("closed_before_created"))
        .then(pl.col("created") - days)
        .when(~future)
        .then("closed")
        .alias("closed"),
        pl.when(has("blank_category")).then(None).otherwise("type").alias("type"),
        pl.when(misplaced).then(pl.lit("misplaced")).otherwise("mode").alias("mode"),
        lat.otherwise("lat").alias("lat"),
        lng.otherwise("lng").alias("lng"),
    ]


def as_sent(rng: np.random.Generator, told: pl.DataFrame) -> pl.DataFrame:
    """The columns of the feed, all text; `year` of its file and the planted defect."""
    count = told.height
    feet = np.round(to_feet(told.select("lng", "lat").to_numpy()), 2)
    mapped = pl.col("mode").is_in(("coordinates", "misplaced"))
    addressed = pl.col("mode").is_in(("coordinates", "address"))
    known = pl.col("mode").is_in(("coordinates", "address", "area"))
    opened = told["closed"].is_null()
    state = {True: {"Open": 0.4, "In Progress": 0.35, "Assigned": 0.25}, False: {"Closed": 0.7, "Completed": 0.3}}
    status = np.where(opened, drawn_words(rng, state[True], count), drawn_words(rng, state[False], count))
    return told.select(
        "year",
        DEFECT,
        pl.when(~has("blank_id"))
        .then(pl.format("SR-{}", pl.col("number").cast(pl.String).str.zfill(8)))
        .alias("SR Number"),
        _us(pl.col("created")).alias("Opened"),
        _us(pl.col("closed")).alias("Closed"),
        _us(pl.col("promised")).alias("Promised By"),
        _us(pl.coalesce("closed", "created")).alias("Last Updated"),
        pl.Series("Status", status),
        pl.col("type").alias("Type"),
        pl.Series("Priority", drawn_words(rng, {"Normal": 0.85, "High": 0.12, "Urgent": 0.03}, count)),
        _description(rng, count).alias("Description"),
        pl.col("department").alias("Department"),
        pl.Series("Channel", drawn_words(rng, CHANNELS, count)),
        pl.when(addressed).then("full").alias("Street Address"),
        pl.when(addressed).then("apartment").alias("Apartment"),
        pl.lit("ALDERBANK").alias("City"),
        pl.lit("TN").alias("State"),
        pl.when(known).then("zip_code").alias("ZIP"),
        pl.when(addressed).then("district").alias("Council District"),
        pl.when(addressed).then("neighborhood").alias("Neighborhood"),
        pl.when(mapped).then(pl.col("lat").round(6)).cast(pl.String).alias("Latitude"),
        pl.when(mapped).then(pl.col("lng").round(6)).cast(pl.String).alias("Longitude"),
        pl.when(addressed & mapped).then(pl.Series(feet[:, 0])).cast(pl.String).alias("X Coord"),
        pl.when(addressed & mapped).then(pl.Series(feet[:, 1])).cast(pl.String).alias("Y Coord"),
        pl.format("{} {}", "first", "last").alias("Caller Name"),
        bracketed(pl.col("phone")).alias("Caller Phone"),
        pl.col("email").alias("Caller Email"),
        pl.Series("Assigned To", drawn_words(rng, {f"Crew {n}": 1.0 for n in range(1, 15)}, count)),
        pl.format("WO-{}", pl.col("number") * 3 + 100_000).alias("Work Order"),
        pl.when(pl.col("closed").is_not_null())
        .then(pl.format("Called {} back, done.", "first"))
        .alias("Resolution Notes"),
        pl.Series("Photos", rng.integers(0, 3, count)).cast(pl.String),
        pl.Series("Survey Score", drawn_words(rng, {"": 0.9, "1": 0.02, "3": 0.03, "5": 0.05}, count)),
        pl.lit("311").alias("Source System"),
    )


def _us(moment: pl.Expr) -> pl.Expr:
    return moment.dt.strftime("%m/%d/%Y %I:%M:%S %p")


def _description(rng: np.random.Generator, count: int) -> pl.Expr:
    pick = pl.Series(rng.integers(0, 5, count))
    phone, name = dashed(pl.col("phone")), pl.format("{} {}", "first", "last")
    return (
        pl.when(pick == 0)
        .then(pl.format("{} called from {}. {} near {}. Please call back.", name, phone, "type", "full"))
        .when(pick == 1)
        .then(pl.format('Caller ({}, {}) says it has been like this for weeks: "{}".', name, phone, "type"))
        .when(pick == 2)
        .then(pl.format("{} at {}, contact {} or {}", "type", "full", name, "email"))
        .when(pick == 3)
        .then(pl.format("Second report by {}. Text {} before coming, dog in yard.", name, dotted(pl.col("phone"))))
        .otherwise(pl.format("{}: spoke with {} ({})", "type", name, phone))
    )
