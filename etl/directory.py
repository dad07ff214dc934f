"""The city's address points, ready to be matched with the addresses of records: exactly, once both are normalized."""

from dataclasses import dataclass

import polars as pl

from etl.values.streets import apartment_expr, street_expr

FOUND = ("found_lat", "found_lng", "found_units", "found_zip")
"""What a match adds to a record: the address point, its homes and its ZIP code; null where there is no match."""

_FACTS = {"street": pl.String(), "zip": pl.String(), "units": pl.Float64(), "once": pl.Boolean()}
_DTYPES = {"found_lat": pl.Float64, "found_lng": pl.Float64, "found_units": pl.Float64, "found_zip": pl.String}


@dataclass(frozen=True, slots=True)
class Directory:
    """Address points by `street` and `zip`, and those whose `street` (with its number) the city has once."""

    by_zip: pl.DataFrame
    unique: pl.DataFrame


def build_directory(addresses: pl.DataFrame) -> Directory:
    """From a frame with `address`, `lat`, `lng` and, where known, `zip` and `units`.

    A file with one row per apartment is summed up to one row per address. Rows without coordinates are left out.
    """
    points = addresses.select(
        street_expr(pl.col("address")).alias("street"),
        _column(addresses, "zip", pl.String).alias("zip"),
        pl.col("lat").alias("found_lat"),
        pl.col("lng").alias("found_lng"),
        _column(addresses, "units", pl.Float64).cast(pl.Float64).alias("found_units"),
    ).filter(pl.all_horizontal(pl.col("street", "found_lat", "found_lng").is_not_null()))
    summed = points.group_by("street", "zip", maintain_order=True).agg(
        pl.col("found_lat", "found_lng").first(),
        pl.when(pl.col("found_units").count() > 0).then(pl.col("found_units").sum()),
        pl.col("zip").first().alias("found_zip"),
    )
    once = summed.filter(pl.len().over("street") == 1).drop("zip")
    return Directory(summed.filter(pl.col("zip").is_not_null()), once)


def matched(records: pl.DataFrame, directory: Directory | None) -> pl.DataFrame:
    """The records with `street` and `unit` (keys of address and apartment) and the columns of FOUND, in their order.

    A record with a ZIP code must agree in it; one without matches an address that the city has once.
    """
    address, zip_code = _column(records, "address", pl.String), _column(records, "zip", pl.String)
    apartment = _column(records, "apartment", pl.String)
    if "address" not in records.columns or directory is None:
        keys = {"street": street_expr(address), "unit": apartment_expr(apartment, address)}
        absent = {name: pl.lit(None, dtype) for name, dtype in _DTYPES.items()}
        known = keys if "address" in records.columns else {name: pl.lit(None, pl.String) for name in keys}
        return records.with_columns(**known, **absent)
    distinct = records.select(address.alias("address"), zip_code.alias("zip")).unique()
    keyed = distinct.with_columns(street=street_expr(pl.col("address")))
    found = _found(keyed, directory).select("address", "zip", "street", *FOUND)
    with_zip = records.with_columns(zip=zip_code, unit=apartment_expr(apartment, address))
    return with_zip.join(found, on=["address", "zip"], how="left", nulls_equal=True, maintain_order="left")


def named_by(records: pl.DataFrame, names: Directory) -> pl.DataFrame:
    """Matched records with what names a home (`found_units`, `found_zip`) as another directory tells it."""
    keyed = records.select("street", _column(records, "zip", pl.String).alias("zip"))
    told = _found(keyed.unique(), names).select("street", "zip", "found_units", "found_zip")
    found = keyed.join(told, on=["street", "zip"], how="left", nulls_equal=True, maintain_order="left")
    return records.with_columns(found["found_units"], found["found_zip"])


def naming_facts(directory: Directory | None) -> pl.DataFrame:
    """What of a directory names homes, to be kept: `street`, `zip`, `units`, and whether the street is there `once`.

    Public facts of public addresses; nothing tells where they are or that anything happened there.
    """
    if directory is None:
        return pl.DataFrame(schema=_FACTS)
    once = directory.unique.select("street", pl.col("found_zip").alias("zip"), pl.col("found_units").alias("units"))
    several = directory.by_zip.join(once, on="street", how="anti").select("street", "zip", units="found_units")
    return pl.concat([once.with_columns(once=True), several.with_columns(once=False)]).sort("street", "zip")


def naming_directory(facts: pl.DataFrame) -> Directory:
    """The directory that `naming_facts` were taken from, without any point."""
    nowhere = {name: pl.lit(None, pl.Float64) for name in ("found_lat", "found_lng")}
    known = facts.select("street", "zip", "once", found_units="units", found_zip="zip").with_columns(**nowhere)
    return Directory(known.filter(pl.col("zip").is_not_null()).drop("once"), known.filter("once").drop("once", "zip"))


def _found(keyed: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    return pl.concat(
        [
            keyed.filter(pl.col("zip").is_not_null()).join(directory.by_zip, on=["street", "zip"], how="left"),
            keyed.filter(pl.col("zip").is_null()).join(directory.unique, on="street", how="left"),
        ],
        how="diagonal",
    )


def _column(frame: pl.DataFrame, name: str, dtype: type[pl.DataType]) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype)
