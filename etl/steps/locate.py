"""Locate: records become events in cells and areas. Coordinates, addresses, names and accounts end here.

A record is placed by its coordinates; else by its address, matched exactly with the city's address points; else by an
area that the source names. It is never placed at a default point. How each was placed is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import polars as pl

from etl.city import Source
from etl.directory import Directory, build_directory, matched, named_by
from etl.homes import home_expr
from etl.keyed import keyed_expr, seeded_expr
from etl.records import ADDRESS, AREA, FAULTS, LOCATED, OK, ROW, WAYS, Located
from etl.values.points import fault_expr, with_points
from layers.areas import AreaSet
from layers.grid import RESOLUTIONS, cell_expr
from layers.policy import day_fields
from layers.topics import AREA_FIELD_PREFIX, GroupKind, topic

__all__ = ["Directory", "build_directory", "locate"]

_HOME, _EVENT = "home", "event"
NOTHING_FROZEN: Mapping[int, Directory] = MappingProxyType({})


class YearKeys(Protocol):
    """The key of homes of each of these calendar years; those of which nothing may be counted any more are left out."""

    def __call__(self, years: Iterable[int], /) -> Mapping[int, bytes]: ...


def locate(
    records: pl.DataFrame | pl.LazyFrame,
    source: Source,
    *,
    area_sets: Sequence[AreaSet],
    city_area: str,
    directory: Directory | None,
    key: bytes,
    home_keys: YearKeys,
    year_names: Mapping[int, Directory] = NOTHING_FROZEN,
    atom_resolution: int = RESOLUTIONS[-1],
    resolutions: Sequence[int] = RESOLUTIONS,
) -> Located:
    """Pseudonymous events of the records, and how many were placed how.

    `city_area` names the kind whose frame is the city's: points beyond it are `outside`. `directory` is None where the
    city has no address file. `key` hashes ids, `home_keys` homes. Events have `key` (UInt64), `category`, the topic's
    public fields but no id, `cell` at the atom's resolution, `h3_7` to `h3_9`, `area_<kind>`, `located`, and `home`
    (UInt64): hashed with the key of the year of the topic's event date, null where a record concerns no home or its
    year has no key. For each further day that puts a home into a period there is `home_<field>`, under that day's year.
    A home is named by what `year_names` tells of its address in that year, or by `directory` where the year has none.
    The `cell` of a home is that of its address point where that is known, so that a home has one cell.
    """
    frame = records.collect() if isinstance(records, pl.LazyFrame) else records
    bounds = next(areas for areas in area_sets if areas.kind == city_area).bounds
    frame = with_points(frame, source.location)
    frame = frame.with_columns(fault_expr(bounds, source.location.default_points).alias("located"))
    faults = _tally(frame["located"], FAULTS)
    frame = _in_areas(_placed(matched(frame, directory)), area_sets)
    located = _tally(frame["located"], WAYS)
    events = _events(
        _with_homes(frame, source, area_sets, key, home_keys, year_names),
        source,
        area_sets,
        (atom_resolution, *resolutions),
    )
    return Located(events, located, faults)


def _tally(ways: pl.Series, names: Sequence[str]) -> dict[str, int]:
    counts = dict(ways.value_counts().iter_rows())
    return {name: counts[name] for name in names if name in counts}


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """`lat`, `lng` only where they are a location: the record's own, or else its address point's."""
    own = pl.col("located") == OK
    point = {name: pl.when(own).then(name).otherwise(f"found_{name}") for name in ("lat", "lng")}
    found = pl.col("found_lat").is_not_null()
    return frame.with_columns(
        **point, located=pl.when(~own & found).then(pl.lit(ADDRESS, LOCATED)).otherwise(pl.col("located"))
    )  # fmt: skip


def _in_areas(frame: pl.DataFrame, area_sets: Sequence[AreaSet]) -> pl.DataFrame:
    """`area_<kind>`: where the point lies; for a record without a point, the area that its source names."""
    lat, lng = (frame[name].fill_null(float("nan")).to_numpy() for name in ("lat", "lng"))
    placed = pl.col("lat").is_not_null()
    columns, named = [], []
    for areas in area_sets:
        told = _told(frame, areas)
        named.append(told.is_not_null())
        columns.append(pl.when(placed).then(areas.assign(lat, lng)).otherwise(told).alias(f"area_{areas.kind}"))
    by_area = ~placed & pl.any_horizontal(named) if named else pl.lit(False)
    return frame.with_columns(
        *columns, pl.when(by_area).then(pl.lit(AREA, LOCATED)).otherwise(pl.col("located")).alias("located")
    )  # fmt: skip


def _told(frame: pl.DataFrame, areas: AreaSet) -> pl.Expr:
    """The area that the source names, by id (zeros in front do not matter) or by name; null for any other text."""
    column = f"{AREA_FIELD_PREFIX}{areas.kind}"
    if column not in frame.columns:
        return pl.lit(None, pl.String)
    known = {area.name.casefold(): area.id for area in areas.areas}
    known |= {(area.id.lstrip("0") or "0").casefold(): area.id for area in areas.areas}
    known |= {area.id.casefold(): area.id for area in areas.areas}
    text = pl.col(column).str.to_lowercase()
    unpadded = text.str.strip_chars_start("0")
    return pl.coalesce(*(t.replace_strict(known, default=None, return_dtype=pl.String) for t in (text, unpadded)))


def _with_homes(
    frame: pl.DataFrame,
    source: Source,
    area_sets: Sequence[AreaSet],
    key: bytes,
    home_keys: YearKeys,
    year_names: Mapping[int, Directory],
) -> pl.DataFrame:
    """`key` for every record, homes for those that concern one, and the point of a home moved to its address point."""
    days = _home_days(source)
    seeded = seeded_expr(pl.col("id"), key, _EVENT).alias("key")
    concerned = frame.filter(_concerns_home(source))
    if not concerned.height:
        return frame.with_columns(seeded, *(pl.lit(None, pl.UInt64).alias(column) for column in days))
    areas = [f"area_{each.kind}" for each in area_sets]
    years = {column: concerned[day].dt.year() for column, day in days.items()}
    homes = concerned.select(
        ROW,
        *(_hashed(_named(concerned, areas, y, year_names), y, home_keys).alias(column) for column, y in years.items()),
        keyed_expr(pl.col("id"), key, _EVENT).alias("key"),
        pl.coalesce("found_lat", "lat").alias("home_lat"),
        pl.coalesce("found_lng", "lng").alias("home_lng"),
    )
    if concerned.height == frame.height:
        return frame.hstack(homes.drop(ROW))
    joined = frame.join(homes, on=ROW, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("key", seeded))


def _home_days(source: Source) -> dict[str, str]:
    """The columns of homes and the day whose year's key each is hashed with; the event's own day first."""
    about = topic(source.topic)
    own = str(about.event_date)
    return {_HOME: own} | {f"{_HOME}_{day}": day for day in day_fields(about.name) if day != own}


def _named(
    frame: pl.DataFrame, areas: Sequence[str], years: pl.Series, year_names: Mapping[int, Directory]
) -> pl.Series:
    """The home of each record as a text, told by what was frozen for its year or else by the directory."""
    rows, name = frame.with_row_index("at"), home_expr(frame.columns, areas).alias(_HOME)
    frozen = [
        named_by(rows.filter(years == year), year_names[year]).select("at", name)
        for year in years.unique().drop_nulls()
        if year in year_names
    ]
    others = rows.filter(~years.is_in(list(year_names)).fill_null(False)).select("at", name)
    return pl.concat([others, *frozen]).sort("at")[_HOME]


def _hashed(homes: pl.Series, years: pl.Series, home_keys: YearKeys) -> pl.Series:
    """Each home under the key of its year, each row hashed once; null where there is no year or no key."""
    rows = pl.DataFrame({"home": homes, "year": years}).with_row_index("at")
    keys = home_keys(years.drop_nulls().unique().sort().to_list())
    parts = [
        rows.filter(pl.col("year") == year).select("at", hashed=keyed_expr(pl.col("home"), key, _HOME))
        for year, key in keys.items()
    ]
    hashed = pl.concat([pl.DataFrame(schema={"at": pl.UInt32, "hashed": pl.UInt64}), *parts])
    return rows.join(hashed, on="at", how="left", maintain_order="left")["hashed"]


def _concerns_home(source: Source) -> pl.Expr:
    if topic(source.topic).protected:
        return pl.lit(True)
    homes = [group.key for group in source.plain_groups() if group.kind is GroupKind.HOME]
    return pl.col("category").is_in(homes).fill_null(False)


def _events(
    frame: pl.DataFrame, source: Source, area_sets: Sequence[AreaSet], resolutions: Sequence[int]
) -> pl.DataFrame:
    """Only what may be kept: the vault's columns."""
    atom, *published = resolutions
    fields = [field.name for field in topic(source.topic).fields if not field.private and field.name != "id"]
    kept = ["key", *_home_days(source), *dict.fromkeys([*fields, "category"]), "located"]
    areas = [f"area_{each.kind}" for each in area_sets]
    cells = _cells(frame, atom, published)
    return pl.concat([frame.select(kept), cells, frame.select(areas)], how="horizontal")


def _cells(frame: pl.DataFrame, atom: int, published: Sequence[int]) -> pl.DataFrame:
    """`cell` of the home or else of the point, and `h3_<resolution>` of the point, computed in parallel."""
    of_home = "home_lat" in frame.columns
    points = frame.lazy().select("lat", "lng", *(("home_lat", "home_lng") if of_home else ()))
    columns = [cell_expr("lat", "lng", each).alias(f"h3_{each}") for each in published]
    if of_home:
        points = points.with_columns(pl.coalesce("home_lat", "lat"), pl.coalesce("home_lng", "lng"))
        columns.append(cell_expr("home_lat", "home_lng", atom).alias("cell"))
    elif atom not in published:
        columns.append(cell_expr("lat", "lng", atom).alias("cell"))
    found = points.select(columns).collect(engine="streaming")
    names = [f"h3_{each}" for each in published]
    return found.select(pl.col("cell") if "cell" in found.columns else pl.col(f"h3_{atom}").alias("cell"), *names)
