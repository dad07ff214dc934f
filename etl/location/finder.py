"""What places an address that does not stand in the address file as it is written, from the surest way to the roughest.

1. the address file, where it is written otherwise; 2. the streets: along the house numbers, at a crossing, in the
middle of a block; 3. the address points of a block; 4. an outside service, where one is declared. Each distinct
address is looked at once.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import polars as pl

from etl.geography.directory import Directory, brought, unknown_to
from etl.location.blocks import block_points
from etl.location.postal import Postal, parser_version
from etl.location.spelling import block_expr
from etl.location.streets import ROUGH, Streets, nothing_found
from etl.records import ROW

NEAR = {"found_lat": "near_lat", "found_lng": "near_lng", "found_units": "near_units", "found_zip": "near_zip"}
"""What an address that is written otherwise means: the columns of the address file, by another name."""
READ: dict[str, pl.DataType] = {
    "address": pl.String(),
    "postal": pl.String(),
    "number": pl.Int64(),
    "joined": pl.Int64(),
    "postal_name": pl.String(),
    "postal_unit": pl.String(),
}
TOLD: dict[str, pl.DataType] = {
    "told_zip": pl.String(),
    "postal": pl.String(),
    "postal_unit": pl.String(),
    "found_street": pl.String(),
    "by_postal": pl.Boolean(),
    "near_lat": pl.Float64(),
    "near_lng": pl.Float64(),
    "near_units": pl.Float64(),
    "near_zip": pl.String(),
    **{name: dtype for name, dtype in ROUGH.items() if name != "at"},
}
"""Columns of what is told of an address, beside `row`."""
_ZIP_AT_END = r"(?:^|[\s,])(\d{5})(?:-\d{4})?\s*$"


def naming() -> str:
    """How addresses written otherwise are brought to those of the address file: named in what is frozen of a year."""
    return f"2: {parser_version()}"


class Geocoder(Protocol):
    """An outside service."""

    def found(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Columns ROUGH for those of the addresses (`at`, `address`, `zip`) that the service places."""


@dataclass(frozen=True)
class Finder:
    """What the city declares beside its address file. `hundreds`: a house number that ends in 00 means the block."""

    streets: Streets | None = None
    postal: Postal | None = None
    geocoder: Geocoder | None = None
    hundreds: bool = False
    _turn: AbstractContextManager[bool] = field(default_factory=Lock, repr=False, compare=False)
    """What was found with effort is kept in files, each with one writer at a time."""

    def more(
        self, records: pl.DataFrame, directory: Directory | None, names: Collection[Directory] = ()
    ) -> pl.DataFrame:
        """`row` and the columns TOLD for matched records (`row`, `address`, `zip`, `street`, `found_lat`, `wanted`)
        whose address is not in the directory as it is written.

        Only those that are `wanted` are placed on streets or by the service; of all it is told which address they
        mean. `names` are the directories that name homes of years past: an address may be written otherwise in those.
        """
        distinct = (
            records.filter(pl.col("street").is_not_null())
            .group_by("address", "zip", maintain_order=True)
            .agg(pl.col("street", "found_lat").first(), pl.col("wanted").any())
        )
        unknown = distinct["found_lat"].is_null()
        for known in names:
            unknown = unknown | unknown_to(distinct, known)
        told_zip = pl.coalesce("zip", pl.col("address").str.extract(_ZIP_AT_END))
        asked = distinct.filter(unknown).with_columns(told_zip=told_zip).with_row_index("at")
        with self._turn:
            found = self._found(asked, directory, names).select("address", "zip", *TOLD)
        rows = records.select(ROW, "address", "zip")
        return rows.join(found, on=["address", "zip"], nulls_equal=True).select(ROW, *TOLD)

    def _found(self, asked: pl.DataFrame, directory: Directory | None, names: Collection[Directory]) -> pl.DataFrame:
        keyed = asked.join(self._read(asked["address"], directory, names), on="address", how="left")
        keyed = keyed.with_columns(zip="told_zip")
        absent = keyed.filter(pl.col("found_lat").is_null())
        near = self._not_of_blocks(absent, brought(absent, directory or nowhere()).rename(NEAR))
        wanted = absent.filter("wanted").join(near.drop_nulls("near_lat"), on="at", how="anti")
        rough = self._rough(wanted, directory)
        told = asked.join(keyed.select("at", "postal", "postal_unit"), on="at", how="left")
        return told.join(near, on="at", how="left").join(rough, on="at", how="left")

    def _not_of_blocks(self, addresses: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
        """Without the points of houses whose number stands for a block; what names their homes stays as it is."""
        if not self.hundreds:
            return near
        hundred, _ = block_expr(pl.col("street"), hundreds=True)
        house = pl.col("at").is_in(addresses.filter(hundred.is_null())["at"].implode())
        return near.with_columns(pl.when(house).then(name).alias(name) for name in ("near_lat", "near_lng"))

    def _read(self, addresses: pl.Series, directory: Directory | None, names: Collection[Directory]) -> pl.DataFrame:
        keys = [known.loose_keys() for known in (directory, *names) if known is not None]
        streets = pl.Series(dtype=pl.String) if self.streets is None else self.streets.names.drop_nulls().unique()
        if self.postal is None or not (keys or len(streets)):
            return pl.DataFrame(schema=READ)
        every = pl.concat(keys).unique() if keys else pl.Series(dtype=pl.String)
        return self.postal.read(addresses, every, streets).select(list(READ))

    def _rough(self, wanted: pl.DataFrame, directory: Directory | None) -> pl.DataFrame:
        """Each further way is asked only for what the ones before did not find."""
        found = nothing_found()
        for way in self._ways(directory):
            found = pl.concat([found, way(wanted.join(found, on="at", how="anti"))])
        return found

    def _ways(self, directory: Directory | None) -> Iterator[Callable[[pl.DataFrame], pl.DataFrame]]:
        if self.streets is not None:
            streets = self.streets
            yield lambda rest: streets.found(rest, hundreds=self.hundreds)
            yield lambda rest: streets.numbered(rest.select("at", "zip", "number", "joined", name="postal_name"))
        if directory is not None:
            points = directory
            yield lambda rest: block_points(rest, points, hundreds=self.hundreds)
        if self.geocoder is not None:
            yield self.geocoder.found


def nowhere() -> Directory:
    """A directory without an address."""
    points = {name: pl.Float64() for name in ("found_lat", "found_lng", "found_units")}
    both = pl.DataFrame(schema={"street": pl.String(), "zip": pl.String(), **points, "found_zip": pl.String()})
    return Directory(both, both.drop("zip"))
