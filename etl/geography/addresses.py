"""The city's address file: where its homes are. It places court and utility records, and it is every denominator."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.city import Source
from etl.context import Context, Homes
from etl.drift.formerly import former_rows
from etl.errors import EtlError, SchemaDrift, SourceUnreadable, TooFewLocated, TooManyRejects
from etl.feeds.feed import received
from etl.feeds.gates import check_located
from etl.fetch import connector
from etl.geography.acceptedhomes import accept, accepted
from etl.geography.publicaddresses import LISTED
from etl.location.finder import naming
from etl.steps.locate import Directory, build_directory
from etl.steps.validate import validate
from etl.values.points import with_points
from layers.grid import RESOLUTIONS, cell_expr

TOPIC = "households"
_COLUMNS = ("id", "address", "zip", "lat", "lng", "units", "renter_units", "accounts", LISTED)


def read_homes(context: Context) -> tuple[Homes, Directory | None]:
    """The public homes of the city, from its `households` sources of records; empty where it declares none."""
    sources = _sources(context)
    return _homes(context, {source.id: _read(context, source, alone=len(sources) == 1) for source in sources})


def homes_at_hand(context: Context, *, whole: bool) -> Directory | None:
    """What places addresses while feeds are only looked at: address files on this machine, and of one that comes over
    a network what was accepted of it last. With `whole` every one is read."""
    sources = _sources(context)
    found = {source.id: _at_hand(context, source, alone=len(sources) == 1, whole=whole) for source in sources}
    return _homes(context, {name: records for name, records in found.items() if records is not None})[1]


def _at_hand(context: Context, source: Source, *, alone: bool, whole: bool) -> pl.DataFrame | None:
    if not whole and connector(source.connector.kind).samples:
        return accepted(context.folders.private, source.id)
    return _read(context, source, alone=alone)


@dataclass(frozen=True)
class Addresses:
    """Records by address source, where a source is held or away what was accepted of it last; and what held it."""

    records: Mapping[str, pl.DataFrame]
    held: EtlError | None = None

    def homes(self, context: Context) -> tuple[Homes, Directory | None]:
        """The homes of these records; empty where there are none."""
        return _homes(context, self.records)

    def accept(self, private: Path) -> None:
        """Keep what came, because it passed, for the nights when something else comes. Raises StorageFailed."""
        for source, records in self.records.items():
            accept(private, source, records)


def addresses_to_stand_on(context: Context) -> Addresses:
    """The address sources for counting. Raises what holds one of which nothing was ever accepted."""
    sources = _sources(context)
    records: dict[str, pl.DataFrame] = {}
    held: EtlError | None = None
    for source in sources:
        try:
            records[source.id] = _read(context, source, alone=len(sources) == 1)
        except (SourceUnreadable, SchemaDrift, TooManyRejects, TooFewLocated) as error:
            before = accepted(context.folders.private, source.id)
            if before is None:
                raise
            records[source.id], held = before, error
    return Addresses(records, held)


def last_accepted(context: Context, error: EtlError) -> Addresses:
    """What was accepted last of every address source, because of `error`; raises it where one has nothing yet."""
    records: dict[str, pl.DataFrame] = {}
    for source in _sources(context):
        before = accepted(context.folders.private, source.id)
        if before is None:
            raise error
        records[source.id] = before
    return Addresses(records, error)


def _sources(context: Context) -> list[Source]:
    return [s for s in context.city.sources_of(TOPIC) if s.regime == "events"]


def _homes(context: Context, by_source: Mapping[str, pl.DataFrame]) -> tuple[Homes, Directory | None]:
    if not by_source:
        return Homes(None, context.places.homes(None)), None
    public = {source.id for source in context.city.sources if source.public_addresses}
    frames = [records.with_columns(pl.lit(name in public).alias(LISTED)) for name, records in by_source.items()]
    records = pl.concat(frames, how="diagonal_relaxed")
    addresses = _placed(context, records)
    directory = build_directory(records, naming=naming()) if "address" in records.columns else None
    return Homes(addresses, context.places.homes(addresses)), directory


def _read(context: Context, source: Source, *, alone: bool) -> pl.DataFrame:
    """The records of an address source, once it has passed. Raises whatever holds it (exit codes 10 to 13)."""
    with received(context, source) as ingested:
        validated = validate(
            ingested,
            source,
            today=context.as_of,
            city_zone=context.city.time_zone,
            previous_rows=(context.state.last_rows(source.id) or former_rows(context, source)) if alone else None,
        )
        records = with_points(validated.records.collect(), source.location)
    _check_placed(context, source, records)
    return records


def _check_placed(context: Context, source: Source, records: pl.DataFrame) -> None:
    """Raises TooFewLocated where too few addresses lie in the city: zones and rates would stand on nothing."""
    west, south, east, north = context.places.reference.bounds
    inside = (pl.col("lat").is_between(south, north) & pl.col("lng").is_between(west, east)).fill_null(False)
    placed = records.select(inside.sum()).item()
    check_located(source.id, {"coordinates": placed, "none": records.height - placed}, source.limits)


def _placed(context: Context, records: pl.DataFrame) -> pl.DataFrame:
    """One row per address: units, renter units, accounts, its cells, its atom and its areas."""
    atom = context.city.settings.atom_resolution
    known = [c for c in _COLUMNS if c in records.columns]
    points = records.select(known).filter(pl.all_horizontal(pl.col("lat", "lng").is_finite()))
    lat, lng = points["lat"].to_numpy(), points["lng"].to_numpy()
    areas = [s.assign(lat, lng) for s in context.places.area_sets]
    return points.with_columns(
        *(cell_expr("lat", "lng", r).alias(f"h3_{r}") for r in RESOLUTIONS),
        cell_expr("lat", "lng", atom).alias("atom"),
        *areas,
        category=pl.lit("other"),
        units=pl.col("units").fill_null(0).cast(pl.Int64),
    )
