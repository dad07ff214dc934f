"""Where each record lies in the end: its point, if it has one, and its areas."""

from collections.abc import Collection, Sequence

import polars as pl

from etl.records import ADDRESS, AREA, FOUND_DEFAULT, LOCATED, NONE, NORMALIZED, OK, REPAIRED, ROUGH_WAYS, ROW
from layers.areas import AreaSet
from layers.topics import AREA_FIELD_PREFIX

OWN = (OK, *REPAIRED.values())
"""Ways that need nothing but the record's own coordinates."""


def without_points(frame: pl.DataFrame, suspected: pl.DataFrame) -> pl.DataFrame:
    """The records, those at a suspected point (`lat`, `lng`) marked as not located by their coordinates."""
    if suspected.is_empty():
        return frame
    there = pl.struct("lat", "lng").is_in(suspected.select(pl.struct("lat", "lng")).to_series().implode())
    own = pl.col("located").is_in(OWN)
    way = pl.when(own & there).then(pl.lit(FOUND_DEFAULT, LOCATED)).otherwise("located")
    return frame.with_columns(located=way)


def placed(frame: pl.DataFrame, more: pl.DataFrame, accept: Collection[str], concerned: pl.Series) -> pl.DataFrame:
    """`lat`, `lng`, `located`: the record's own point, its address point, or a place on its street; else null.

    `more` tells, by `row`, of addresses that are written otherwise. Only ways in `accept` count. A record whose home is
    `concerned` gets no point from a street or a block, only its way: see `in_areas`.
    """
    told = more.select(ROW, "near_lat", "near_lng", "rough_lat", "rough_lng", "rough_way").filter(
        pl.any_horizontal(pl.col("near_lat", "rough_lat").is_not_null())
    )
    rows = frame.join(told, on=ROW, how="left", maintain_order="left") if told.height else _without(frame, told)
    own = pl.col("located").is_in(OWN) if OK in accept else pl.lit(False)
    exact = pl.col("found_lat").is_not_null() & (ADDRESS in accept)
    near = pl.col("near_lat").is_not_null() & (NORMALIZED in accept)
    rough = pl.col("rough_way").is_in([way for way in ROUGH_WAYS if way in accept]).fill_null(False)
    way = (
        pl.when(own).then("located")
        .when(exact).then(pl.lit(ADDRESS, LOCATED))
        .when(near).then(pl.lit(NORMALIZED, LOCATED))
        .when(rough).then(pl.col("rough_way").cast(LOCATED))
        .when(pl.col("located").is_in(OWN)).then(pl.lit(NONE, LOCATED))
        .otherwise("located")
    )  # fmt: skip
    homes = pl.lit(concerned)
    point = {
        axis: pl.when(own).then(axis)
        .when(exact).then(f"found_{axis}")
        .when(near).then(f"near_{axis}")
        .when(rough & ~homes).then(f"rough_{axis}")
        for axis in ("lat", "lng")
    }  # fmt: skip
    return rows.with_columns(**point, located=way).drop(told.columns[1:])


def in_areas(
    frame: pl.DataFrame, more: pl.DataFrame, area_sets: Sequence[AreaSet], accept: Collection[str]
) -> pl.DataFrame:
    """`area_<kind>`: where the point lies; without one, where the whole block lies, or the area that the source names.

    A record that none of these places keeps, as its way, what was wrong with its coordinates.
    """
    lat, lng = (frame[name].fill_null(float("nan")).to_numpy() for name in ("lat", "lng"))
    point = pl.col("lat").is_not_null()
    whole = _whole_blocks(frame, more, area_sets)
    columns, by_block, by_name = [], [], []
    for areas in area_sets:
        named = _told(frame, areas) if AREA in accept else pl.lit(None, pl.String)
        block = pl.lit(whole[areas.kind]) if areas.kind in whole.columns else pl.lit(None, pl.String)
        by_name.append(named.is_not_null())
        by_block.append(block.is_not_null())
        column = pl.when(point).then(areas.assign(lat, lng)).otherwise(pl.coalesce(block, named))
        columns.append(column.alias(f"area_{areas.kind}"))
    lost = ~point & pl.col("located").is_in(ROUGH_WAYS) & ~_any(by_block)
    way = (
        pl.when(~point & _any(by_name) & ~_any(by_block)).then(pl.lit(AREA, LOCATED))
        .when(lost).then(pl.lit(NONE, LOCATED))
        .otherwise("located")
    )  # fmt: skip
    return frame.with_columns(*columns, way.alias("located"))


def _whole_blocks(frame: pl.DataFrame, more: pl.DataFrame, area_sets: Sequence[AreaSet]) -> pl.DataFrame:
    """By kind, the area that all of a record's block lies in; rows as in `frame`, no column where no record has one."""
    rough = frame.filter(pl.col("located").is_in(ROUGH_WAYS) & pl.col("lat").is_null()).select(ROW)
    if rough.is_empty():
        return pl.DataFrame()
    reach = rough.join(more.select(ROW, "reach_lat", "reach_lng"), on=ROW)
    points = reach.explode("reach_lat", "reach_lng")
    lat, lng = points["reach_lat"].to_numpy(), points["reach_lng"].to_numpy()
    inside = points.select(ROW).with_columns(areas.assign(lat, lng).alias(areas.kind) for areas in area_sets)
    kinds = [areas.kind for areas in area_sets]
    alone = inside.group_by(ROW).agg(
        pl.when((pl.col(k).n_unique() == 1) & (pl.col(k).null_count() == 0)).then(pl.col(k).first()) for k in kinds
    )
    return frame.select(ROW).join(alone, on=ROW, how="left", maintain_order="left").drop(ROW)


def _any(said: Sequence[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(said) if said else pl.lit(False)


def _without(frame: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, told.schema[name]).alias(name) for name in told.columns[1:])


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
