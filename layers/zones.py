"""Zones: the partition that protected topics stand on, made from public homes only, before any record is looked at.

An *atom* is an H3 cell with at least one public home. It belongs whole to one neighborhood and one district, those of
most of its homes. zone1 holds at least 100 homes, zone2 at least 500; both lie inside one *piece*, the part of a
neighborhood that lies in one district. zone0, which only the partner tier uses, divides a zone1 into parts of at least
30 homes. A cell without homes belongs to no zone: nothing is counted or drawn there.

The answer depends on the atoms alone, never on the order of their rows. An id names a set of cells: a zone of one cell
has the cell's id; one of several has its level, its lowest cell and a hash of all its cells, so that in another year
the same id means the same ground.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from layers.grid import lat_expr, lng_expr, neighbor_pairs, outline, parent_expr, resolution_of, text_expr
from layers.merging import Region, grow

Level = Literal["zone0", "zone1", "zone2"]

NO_NEIGHBORHOOD = "outside"
"""The neighborhood of homes that lie in none, so that their district still holds them."""

_PIECE = ("neighborhood", "district")
_COLUMNS = ("cell", "zone1", "zone2", "neighborhood", "district", "homes")
_ALL_COLUMNS = ("cell", "zone0", "zone1", "zone2", "neighborhood", "district", "homes")
_PREFIX: dict[Level, str] = {"zone0": "z0", "zone1": "z1", "zone2": "z2"}


@dataclass(frozen=True, slots=True)
class Assigned:
    """Share of homes (0 to 1) whose own neighborhood, district, and both, are those of their atom."""

    neighborhood: float
    district: float
    both: float


def build_zones(
    atoms: pl.DataFrame, *, zone1_homes: int = 100, zone2_homes: int = 500, zone0_homes: int = 30
) -> pl.DataFrame:
    """The partition, sorted by cell: `cell` (UInt64), `zone0`, `zone1`, `zone2`, `neighborhood`, `district`, `homes`
    (Int64).

    `atoms` holds `cell` (UInt64, one resolution), `neighborhood`, `district` and `homes`, one row or more per cell:
    one for each area that its homes lie in. Homes outside every district are not the city's and are left out.
    Every zone has at least its number of homes where its piece has; a piece with fewer than `zone1_homes` joins the
    neighborhood it touches most in its district, a district with fewer joins the piece it touches most.
    """
    cells = _assign(atoms)
    if cells.is_empty():
        return cells.with_columns(pl.lit("").alias(level) for level in _PREFIX).select(_ALL_COLUMNS)
    pairs = neighbor_pairs(cells["cell"])
    places = cells.select("cell", *_on_the_globe())
    cells = _without_small_pieces(cells, pairs, places, zone1_homes)
    cells = _divided(cells, places, zone1_homes, level="zone1", within=_PIECE)
    cells = _with_zone2(cells, pairs, places, zone2_homes)
    return with_zone0(cells, zone0_homes=zone0_homes)


def with_zone0(zones: pl.DataFrame, *, zone0_homes: int = 30) -> pl.DataFrame:
    """`zones` with `zone0`, made by the rule of zone1 inside each zone1.

    It follows from `cell`, `zone1` and `homes` alone, so a partition drawn without it can have it added.
    """
    bare = zones.drop("zone0", strict=False)
    if bare.is_empty():
        return bare.with_columns(zone0=pl.lit("")).select(_ALL_COLUMNS)
    places = bare.select("cell", *_on_the_globe())
    divided = _divided(bare, places, zone0_homes, level="zone0", within=("zone1",))
    return divided.select(_ALL_COLUMNS).sort("cell")


def exactly_assigned(atoms: pl.DataFrame, zones: pl.DataFrame) -> Assigned:
    """How many homes the whole atoms put into the area where they really are."""
    known = zones.select("cell", in_neighborhood="neighborhood", in_district="district")
    rows = _city_homes(atoms).join(known, on="cell")
    neighborhood, district = (
        pl.col("neighborhood") == pl.col("in_neighborhood"),
        pl.col("district") == pl.col("in_district"),
    )
    exact = {"neighborhood": neighborhood, "district": district, "both": neighborhood & district}
    if rows.is_empty():
        return Assigned(1.0, 1.0, 1.0)
    homes = pl.col("homes")
    shares = rows.select((homes.filter(where).sum() / homes.sum()).alias(name) for name, where in exact.items())
    return Assigned(**shares.row(0, named=True))


def zones_table(zones: pl.DataFrame, *, zone0: bool = False) -> pl.DataFrame:
    """The partition as it is published: cells as 15 hex digits; with `zone0` for partners only."""
    return (
        zones.with_columns(text_expr("cell").alias("cell"), pl.col("homes").cast(pl.Int64))
        .select(_ALL_COLUMNS if zone0 else _COLUMNS)
        .sort("cell")
    )


def zones_sha256(zones: pl.DataFrame) -> str:
    """Names the partition by its content: the sha256 of its public rows (without `zone0`) as CSV, in both tiers.

    `zone0` follows from those rows by rule, so the name holds for it too.
    """
    return hashlib.sha256(zones_table(zones).write_csv().encode()).hexdigest()


def zones_version(zones: pl.DataFrame) -> str:
    """The short form of `zones_sha256` that pages and file names carry."""
    return zones_sha256(zones)[:12]


def zone_units(zones: pl.DataFrame, level: Level) -> pl.DataFrame:
    """One row per zone: `unit`, `neighborhood`, `district`, `homes`, `cells`, and its middle `lat`, `lng` (degrees)."""
    return (
        zones.sort("cell")
        .with_columns(lat=lat_expr("cell"), lng=lng_expr("cell"))
        .group_by(pl.col(level).alias("unit"))
        .agg(
            pl.col("neighborhood", "district").first(),
            pl.col("homes").sum(),
            cells=pl.len(),
            lat=pl.col("lat").mean(),
            lng=pl.col("lng").mean(),
        )
        .sort("unit")
    )


def zone_features(zones: pl.DataFrame, level: Level) -> dict[str, Any]:
    """GeoJSON FeatureCollection: the outline of each zone's hexagons, with its id, homes, neighborhood, district."""
    members = zones.sort("cell").group_by(level).agg("cell", pl.col(*_PIECE).first(), pl.col("homes").sum()).sort(level)
    features = [
        {
            "type": "Feature",
            "id": row[level],
            "properties": {"id": row[level], "public_homes": row["homes"], **{name: row[name] for name in _PIECE}},
            "geometry": outline(row["cell"]),
        }
        for row in members.iter_rows(named=True)
    ]
    return {"type": "FeatureCollection", "features": features}


