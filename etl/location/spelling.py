"""What the key of a street address says: its house number and street, a block of a street, or two streets that cross.

All functions take keys as `etl.values.streets.street_expr` makes them.
"""

import polars as pl

from etl.values.streets import loose_expr, street_expr

_BLOCK = (
    r"^(?P<a>\d+) ?-?(?:BLOCK|BLK)(?: OF)? (?P<b>.+)$",
    r"^(?P<a>\d+) (?P<b>.+) (?:BLOCK|BLK)$",
)
_MASKED = r"^(\d*)XX (.+)$"
_HOUSE = r"^(\d+)(?:-(\d+))?[A-Z]?(?: \d/\d)? (.+)$"
_CROSSING = r"^(?:CORNER OF )?(.+?)(?: & | AND | AT | ?/ ?)(.+)$"


def house_expr(key: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """House number (of `10-12` the first), the same with its hyphen left out, and the street's loose name.

    `73-42` of Queens is 7342 on a street whose ranges are written with hyphens; the street says which of the two it is.
    """
    first, second = key.str.extract(_HOUSE, 1), key.str.extract(_HOUSE, 2)
    number = first.str.to_integer(strict=False)
    joined = pl.concat_str(first, second).str.to_integer(strict=False)
    return number, joined, loose_expr(key.str.extract(_HOUSE, 3))


def block_expr(key: pl.Expr, *, hundreds: bool = False) -> tuple[pl.Expr, pl.Expr]:
    """The hundred (12 for the 1200 block) and the street's loose name; null where the key is no block.

    With `hundreds`, a house number that ends in 00 is one too.
    """
    number = pl.coalesce(key.str.extract(pattern, 1) for pattern in _BLOCK).str.to_integer(strict=False) // 100
    name = pl.coalesce(key.str.extract(pattern, 2) for pattern in _BLOCK)
    masked = pl.coalesce(key.str.extract(_MASKED, 1).str.to_integer(strict=False), pl.lit(0))
    said = key.str.contains(_MASKED)
    number = pl.when(said).then(masked).otherwise(number)
    name = pl.when(said).then(key.str.extract(_MASKED, 2)).otherwise(name)
    if hundreds:
        house, _, street = house_expr(key)
        whole = name.is_null() & (house % 100 == 0)
        number = pl.when(whole).then(house // 100).otherwise(number)
        name = pl.when(whole).then(street).otherwise(name)
    return number, loose_expr(name)


def crossing_expr(address: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The loose names of the two streets that an address (as typed) says cross; null where it says none."""
    plain = address.str.to_uppercase().str.replace_all("@", " AT ").str.replace(r",.*$", "").str.strip_chars()
    plain = plain.str.replace_all(r"\s+", " ")
    fraction = plain.str.contains(r"\d/\d")
    first, second = (
        pl.when(~fraction).then(loose_expr(street_expr(plain.str.extract(_CROSSING, place)))) for place in (1, 2)
    )
    return first, second
