"""The city's address points, ready to be matched with the addresses of records: exactly, once both are normalized."""

from dataclasses import dataclass

import polars as pl

from etl.values.streets import apartment_expr, loose_expr, street_expr

FOUND = ("found_lat", "found_lng", "found_units", "found_zip")
"""What a match adds to a record: the address point, its homes and its ZIP code; null where there is no match."""

_FACTS = {"street": pl.String(), "zip": pl.String(), "units": pl.Float64(), "once": pl.Boolean()}
_NAMING = "naming"
_DTYPES = {"found_lat": pl.Float64, "found_lng": pl.Float64, "found_units": pl.Float64, "found_zip": pl.String}


@dataclass(frozen=True, slots=True)
class Directory:
    """Address points by `street` and `zip`, and those whose `street` (with its number) the city has once.

    `naming` says in what way addresses that are written otherwise are brought to these (`etl.location.finder.NAMING`);
    empty where only the key itself counts, as in years that were frozen before there was another way.
    """

    by_zip: pl.DataFrame
    unique: pl.DataFrame
    naming: str = ""

    def loose_keys(self) -> pl.Series:
        """The loose keys of all addresses, each once."""
        streets = pl.concat([self.by_zip["street"], self.unique["street"]]).unique()
        return streets.to_frame("street").select(loose_expr(pl.col("street")).alias("loose"))["loose"].unique()


def build_directory(addresses: pl.DataFrame, *, naming: str = "") -> Directory:
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
    return Directory(summed.filter(pl.col("zip").is_not_null()), once, naming)


def matched(records: pl.DataFrame, directory: Directory | None) -> pl.DataFrame:
    """The records with `street` and `unit` (keys of address and apartment) and the columns of FOUND, in their order.

    Records with an address also have `zip` afterwards, null where the feed tells none.

    A record with a ZIP code must agree in it; one without matches an address that the city has once.
    """
    address, zip_code = _column(records, "address", pl.String), _column(records, "zip", pl.String)
    apartment = _column(records, "apartment", pl.String)
    if "address" not in records.columns or directory is None:
        keys = {"street": street_expr(address), "unit": apartment_expr(apartment, address)}
        absent = {name: pl.lit(None, dtype) for name, dtype in _DTYPES.items()}
        with_address = "address" in records.columns
        known = {**keys, "zip": zip_code} if with_address else {name: pl.lit(None, pl.String) for name in keys}
        return records.with_columns(**known, **absent)
    distinct = records.select(address.alias("address"), zip_code.alias("zip")).unique()
    keyed = distinct.with_columns(street=street_expr(pl.col("address")))
    found = _found(keyed, directory).select("address", "zip", "street", *FOUND)
    with_zip = records.with_columns(zip=zip_code, unit=apartment_expr(apartment, address))
    return with_zip.join(found, on=["address", "zip"], how="left", nulls_equal=True, maintain_order="left")