# ---------------------------------------------------------------- atoms


def _city_homes(atoms: pl.DataFrame) -> pl.DataFrame:
    return atoms.filter(pl.col("district").is_not_null() & (pl.col("homes") > 0)).select(
        "cell", pl.col("neighborhood").fill_null(NO_NEIGHBORHOOD), "district", pl.col("homes").cast(pl.Int64)
    )


def _assign(atoms: pl.DataFrame) -> pl.DataFrame:
    """Each atom whole in the neighborhood and the district of most of its homes; equal numbers go to the lower id."""
    homes = _city_homes(atoms)
    cells = homes.group_by("cell").agg(pl.col("homes").sum())
    for area in _PIECE:
        most = (
            homes.group_by("cell", area)
            .agg(pl.col("homes").sum())
            .sort("cell", "homes", area, descending=[False, True, False])
        )
        cells = cells.join(
            most.group_by("cell").agg(pl.col(area).sort_by(["homes", area], descending=[True, False]).first()),
            on="cell",
        )
    return cells.sort("cell")


def _on_the_globe() -> tuple[pl.Expr, ...]:
    """Cell centers as points of the unit sphere, so that distances need no projection."""
    lat, lng = lat_expr("cell").radians(), lng_expr("cell").radians()
    return (lat.cos() * lng.cos()).alias("x"), (lat.cos() * lng.sin()).alias("y"), lat.sin().alias("z")


# ---------------------------------------------------------------- merging


