"""Median household income of areas, from a census table that the city declares beside its boundaries.

A figure about an area that somebody else published. A median can neither be added up nor spread over other places, so
that every kind of area needs a table of its own.
"""

import polars as pl

from etl.city import City
from etl.city.models import AreaDeclaration, Income
from etl.errors import DeclarationError
from layers.areas import AreaSet


def declared_incomes(city: City, area_sets: tuple[AreaSet, ...]) -> dict[str, dict[str, float]]:
    """Kind → area → income, of the kinds that declare a table; an area without a figure is not there.

    What is no plain amount above zero (blank, `-`, `250,000+`, the census's negative codes) is no figure.
    Raises DeclarationError where a table cannot be read, or has none of the areas.
    """
    found = {}
    for number, declared in enumerate(city.areas, start=1):
        areas = next((each for each in area_sets if each.kind == declared.kind), None)
        if declared.income is not None and areas is not None:
            key = f"areas[{number}].income"
            table = _read(city, declared.income, key)
            known = {area.id for area in areas.areas} & set(table)
            if not known:
                raise _wrong(key, declared, "Give the column that holds the ids of the boundary file.")
            found[declared.kind] = {unit: table[unit] for unit in sorted(known)}
    return found


def _read(city: City, declared: Income, key: str) -> dict[str, float]:
    try:
        rows = pl.read_csv(city.resolve(declared.path), infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        what = f"{declared.path} cannot be read as CSV ({type(error).__name__})."
        raise DeclarationError.of("city.toml", f"{key}.path", what, "Give a CSV file with a head.") from error
    for name, column in (("id_field", declared.id_field), ("value_field", declared.value_field)):
        if column not in rows.columns:
            what = f"{declared.path} has no column `{column}`."
            raise DeclarationError.of("city.toml", f"{key}.{name}", what, f"It has: {', '.join(rows.columns[:12])}.")
    amount = pl.col(declared.value_field).str.strip_chars(" $").str.replace_all(",", "").cast(pl.Float64, strict=False)
    plain = rows.select(pl.col(declared.id_field).str.strip_chars(), amount).drop_nulls()
    return dict(plain.filter(pl.nth(1).is_finite() & (pl.nth(1) > 0)).iter_rows())


def _wrong(key: str, declared: AreaDeclaration, remedy: str) -> DeclarationError:
    what = f"the table has a figure for none of the areas of kind `{declared.kind}`."
    return DeclarationError.of("city.toml", f"{key}.id_field", what, remedy)
