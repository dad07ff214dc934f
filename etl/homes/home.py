"""Which home a record concerns, as a text that is hashed with a key at once and never kept."""

from collections.abc import Sequence

import polars as pl

POINT_DECIMALS = 5
"""A place without an address is told by its coordinates to about a meter."""


def home_expr(columns: Sequence[str], area_columns: Sequence[str]) -> pl.Expr:
    """The dwelling of each record: `street`, `unit`, `found_units`, `found_zip`, `zip`, `lat`, `lng` in, a text out.

    An address with a single home is that home, whatever apartment is written. In a building the apartment tells homes
    apart; where it is unknown, the account or else the party does (a pseudo-home). Without address and coordinates the
    area and the account, party or id stand in.
    """
    who = _who(columns)
    building = pl.coalesce(_address(columns), _point())
    inside = (
        pl.when(pl.col("found_units") == 1).then(pl.lit(""))
        .when(pl.col("unit").is_not_null()).then("#" + pl.col("unit"))
        .when(who.is_not_null()).then("~" + who)
        .otherwise(pl.lit(""))
    )  # fmt: skip
    nowhere = pl.concat_str(
        pl.lit("?"),
        pl.coalesce([*(pl.col(name) for name in area_columns), pl.lit("")]),
        pl.lit("~"),
        pl.coalesce(who, pl.col("id"), pl.lit("")),
    )
    return pl.coalesce(building + inside, nowhere)


def _address(columns: Sequence[str]) -> pl.Expr:
    zips = [pl.col(name) for name in ("found_zip", "zip") if name in columns]
    return pl.concat_str(pl.col("street"), pl.lit("|"), pl.coalesce([*zips, pl.lit("")]))


def _point() -> pl.Expr:
    return pl.concat_str(pl.col("lat").round(POINT_DECIMALS), pl.lit(","), pl.col("lng").round(POINT_DECIMALS))


def _who(columns: Sequence[str]) -> pl.Expr:
    """The account, else the party, written one way."""
    names = [name for name in ("account", "party") if name in columns]
    texts = [
        pl.col(name).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars() for name in names
    ]
    return pl.coalesce(texts) if texts else pl.lit(None, pl.String)
