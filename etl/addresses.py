"""The city's address file: where its homes are. It places court and utility records, and it is every denominator."""

import polars as pl

from etl.city import Source
from etl.context import Context, Homes
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
    sources = [s for s in context.city.sources_of(TOPIC) if s.regime == "events"]
    if not sources:
        return Homes(None, context.places.homes(None)), None
    frames = []
    for source in sources:
        with received(context, source) as ingested:
            validated = validate(
                ingested,
                source,
                today=context.as_of,
                city_zone=context.city.time_zone,
                previous_rows=context.state.last_rows(source.id) if len(sources) == 1 else None,
            )
            records = with_points(validated.records.collect(), source.location)
        _check_placed(context, source, records)
        frames.append(records)
    records = pl.concat(frames, how="diagonal_relaxed")
    addresses = _placed(context, records)
    directory = build_directory(records, naming=naming()) if "address" in records.columns else None
    return Homes(addresses, context.places.homes(addresses)), directory


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
