"""Addresses read by a library in the manner of the postal service (Publication 28).

It knows what expressions cannot: where a street ends and a city begins, apartments without a word before them. It
reads about a thousand addresses a second, so it is asked only for those that nothing else matched, each once.
"""

import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import polars as pl

from etl.keyed import keyed_expr
from etl.location.cache import ADDRESS, LOCATE, AddressCache
from etl.location.spelling import house_expr
from etl.values.streets import apartment_expr, loose_expr, street_expr

FACTS: dict[str, pl.DataType] = {
    "key_hash": pl.UInt64(),
    "unit": pl.String(),
    "number": pl.Int64(),
    "joined": pl.Int64(),
    "name_hash": pl.UInt64(),
}
_PURPOSE = "address"
_LONGEST = 120
_ORDINARY = re.compile(r"\d.*[A-Za-z]")


def parser_version() -> str:
    """The libraries that read addresses; another version may read one otherwise."""
    return f"usaddress {version('usaddress')}, usaddress-scourgify {version('usaddress-scourgify')}"


def postal_line(address: str) -> tuple[str | None, str | None]:
    """An address's street line and its apartment, as the postal service would write them; nothing if it is none."""
    from scourgify import normalize_address_record

    if len(address) > _LONGEST or not _ORDINARY.search(address):
        return None, None
    try:
        read = normalize_address_record(address)
    except Exception:  # noqa: BLE001 - the library fails in many ways on what people type; such a text is no address
        return None, None
    return read["address_line_1"], read["address_line_2"]


@dataclass(frozen=True)
class Postal:
    """Reads addresses, and remembers privately what it read. `key` hashes what is remembered."""

    key: bytes
    cache: AddressCache

    def read(self, addresses: pl.Series, keys: pl.Series, names: pl.Series) -> pl.DataFrame:
        """Of each distinct address: `address`, `postal`, `postal_unit`, `number`, `joined`, `postal_name`.

        `postal` is the loose key of its street address if it is one of `keys`, `postal_name` the loose name of its
        street if it is one of `names`.
        """
        distinct = pl.DataFrame({"address": addresses.drop_nulls().unique()}, schema={"address": pl.String})
        asked = distinct.with_columns(self._hash("address").alias(ADDRESS))
        known = self.cache.known(asked[ADDRESS])
        new = self._read(asked.join(known, on=ADDRESS, how="anti"))
        if asked.height:
            self.cache.keep(known[ADDRESS], new)
        told = asked.join(pl.concat([known, new.select(known.columns)]), on=ADDRESS, how="left")
        # only house numbers that were read can match: hashing a whole city's addresses would take seconds
        keys = keys.filter(_house_numbers(keys).is_in(told["number"].drop_nulls().implode()))
        return (
            told.join(self._hashed(keys, "postal", "key_hash"), on="key_hash", how="left")
            .join(self._hashed(names, "postal_name", "name_hash"), on="name_hash", how="left")
            .select("address", "postal", "number", "joined", "postal_name", postal_unit="unit")
        )

    def _read(self, asked: pl.DataFrame) -> pl.DataFrame:
        lines = [postal_line(address) for address in asked["address"]]
        schema = {"line": pl.String, "inside": pl.String}
        read = asked.hstack(pl.DataFrame(lines, schema=schema, orient="row"))
        key = loose_expr(street_expr(pl.col("line")))
        number, joined, name = house_expr(pl.col("key"))
        return (
            read.with_columns(key=key, unit=apartment_expr(pl.col("inside"), pl.lit(None, pl.String)))
            .with_columns(number=number, joined=joined, name=name)
            .with_columns(key_hash=self._hash("key"), name_hash=self._hash("name"))
            .select(ADDRESS, *FACTS)
        )

    def _hashed(self, texts: pl.Series, text: str, digest: str) -> pl.DataFrame:
        known = pl.DataFrame({text: texts.drop_nulls().unique()}, schema={text: pl.String})
        return known.with_columns(self._hash(text).alias(digest))

    def _hash(self, column: str) -> pl.Expr:
        return keyed_expr(pl.col(column), self.key, _PURPOSE)


def _house_numbers(keys: pl.Series) -> pl.Series:
    return pl.DataFrame({"key": keys}, schema={"key": pl.String}).select(house_expr(pl.col("key"))[0].alias("n"))["n"]


def postal_cache(folder: Path | None) -> Path | None:
    """Where in the private folder it is kept what was read."""
    return None if folder is None else folder / LOCATE / "addresses.parquet"
