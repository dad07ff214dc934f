"""Source codes as canonical values and plain-language groups. Codes match exactly, but for case and outer blanks."""

from collections.abc import Iterable, Mapping

import polars as pl

OTHER = "other"
"""The group of a code that no group lists."""

YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("y", "yes", "true", "t", "1"), "no": ("n", "no", "false", "f", "0")}
"""How a flag is read where the source declares nothing else."""


def canonical(codes: pl.Series, values: Mapping[str, Iterable[str]], known: Iterable[str]) -> pl.Series:
    """The canonical value of each code (Categorical): String, null for a code that is in no list.

    A canonical value stands for itself. Each distinct code is looked up once, however many rows have it.
    """
    table = {_key(name): name for name in known}
    table |= {_key(code): name for name, listed in values.items() for code in listed}
    distinct = codes.drop_nulls().unique()
    places = distinct.to_physical().cast(pl.Int64)
    meant = [table.get(_key(code)) for code in distinct.cast(pl.String)]
    lookup: list[str | None] = [None] * (int(places.max() or 0) + 1)  # type: ignore[arg-type]
    for place, value in zip(places, meant, strict=True):
        lookup[place] = value
    return pl.Series(lookup, dtype=pl.String).gather(codes.to_physical()).alias(codes.name)


def _key(code: str) -> str:
    return code.strip().casefold()
