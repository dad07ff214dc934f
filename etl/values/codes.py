"""Source codes as canonical values and plain-language groups. Codes match exactly, but for case and outer blanks."""

from collections.abc import Iterable, Mapping

import polars as pl

OTHER = "other"
"""The group of a code that no group lists."""

YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("y", "yes", "true", "t", "1"), "no": ("n", "no", "false", "f", "0")}
"""How a flag is read where the source declares nothing else."""


def canonical_expr(codes: pl.Series, values: Mapping[str, Iterable[str]], known: Iterable[str]) -> pl.Expr:
    """The canonical value of each code of a Categorical column of that name: String, null for a code in no list.

    A canonical value stands for itself. Each distinct code is looked up once, however many rows have it.
    """
    table = {_key(name): name for name in known}
    table |= {_key(code): name for name, listed in values.items() for code in listed}
    distinct = codes.unique().drop_nulls()
    places: list[int] = distinct.to_physical().to_list()
    lookup: list[str | None] = [None] * (max(places, default=0) + 1)
    for place, code in zip(places, distinct.cast(pl.String), strict=True):
        lookup[place] = table.get(_key(code))
    return pl.lit(pl.Series(lookup, dtype=pl.String)).gather(pl.col(codes.name).to_physical()).alias(codes.name)


def _key(code: str) -> str:
    return code.strip().casefold()
