"""Locate: records become events in cells and areas. Coordinates, addresses, names and accounts end here.

A record is placed by its coordinates; else by its address, matched with the city's address points; else on its street,
at its crossing or in its block; else by an area that the source names. It is never placed at a default point. How each
was placed is counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import polars as pl

from etl.city import Source
from etl.feeds.reading import COORDINATES
from etl.geography.directory import Directory, build_directory, matched, named_by, with_brought
from etl.homes.home import home_expr
from etl.keyed import keyed_expr, seeded_expr
from etl.location.blocks import without_block_points
from etl.location.crowded import crowded_points, sampled
from etl.location.finder import NEAR, TOLD, Finder
from etl.location.placing import OWN, in_areas, placed, without_points
from etl.records import FAULTS, REPAIRED, ROW, WAYS, Located
from etl.values.points import Box, fault_expr, repaired_points, with_points
from layers.areas import AreaSet
from layers.cellraster import cells_of
from layers.grid import RESOLUTIONS
from layers.policy import day_fields
from layers.topics import GroupKind, topic

__all__ = ["Directory", "build_directory", "concerns_home", "default_points", "home_days", "locate", "point_columns"]

_HOME, _EVENT = "home", "event"
_NAMES = ("told_zip", "postal", "postal_unit", "found_street", "by_postal", *NEAR.values())
NO_FINDER = Finder()
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
    finder: Finder = NO_FINDER,
    suspected: pl.DataFrame | None = None,
    year_names: Mapping[int, Directory] = NOTHING_FROZEN,
    atom_resolution: int = RESOLUTIONS[-1],
    resolutions: Sequence[int] = RESOLUTIONS,
) -> Located:
    """Pseudonymous events of the records, and how many were placed how.

    `city_area` names the kind whose frame is the city's: points beyond it are `outside`. `directory` is None where the
    city has no address file; `finder` places addresses that are not in it as they are written; `suspected` are the
    default points of the feed that these records are a part of (None: they are all of it, see `default_points`). `key`
    hashes ids, `home_keys` homes.

    Events have `key` (UInt64), `category`, the topic's public fields but no id, `cell` at the atom's resolution, `h3_7`
    to `h3_9`, `area_<kind>`, `located`, and `home` (UInt64): hashed with the key of the year of the topic's event date,
    null where a record concerns no home or its year has no key. For each further day that puts a home into a period
    there is `home_<field>`, under that day's year. A home is named by what `year_names` tells of its address in that
    year, or by `directory` where the year has none. The `cell` of a home is that of its address point where that is
    known, so that a home has one cell; a street or a block gives a home no cell.
    """
    frame = records.collect() if isinstance(records, pl.LazyFrame) else records
    if suspected is None:
        suspected = default_points(lambda: iter([frame]), source, area_sets=area_sets, city_area=city_area)
    frame = matched(_with_points(frame, source, _bounds(area_sets, city_area)), directory)
    if source.location.hundred_blocks:
        frame = without_block_points(frame)
    concerned = frame.select(concerns_home(source).alias(_HOME))[_HOME]
    frame = without_points(frame, suspected)
    faults = _tally(frame["located"], (*FAULTS, *REPAIRED.values()))
    accept = source.location.accept
    more = _more(frame, finder, directory, concerned, year_names)
    frame = in_areas(placed(frame, more, accept, concerned), more, area_sets, accept)
    located = _tally(frame["located"], WAYS)
    events = _events(
        _with_homes(frame, more, source, area_sets, directory, key, home_keys, year_names),
        source,
        area_sets,
        (atom_resolution, *resolutions),
        _bounds(area_sets, city_area),
    )
    return Located(events, located, faults, suspected)


def _tally(ways: pl.Series, names: Sequence[str]) -> dict[str, int]:
    counts = dict(ways.value_counts().iter_rows())
    return {name: counts[name] for name in names if name in counts}


def default_points(
    parts: Callable[[], Iterator[pl.DataFrame]], source: Source, *, area_sets: Sequence[AreaSet], city_area: str
) -> pl.DataFrame:
    """`lat`, `lng`, `records` of points that hold too much of a feed, told by records that concern no home where there
    are any. `parts` gives all records, as often as it is asked: see `point_columns`.

    One home's record then never decides whether another's is counted.
    """
    bounds, homes = _bounds(area_sets, city_area), concerns_home(source)
    told = ~homes if any(part.select((~homes).any()).item() for part in parts()) else homes

    def points(of: Callable[[pl.DataFrame], pl.DataFrame] = lambda part: part) -> Iterator[pl.DataFrame]:
        for part in parts():
            own = _with_points(of(part.filter(told)), source, bounds).filter(pl.col("located").is_in(OWN))
            yield own.select("lat", "lng", *({"address"} & set(own.columns)))

    location = source.location
    return crowded_points(
        points, share=location.default_share, records=location.default_records, samples=lambda: points(sampled)
    )


def point_columns(source: Source) -> list[str]:
    """The fields that `default_points` looks at."""
    return [name for name in ("category", "address", *COORDINATES) if name in (*source.fields, "category")]


def _bounds(area_sets: Sequence[AreaSet], city_area: str) -> Box:
    return next(areas for areas in area_sets if areas.kind == city_area).bounds


def _with_points(records: pl.DataFrame, source: Source, bounds: Box) -> pl.DataFrame:
    """The records with `lat`, `lng` and, as `located`, how these may be used."""
    frame = with_points(records, source.location)
    frame = frame.with_columns(fault_expr(bounds, source.location.default_points).alias("located"))
    return repaired_points(frame, source.location, bounds)


def _more(
    frame: pl.DataFrame,
    finder: Finder,
    directory: Directory | None,
    concerned: pl.Series,
    year_names: Mapping[int, Directory],
) -> pl.DataFrame:
    """What the finder tells of the addresses of records that have no point, or that concern a home."""
    if "address" not in frame.columns:
        return pl.DataFrame(schema={ROW: pl.UInt32(), **TOLD})
    unplaced = ~frame["located"].is_in(OWN)
    asked = frame.select(ROW, "address", "zip", "street", "found_lat", wanted=unplaced).filter(unplaced | concerned)
    return finder.more(asked, directory, [names for names in year_names.values() if names.naming])


def _with_homes(
    frame: pl.DataFrame,
    more: pl.DataFrame,
    source: Source,
    area_sets: Sequence[AreaSet],
    directory: Directory | None,
    key: bytes,
    home_keys: YearKeys,
    year_names: Mapping[int, Directory],
) -> pl.DataFrame:
    """`key` for every record, homes for those that concern one, and the point of a home moved to its address point."""
    days = home_days(source)
    seeded = seeded_expr(pl.col("id"), key, _EVENT).alias("key")
    concerned = frame.filter(concerns_home(source))
    if not concerned.height:
        return frame.with_columns(seeded, *(pl.lit(None, pl.UInt64).alias(column) for column in days))
    concerned = concerned.join(more.select(ROW, *_NAMES), on=ROW, how="left", maintain_order="left")
    areas = [f"area_{each.kind}" for each in area_sets]
    now = directory is not None and bool(directory.naming)
    years = {column: concerned[day].dt.year() for column, day in days.items()}
    homes = concerned.select(
        ROW,
        *(
            _hashed(_named(concerned, areas, y, year_names, now), y, home_keys).alias(column)
            for column, y in years.items()
        ),
        keyed_expr(pl.col("id"), key, _EVENT).alias("key"),
        pl.coalesce("found_lat", "near_lat", "lat").alias("home_lat"),
        pl.coalesce("found_lng", "near_lng", "lng").alias("home_lng"),
    )
    if concerned.height == frame.height:
        return frame.hstack(homes.drop(ROW))
    joined = frame.join(homes, on=ROW, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("key", seeded))


def home_days(source: Source) -> dict[str, str]:
    """The columns of homes and the day whose year's key each is hashed with; the event's own day first."""
    about = topic(source.topic)
    own = str(about.event_date)
    return {_HOME: own} | {f"{_HOME}_{day}": day for day in day_fields(about.name) if day != own}


def _named(
    frame: pl.DataFrame, areas: Sequence[str], years: pl.Series, year_names: Mapping[int, Directory], now: bool
) -> pl.Series:
    """The home of each record as a text, told by what was frozen for its year or else by the directory.

    `now` is whether the directory also names homes whose address is written otherwise than in it.
    """
    rows, name = frame.with_row_index("at"), home_expr(frame.columns, areas).alias(_HOME)
    frozen = [
        named_by(rows.filter(years == year), year_names[year]).select("at", name)
        for year in years.unique().drop_nulls()
        if year in year_names
    ]
    others = rows.filter(~years.is_in(list(year_names)).fill_null(False))
    if now:
        told = others.select("at", "by_postal", "found_street", found_units="near_units", found_zip="near_zip")
        others = with_brought(others, told.filter(pl.col("found_street").is_not_null()))
    others = others.select("at", name)
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


def concerns_home(source: Source) -> pl.Expr:
    """Whether a record concerns a home, by its category."""
    if topic(source.topic).protected:
        return pl.lit(True)
    homes = [group.key for group in source.plain_groups() if group.kind is GroupKind.HOME]
    return pl.col("category").is_in(homes).fill_null(False)


def _events(
    frame: pl.DataFrame, source: Source, area_sets: Sequence[AreaSet], resolutions: Sequence[int], bounds: Box
) -> pl.DataFrame:
    """Only what may be kept: the vault's columns."""
    atom, *published = resolutions
    fields = [field.name for field in topic(source.topic).fields if not field.private and field.name != "id"]
    kept = [
        "key",
        *(name for name in ("record",) if name in frame.columns),
        *home_days(source),
        *dict.fromkeys([*fields, "category"]),
        "located",
    ]
    areas = [f"area_{each.kind}" for each in area_sets]
    cells = _cells(frame, atom, published, bounds)
    return pl.concat([frame.select(kept), cells, frame.select(areas)], how="horizontal")


def _cells(frame: pl.DataFrame, atom: int, published: Sequence[int], bounds: Box) -> pl.DataFrame:
    """`cell` of the home or else of the point, and `h3_<resolution>` of the point."""
    of_home = "home_lat" in frame.columns
    own = [*published] if of_home or atom in published else [atom, *published]
    found = dict(zip(own, cells_of(frame["lat"], frame["lng"], own, bounds), strict=True))
    if of_home:
        lat, lng = frame.select(pl.coalesce("home_lat", "lat"), pl.coalesce("home_lng", "lng"))
        (cell,) = cells_of(lat, lng, (atom,), bounds)
    else:
        cell = found[atom]
    return pl.DataFrame([cell.alias("cell"), *(found[each].alias(f"h3_{each}") for each in published)])