def brought(asked: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """What the addresses (`at`, `street`, `zip`, `postal`) mean that are written otherwise than in the directory.

    Columns `at`, `found_street`, FOUND and `by_postal`: whether it took the postal way of writing (`postal`, a loose
    key or null); only of those that mean one address.
    """
    asked = asked.with_columns(loose=loose_expr(pl.col("street")))
    loosely = _loosely(asked, directory).with_columns(by_postal=False)
    rest = asked.join(loosely, on="at", how="anti").with_columns(loose=pl.col("postal"))
    return pl.concat([loosely, _loosely(rest, directory).with_columns(by_postal=True)])


def _loosely(asked: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """A loose key that two addresses share (of one ZIP code, or of the city where none is told) means neither."""
    loose = loose_expr(pl.col("street")).alias("loose")
    by_zip = directory.by_zip.rename({"zip": "of_zip"}).with_columns(loose)
    alone = by_zip.filter(pl.len().over("loose", "of_zip") == 1).rename({"street": "found_street"})
    streets = pl.concat([by_zip["street"], directory.unique["street"]]).unique().to_frame("street").with_columns(loose)
    once = streets.filter(pl.len().over("loose") == 1)
    unique = directory.unique.join(once, on="street", how="inner").rename({"street": "found_street"})
    columns = ["at", "found_street", *FOUND]
    keys = asked.select("at", "loose", "zip")
    with_zip = keys.join(alone, left_on=["loose", "zip"], right_on=["loose", "of_zip"]).select(columns)
    without = keys.filter(pl.col("zip").is_null()).join(unique, on="loose").select(columns)
    return pl.concat([with_zip, without])


def named_by(records: pl.DataFrame, names: Directory) -> pl.DataFrame:
    """Matched records with what names a home (`street`, `unit`, `found_units`, `found_zip`) as another directory tells.

    With a `naming`, addresses that are written otherwise than in the directory get its `street`.
    """
    keyed = records.select("street", _column(records, "zip", pl.String).alias("zip"))
    told = _found(keyed.unique(), names).select("street", "zip", "found_units", "found_zip", "hit")
    found = keyed.join(told, on=["street", "zip"], how="left", nulls_equal=True, maintain_order="left")
    named = records.with_columns(found["found_units"], found["found_zip"])
    if not names.naming or "postal" not in records.columns:
        return named
    asked = records.select("street", "postal", zip="told_zip").with_row_index("at").filter(found["hit"].is_null())
    turned = brought(asked, names).rename({"at": "turn"})
    return with_brought(named.with_row_index("turn"), turned, on="turn").drop("turn")


def unknown_to(addresses: pl.DataFrame, directory: Directory) -> pl.Series:
    """Whether each address (`street`, `zip`) stands in the directory otherwise than as it is written, or not at all."""
    keyed = addresses.select("street", "zip")
    hits = _found(keyed.unique(), directory).select("street", "zip", "hit")
    return keyed.join(hits, on=["street", "zip"], how="left", nulls_equal=True, maintain_order="left")["hit"].is_null()


def with_brought(rows: pl.DataFrame, found: pl.DataFrame, *, on: str = "at") -> pl.DataFrame:
    """The rows with the `street`, `unit`, units and ZIP code of what `brought` found for some of them."""
    told = found.select(
        on, street_told="found_street", units_told="found_units", zip_told="found_zip", postal_told="by_postal"
    )
    joined = rows.join(told, on=on, how="left", maintain_order="left")
    hit = pl.col("street_told").is_not_null()
    return joined.with_columns(
        street=pl.coalesce("street_told", "street"),
        unit=pl.when("postal_told").then(pl.coalesce("unit", "postal_unit")).otherwise("unit"),
        found_units=pl.when(hit).then("units_told").otherwise("found_units"),
        found_zip=pl.when(hit).then("zip_told").otherwise("found_zip"),
    ).drop(told.columns[1:])


def naming_facts(directory: Directory | None) -> pl.DataFrame:
    """What of a directory names homes, to be kept: `street`, `zip`, `units`, and whether the street is there `once`.

    Beside them stands its `naming`. Public facts of public addresses; nothing tells where they are or that anything
    happened there.
    """
    if directory is None:
        return pl.DataFrame(schema=_FACTS | {_NAMING: pl.String()})
    once = directory.unique.select("street", pl.col("found_zip").alias("zip"), pl.col("found_units").alias("units"))
    several = directory.by_zip.join(once, on="street", how="anti").select("street", "zip", units="found_units")
    facts = pl.concat([once.with_columns(once=True), several.with_columns(once=False)]).sort("street", "zip")
    return facts.with_columns(pl.lit(directory.naming).alias(_NAMING))


def naming_directory(facts: pl.DataFrame) -> Directory:
    """The directory that `naming_facts` were taken from, without any point."""
    nowhere = {name: pl.lit(None, pl.Float64) for name in ("found_lat", "found_lng")}
    known = facts.select("street", "zip", "once", found_units="units", found_zip="zip").with_columns(**nowhere)
    naming = str(facts[_NAMING].first() or "") if _NAMING in facts.columns else ""
    by_zip, unique = known.filter(pl.col("zip").is_not_null()).drop("once"), known.filter("once").drop("once", "zip")
    return Directory(by_zip, unique, naming)


def _found(keyed: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    hit = pl.lit(True).alias("hit")
    by_zip, unique = directory.by_zip.with_columns(hit), directory.unique.with_columns(hit)
    return pl.concat(
        [
            keyed.filter(pl.col("zip").is_not_null()).join(by_zip, on=["street", "zip"], how="left"),
            keyed.filter(pl.col("zip").is_null()).join(unique, on="street", how="left"),
        ],
        how="diagonal",
    )


def _column(frame: pl.DataFrame, name: str, dtype: type[pl.DataType]) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype)