def _without_small_pieces(cells: pl.DataFrame, pairs: pl.DataFrame, places: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """`cells` with the areas of small pieces replaced: first inside the district, then a whole small district."""
    for scope in ("district", None):
        named = cells.with_columns(group=_group_id(cells, _PIECE), scope=pl.col(scope) if scope else pl.lit("city"))
        joined = grow(_regions(named, places), _borders(named, pairs), minimum, balanced=False)
        target = named.unique("group").select(pl.col("group").alias("into"), *_PIECE)
        cells = (
            named.select("cell", "homes", "group")
            .join(_mapping(joined), on="group")
            .join(target, on="into")
            .select("cell", "homes", *_PIECE)
            .sort("cell")
        )
    return cells


def _with_zone2(cells: pl.DataFrame, pairs: pl.DataFrame, places: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """Unions of neighboring zones 1 of a piece, smallest first."""
    named = cells.with_columns(group="zone1", scope=_group_id(cells, _PIECE))
    joined = grow(_regions(named, places), _borders(named, pairs), minimum, balanced=True)
    anchored = (
        named.join(_mapping(joined), on="group")
        .with_columns(anchor=pl.col("cell").min().over("into"))
        .drop("group", "scope", "into")
    )
    return _named(anchored, "zone2")


def _divided(
    cells: pl.DataFrame, places: pl.DataFrame, minimum: int, *, level: Level, within: tuple[str, ...]
) -> pl.DataFrame:
    """`cells` with the zones of `level`, each inside one of `within`: single cells, then what is left of a parent, of
    its parent, …; the last remainder goes to the nearest zone."""
    piece = [pl.col(name) for name in within]
    enough = pl.col("homes") >= minimum
    made = [cells.filter(enough).with_columns(anchor="cell")]
    left = cells.filter(~enough)
    for resolution in range(resolution_of(cells["cell"][0]) - 1, -1, -1):
        left, whole = _split(
            left.with_columns(parent=parent_expr("cell", resolution)), [*piece, pl.col("parent")], minimum
        )
        made.append(whole.drop("parent"))
        left = left.drop("parent")
    left, whole = _split(left, piece, minimum)
    made.append(whole)
    zones = pl.concat(made)
    rest = _nearest(left, zones, places, within)
    alone = left.join(rest, on="cell", how="anti").with_columns(anchor=pl.col("cell").min().over(within))
    anchored = pl.concat([zones, left.join(rest, on="cell"), alone], how="vertical")
    return _named(anchored, level)


def _split(left: pl.DataFrame, group: Iterable[pl.Expr], minimum: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What stays open, and the groups with enough homes, each anchored at its lowest cell."""
    enough = pl.col("homes").sum().over(*group) >= minimum
    marked = left.with_columns(enough=enough)
    whole = marked.filter("enough").with_columns(anchor=pl.col("cell").min().over(*group))
    return marked.filter(~pl.col("enough")).drop("enough"), whole.drop("enough")


def _nearest(left: pl.DataFrame, zones: pl.DataFrame, places: pl.DataFrame, within: tuple[str, ...]) -> pl.DataFrame:
    """`cell`, `anchor` of the nearest zone of `within`. Few rows: a remainder has fewer homes than one zone."""
    here = left.join(places, on="cell").select("cell", *within, "x", "y", "z")
    there = zones.join(places, on="cell").select("anchor", *within, *(pl.col(c).alias(f"{c}2") for c in "xyz"))
    apart = sum(((pl.col(c) - pl.col(f"{c}2")) ** 2 for c in "yz"), (pl.col("x") - pl.col("x2")) ** 2)
    return (
        here.join(there, on=list(within))
        .with_columns(apart=apart.round(15))
        .group_by("cell")
        .agg(pl.col("anchor").sort_by("apart", "anchor").first())
    )


def _named(anchored: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Zone ids instead of anchors: the cell where a zone is one cell, else level, lowest cell and hash of its cells."""
    cells = anchored.sort("cell").group_by("anchor").agg(cells=text_expr("cell")).sort("anchor")
    ids = [_zone_id(level, members) for members in cells["cells"]]
    names = cells.select("anchor").with_columns(pl.Series(level, ids, dtype=pl.String))
    return anchored.join(names, on="anchor").drop("anchor").sort("cell")


def _zone_id(level: Level, cells: Sequence[str]) -> str:
    if len(cells) == 1:
        return cells[0]
    return f"{_PREFIX[level]}-{cells[0]}-{hashlib.sha256(','.join(cells).encode()).hexdigest()[:8]}"


def _group_id(cells: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """A name for each distinct combination, in the order of its words."""
    names = list(columns)
    return cells.select(pl.struct(names).rank("dense").cast(pl.String).str.zfill(8).alias("group")).to_series()


def _regions(named: pl.DataFrame, places: pl.DataFrame) -> list[Region]:
    rows = (
        named.join(places, on="cell")
        .group_by("group")
        .agg(pl.col("scope").first(), pl.col("homes").sum(), pl.col("x", "y", "z").sort_by("cell").mean())
        .sort("group")
    )
    return [
        Region(group, scope, homes, (x, y, z))
        for group, scope, homes, x, y, z in rows.select("group", "scope", "homes", "x", "y", "z").rows()
    ]


def _borders(named: pl.DataFrame, pairs: pl.DataFrame) -> list[tuple[str, str, int]]:
    """How many cell sides two groups of the same scope share, in both directions."""
    of = named.select("cell", "group", "scope")
    return (
        pairs.join(of, on="cell")
        .join(of.rename({"cell": "neighbor", "group": "other", "scope": "other_scope"}), on="neighbor")
        .filter((pl.col("scope") == pl.col("other_scope")) & (pl.col("group") != pl.col("other")))
        .group_by("group", "other")
        .agg(sides=pl.len())
        .sort("group", "other")
        .rows()
    )


def _mapping(joined: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"group": list(joined), "into": list(joined.values())}, schema={"group": pl.String, "into": pl.String}
    )
