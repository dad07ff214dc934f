"""Real feeds taken in as a run does it, up to located events: private counts before anything is protected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from etl.city import City, Source
from etl.geography.places import Places, load_places
from etl.records import Ingested, Located, Validated
from etl.steps.ingest import ingest
from etl.steps.locate import locate
from etl.steps.validate import validate
from layers.areas import AreaSet
from layers.grid import cell_expr

KEY = b"a key for tests, thirty-two byte"
FEW, RATHER_FEW = 5, 10


@dataclass(frozen=True)
class Reading:
    """One source of a city, step by step. `folder` is for snapshots and unpacked text."""

    city: City
    places: Places
    source: Source
    folder: Path

    @cached_property
    def ingested(self) -> Ingested:
        """As the declaration says: filtered rows are gone."""
        return ingest(
            self.source,
            self.city.folder,
            private=self.folder / "private",
            scratch=self.folder / "scratch" / self.source.id,
            key=KEY,
        )

    @cached_property
    def validated(self) -> Validated:
        today = self.city.settings.as_of
        assert today is not None, "an archive city has a clock that stands still"
        return validate(self.ingested, self.source, today=today, city_zone=self.city.time_zone)

    @cached_property
    def records(self) -> pl.DataFrame:
        return self.validated.records.collect()

    @cached_property
    def located(self) -> Located:
        return locate(
            self.records,
            self.source,
            area_sets=self.places.area_sets,
            city_area=self.places.reference.kind,
            directory=None,
            key=KEY,
            home_keys=lambda years: dict.fromkeys(years, KEY),
        )

    @property
    def events(self) -> pl.DataFrame:
        return self.located.events

    def text(self, *columns: str) -> pl.DataFrame:
        """Columns of the feed as text, with `row`."""
        return self.ingested.table(columns)

    def rejected(self, reason: str) -> pl.Series:
        """Row numbers of the rows rejected for a reason."""
        return self.validated.rejects.filter(reason=reason)["row"]


class Readings:
    """Readings of a city, each made once."""

    def __init__(self, city: City, folder: Path) -> None:
        self.city = city
        self.places = load_places(city)
        self._folder = folder
        self._made: dict[str, Reading] = {}

    def __getitem__(self, name: str) -> Reading:
        if name not in self._made:
            self._made[name] = Reading(self.city, self.places, self.city.source(name), self._folder)
        return self._made[name]

    def variant(self, name: str, **declared: Any) -> Reading:
        """The source as if it were declared otherwise."""
        source = self.city.source(name).model_copy(update=declared)
        return Reading(self.city, self.places, source, self._folder / f"variant-{len(self._made)}")

    def areas(self, kind: str) -> AreaSet:
        areas = self.places.area_set(kind)
        assert areas is not None
        return areas


def points(text: pl.DataFrame, lat: str, lng: str) -> pl.DataFrame:
    """`row`, `lat`, `lng` (degrees) of the rows that have coordinates, straight from the text."""
    numbers = text.select("row", lat=pl.col(lat).cast(pl.Float64), lng=pl.col(lng).cast(pl.Float64))
    return numbers.filter(pl.col("lat").is_not_null() & pl.col("lng").is_not_null())


def assigned(where: pl.DataFrame, areas: AreaSet) -> pl.Series:
    """The area of each point."""
    return areas.assign(where["lat"].to_numpy(), where["lng"].to_numpy())


def by_area(units: pl.Series) -> dict[str, int]:
    """Rows by area; those in none are left out."""
    return dict(units.drop_nulls().value_counts().iter_rows())


def cell_figures(where: pl.DataFrame, resolution: int) -> dict[str, int]:
    """How many cells hold points, the fullest, and the small ones: in the words of expected.json."""
    held = where.select(cell_expr("lat", "lng", resolution).alias("cell")).group_by("cell").len()["len"]
    figures = {"cells": held.len(), "max": int(held.max() or 0)}
    for limit in (FEW, RATHER_FEW):
        small = held.filter(held < limit)
        figures |= {f"cells_lt{limit}": small.len(), f"rows_in_cells_lt{limit}": int(small.sum())}
    return figures


def event_cells(events: pl.DataFrame, resolution: int) -> pl.DataFrame:
    """Cells of located events and how many events each holds."""
    return events.group_by(f"h3_{resolution}").len().filter(pl.col(f"h3_{resolution}").is_not_null())


def sums(counts: pl.DataFrame, keys: Sequence[str], value: str) -> dict[Any, float]:
    """Sums of a column by others."""
    grouped = counts.group_by(keys).agg(pl.col(value).sum())
    return {row[0] if len(keys) == 1 else row[:-1]: row[-1] for row in grouped.iter_rows()}


def plus(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Two counts by area, added."""
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
