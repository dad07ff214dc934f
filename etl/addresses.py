"""The city's address file: where its homes are. It places court and utility records, and it is every denominator."""

from collections.abc import Sequence

import polars as pl

from etl.acceptedhomes import accept, accepted
from etl.city import Source
from etl.context import Context, Homes
from etl.errors import EtlError, SchemaDrift, SourceUnreadable, TooFewLocated, TooManyRejects
from etl.feed import received
from etl.gates import check_located
from etl.location.finder import naming
from etl.steps.locate import Directory, build_directory
from etl.steps.validate import validate
from etl.values.points import with_points
from layers.grid import RESOLUTIONS, cell_expr

TOPIC = "households"
_COLUMNS = ("id", "address", "zip", "lat", "lng", "units", "renter_units", "accounts")


def read_homes(context: Context) -> tuple[Homes, Directory | None]:
    """The public homes of the city, from its `households` sources of records; empty where it declares none."""
    sources = _sources(context)
    return _homes(context, [_read(context, source, alone=len(sources) == 1) for source in sources])


def homes_to_stand_on(context: Context, *, keep: bool) -> tuple[Homes, Directory | None, EtlError | None]:
    """The same for counting: where a source is held or away, what was accepted of it last, and why.

    With `keep`, what passed is kept for that. Raises what holds the run where nothing was ever accepted.
    """
    sources, private = _sources(context), context.folders.private
    frames: list[pl.DataFrame] = []
    held: EtlError | None = None
    for source in sources:
        try:
            frames.append(_read(context, source, alone=len(sources) == 1))
        except (SourceUnreadable, SchemaDrift, TooManyRejects, TooFewLocated) as error:
            before = accepted(private, source.id)
            if before is None:
                raise
            held = error
            frames.append(before)
            context.progress.step(TOPIC, "held: the last accepted address file is stood on", exit=error.exit_code)
        else:
            if keep:
                accept(private, source.id, frames[-1])
    return *_homes(context, frames), held


def _sources(context: Context) -> list[Source]:
    return [s for s in context.city.sources_of(TOPIC) if s.regime == "events"]


def _homes(context: Context, frames: Sequence[pl.DataFrame]) -> tuple[Homes, Directory | None]:
    if not frames:
        return Homes(None, context.places.homes(None)), None
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
            previous_rows=context.state.last_rows(source.id) if alone else None,
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
