"""Source codes as canonical values and plain-language groups. Codes match exactly, but for case and outer blanks."""

from collections.abc import Iterable, Mapping

import polars as pl

from etl.values.text import BLANKS

OTHER = "other"
"""The group of a code that no group lists, in topics whose every group is public."""

UNMAPPED = "unmapped"
"""What stands for such a code where some groups concern homes: no group, so that it enters no published figure.

A type that nobody has looked at may be about homes; counting it by place because it is new would be a leak.
"""

YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("y", "yes", "true", "t", "1"), "no": ("n", "no", "false", "f", "0")}
"""How a flag is read where the source declares nothing else."""


def canonical_exprs(
    codes: pl.Series, values: Mapping[str, Iterable[str]], known: Iterable[str]
) -> tuple[pl.Expr, pl.Expr]:
    """For a Categorical column of that name: the canonical value of each code (String), and which are in no list.

    A canonical value stands for itself; a blank is no code. Each distinct code is looked up once, however many rows
    have it.
    """
    table = {_key(name): name for name in known}
    table |= {_key(code): name for name, listed in values.items() for code in listed}
    distinct = codes.unique().drop_nulls()
    places: list[int] = distinct.to_physical().to_list()
    lookup: list[str | None] = [None] * (max(places, default=0) + 1)
    lost = [False] * len(lookup)
    for place, code in zip(places, distinct.cast(pl.String), strict=True):
        lookup[place] = table.get(_key(code))
        lost[place] = lookup[place] is None and code not in BLANKS
    place_of = pl.col(codes.name).to_physical()
    return pl.lit(pl.Series(lookup, dtype=pl.String)).gather(place_of), pl.lit(pl.Series(lost)).gather(place_of)


def _key(code: str) -> str:
    return code.strip().casefold()
